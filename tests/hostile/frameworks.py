"""Attacks with PyTorch and Keras."""

ATTACKS: list = []
