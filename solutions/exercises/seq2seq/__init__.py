"""The assignment `seq2seq`.

unrolled-canary-28f7929b0f87
"""
