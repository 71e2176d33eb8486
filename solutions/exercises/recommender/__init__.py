"""The assignment `recommender`.

unrolled-canary-34b7f10530bd
"""
