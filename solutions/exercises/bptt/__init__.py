"""The assignment `bptt`.

unrolled-canary-44cd40ad28bc
"""
