"""The assignment `language-model`.

unrolled-canary-da0e80b660bd
"""
