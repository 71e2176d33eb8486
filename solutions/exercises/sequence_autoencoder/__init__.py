"""The assignment `sequence-autoencoder`.

unrolled-canary-220e07d7971c
"""
