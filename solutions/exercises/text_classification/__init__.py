"""The assignment `text-classification`.

unrolled-canary-8c41d6f0a2e7
"""
