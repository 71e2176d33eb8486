"""The assignment `tuning`.

unrolled-canary-fb0c0003a3d4
"""
