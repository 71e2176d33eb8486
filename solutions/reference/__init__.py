"""The right cells: NumPy, with derivatives by hand; PyTorch and Keras for comparison.

unrolled-canary-30396496e586
"""
