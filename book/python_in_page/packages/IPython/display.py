"""`display` and `HTML`, for the page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_through: list[Callable[[Any], object]] = []


class HTML:
    """Text that the page shows as HTML."""

    def __init__(self, data: str = "") -> None:
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


def display(*values: object, **_: object) -> None:
    """Show values on the page, each on its own."""
    for value in values:
        if _through:
            _through[-1](value)
        else:
            print(value)


@contextmanager
def shown_through(show: Callable[[Any], object]) -> Iterator[None]:
    """While this is open, `display` hands its values to `show`."""
    _through.append(show)
    try:
        yield
    finally:
        _through.pop()
