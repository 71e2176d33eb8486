"""The assignment `rnn-cell`.

unrolled-canary-196dcdaf5657
"""
