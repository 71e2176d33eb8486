"""The assignment `pytorch-cells`.

unrolled-canary-3f4ad7cf6374
"""
