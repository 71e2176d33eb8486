"""The assignment `forecasting`.

unrolled-canary-b5fc57618eff
"""
