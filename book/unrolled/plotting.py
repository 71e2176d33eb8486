"""The name under which pages import `unrolled.lab.plotting`."""

from unrolled.lab.plotting import draw, show, use_style

__all__ = ["draw", "show", "use_style"]
