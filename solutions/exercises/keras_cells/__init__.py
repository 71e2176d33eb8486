"""The assignment `keras-cells`.

unrolled-canary-2f8c61d09b7e
"""
