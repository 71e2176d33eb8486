"""The assignment `parallel-scan`.

unrolled-canary-ca6b8f95c55b
"""
