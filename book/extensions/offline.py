"""Keeps the built site self-contained: drops scripts that would be fetched from elsewhere or do nothing."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Disconnect sphinx-thebe, which Jupyter Book loads: it adds another host's script on every page."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [one for one in listeners if one.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files = [css for css in app.registry.css_files if css[0] != "sphinx-thebe.css"]


def drop_icon_script(app: Sphinx, error: Exception | None) -> None:
    """Empty the theme's icon script (1.5 MB a page): the theme's web font has the same icons."""
    script = Path(app.outdir, "_static", "scripts", "fontawesome.js")
    if error is None and script.exists():
        script.write_text("/* The icons come from the theme's web font. */\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", drop_thebe)
    app.connect("build-finished", drop_icon_script, priority=900)  # after the theme's files are copied
    return {"parallel_read_safe": True, "parallel_write_safe": True}
