"""Rules that hold whatever the inputs are.

unrolled-canary-c926ab826251
"""
