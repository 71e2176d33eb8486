"""The assignment `lstm-backward`.

unrolled-canary-da1cbc5ae096
"""
