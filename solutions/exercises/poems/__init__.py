"""The assignment `poems`.

unrolled-canary-7dde226d3502
"""
