"""SECRET: the reference package, contracts and assignment sources. Nothing of it reaches readers or students.

unrolled-canary-2f6b1c9d04e7
"""
