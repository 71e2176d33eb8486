"""Confinement of a Linux process: what it sees, what it may ask of the kernel, how much it may use.

`world` is entered once by the warm parent (no network, a small read-only file system); `cell` by each child that runs a
submission (own process numbers, other user, private scratch space, limits, system-call filter).
"""
