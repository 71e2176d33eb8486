"""The assignment `vanishing`.

unrolled-canary-c7401b184b3c
"""
