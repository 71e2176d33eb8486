"""The assignment `tagging`.

unrolled-canary-b83d5f17a0c6
"""
