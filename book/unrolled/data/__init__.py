"""Data that every machine has, and synthetic tasks."""

from unrolled.data.text import alphabet, encode, python_reference

__all__ = ["alphabet", "encode", "python_reference"]
