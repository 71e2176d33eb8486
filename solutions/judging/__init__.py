"""What judges any exercise: contracts, cases, hints' places, the weights of trained nets, and the judge's audit.

unrolled-canary-a19ea1aec1e5
"""
