"""The assignment `compression`.

unrolled-canary-3ee11f8ed26b
"""
