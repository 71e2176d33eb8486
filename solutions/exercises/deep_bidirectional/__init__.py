"""The assignment `deep-bidirectional`.

unrolled-canary-295bc9952c3c
"""
