"""The name under which pages import `unrolled.data.tasks`."""

from unrolled.data.tasks import (
    adding,
    copying,
    counting,
    delayed_echo,
    delayed_xor,
    first_symbol,
    latch,
    marked_sign,
    parity,
)

__all__ = [
    "adding",
    "copying",
    "counting",
    "delayed_echo",
    "delayed_xor",
    "first_symbol",
    "latch",
    "marked_sign",
    "parity",
]
