"""The assignments, one folder each: the notebook's source beside the contracts of its functions.

unrolled-canary-143ce2780b46
"""
