"""Sphinx: gives a page with piano rolls to hear (`unrolled.lab.piano`), and no other, their script and their look."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

FIGURE = "u-music"


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add what the figures need where there is one."""
    if FIGURE in context.get("body", ""):
        app.add_js_file("music.js", loading_method="defer")
        app.add_css_file("music.css")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", load_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
