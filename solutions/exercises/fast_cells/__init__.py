"""The assignment `fast-cells`.

unrolled-canary-a299f8df4fa9
"""
