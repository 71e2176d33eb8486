"""The assignment `lstm-forward`.

unrolled-canary-139006e14a23
"""
