"""The assignment `gru`.

unrolled-canary-657b21968699
"""
