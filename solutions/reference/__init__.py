"""The right cells: NumPy, with derivatives by hand; PyTorch, Keras and their layouts for comparison.

unrolled-canary-30396496e586
"""
