"""Keeps the built site self-contained and light: drops scripts that come from elsewhere or are not needed."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Disconnect sphinx-thebe, which Jupyter Book loads: it adds another host's script on every page."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [one for one in listeners if one.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files = [css for css in app.registry.css_files if css[0] != "sphinx-thebe.css"]


def load_mathjax_in_parts(app: Sphinx, config: Config) -> None:
    """Name MathJax's loader instead of its one big file: `mathjax3_config` lists the parts, without the menu."""
    config.mathjax_path = "mathjax/startup.js"  # sphinx-mathjax-offline sets the big file when it is loaded


def drop_idle_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Take off a page the scripts that it has no use for.

    Sphinx loads MathJax on a page whose table of contents leads to mathematics. The site's own search marks no words
    on the page to which it leads.
    """
    body = context.get("body", "")
    idle = ["sphinx_highlight"]
    if "sd-tab-set" not in body:
        idle.append("design-tabs")
    if 'class="math' not in body:
        idle += ["mathjax", "window.MathJax"]
    context["script_files"] = [
        script
        for script in context.get("script_files", ())
        if not any(name in f"{script.filename} {script.attributes.get('body', '')}" for name in idle)
    ]


def drop_icon_script(app: Sphinx, error: Exception | None) -> None:
    """Empty the theme's icon script (1.5 MB a page): the theme's web font has the same icons."""
    script = Path(app.outdir, "_static", "scripts", "fontawesome.js")
    if error is None and script.exists():
        script.write_text("/* The icons come from the theme's web font. */\n")


def drop_maps(app: Sphinx, error: Exception | None) -> None:
    """Remove the maps from the theme's scripts and styles to their sources (3 MB), and the lines that name them."""
    for kept in Path(app.outdir, "_static").rglob("*.map"):
        kept.unlink()
        named = kept.with_suffix("")
        if named.exists():
            named.write_bytes(SOURCE_MAP.sub(b"", named.read_bytes()))


SOURCE_MAP = re.compile(rb"/[/*][#@] ?sourceMappingURL=[^\n]*\n?$")
# Names, signs, numbers and blanks have the colour of plain text: their marks are a fifth of a page with much code.
PLAIN_CODE = re.compile(r'<span class="(?:n|p|w|o|mi|mf)">([^<]*)</span>')


def unmark_plain_code(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Drop the highlighter's marks of what is not highlighted."""
    if "body" in context:
        context["body"] = PLAIN_CODE.sub(r"\1", context["body"])


# A plot of a thousand dots says a thousand times how a dot looks: the page says it once.
DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
STYLED = re.compile(r'<(?P<before>[^<>]*?) style="(?P<style>[^"]*)"(?P<after>[^<>]*)>')
OFTEN = 3


def name_styles(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Replace styles that stand often in a page's drawings by classes."""
    if "body" not in context:
        return
    counts = Counter(
        found["style"]
        for drawing in DRAWING.findall(context["body"])
        for found in STYLED.finditer(drawing)
        if " class=" not in found[0]
    )
    names = {style: f"d{rank}" for rank, (style, many) in enumerate(counts.most_common()) if many >= OFTEN}
    if not names:
        return

    def named(found: re.Match[str]) -> str:
        if " class=" in found[0] or found["style"] not in names:
            return found[0]
        return f'<{found["before"]} class="{names[found["style"]]}"{found["after"]}>'

    rules = "".join(f".bd-article .{name}{{{style}}}" for style, name in names.items())
    body = DRAWING.sub(lambda drawing: STYLED.sub(named, drawing[0]), context["body"])
    context["body"] = f"<style>{rules}</style>{body}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", drop_thebe)
    app.connect("config-inited", load_mathjax_in_parts)
    app.connect("html-page-context", unmark_plain_code)
    app.connect("html-page-context", name_styles)
    app.connect("html-page-context", drop_idle_scripts, priority=900)  # after Sphinx has added it
    app.connect("build-finished", drop_icon_script, priority=900)  # after the theme's files are copied
    app.connect("build-finished", drop_maps, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
