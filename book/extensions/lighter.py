"""A page's first words wait for few requests: its styles come in two files, its scripts after what is seen.

The theme and its extensions bring a page some fifteen styles and as many scripts, and some styles import others. A
browser fetches six at a time, and pays a round trip for each six. What only some pages load stays a file of its own.
"""

from __future__ import annotations

import json
import posixpath
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# One of the theme and of extensions, one of the course's own: what some pages load besides comes between the two.
THEME, OWN = "_static/site-theme.css", "_static/site-own.css"
KEPT = "styles.json"  # beside Sphinx' own: which styles all pages load
STYLE = re.compile(
    r'<link(?=[^>]*\brel="stylesheet")(?![^>]*\bmedia=)[^>]*\bhref="(?P<up>(?:\.\./)*)(?P<place>_static/[^"?]+)[^>]*>\s*'
)
VERSION = re.compile(rf"({re.escape(THEME)}|{re.escape(OWN)})\?v=\w*")
SCRIPT = re.compile(r'<script(?![^>]*\b(?:defer|async)\b)(?=[^>]*\bsrc="[^"]*_static/)')
NOW = "documentation_options.js"  # lines in the page add to it
IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']\)?;""")
CHARSET = re.compile(r'@charset "[^"]*";')
URL = re.compile(r"""url\((["']?)(?!data:|#|/|[a-z]+:)([^"')]+)\1\)""")


def styles_of(text: str) -> list[str]:
    """The styles that a page loads for the screen, in order, each once."""
    return list(dict.fromkeys(found["place"] for found in STYLE.finditer(text)))


def inlined(site: Path, place: str) -> str:
    """A style with what it imports in it, and its addresses as seen from `_static`."""
    folder = posixpath.relpath(posixpath.dirname(place), "_static")

    def moved(found: re.Match[str]) -> str:
        return f"url({found[1]}{posixpath.normpath(posixpath.join(folder, found[2]))}{found[1]})"

    def imported(found: re.Match[str]) -> str:
        return inlined(site, posixpath.normpath(posixpath.join(posixpath.dirname(place), found[1])))

    own = URL.sub(moved, CHARSET.sub("", (site / place).read_text("utf-8")))
    return IMPORT.sub(imported, own)


def lightened(text: str, groups: dict[str, list[str]], versions: dict[str, str]) -> str:
    """A page with one link to each group of styles, where the first of the group stood, and with patient scripts."""
    placed: set[str] = set()

    def joined(found: re.Match[str]) -> str:
        group = next((name for name, places in groups.items() if found["place"] in places), None)
        if group is None:
            return found[0]
        if group in placed:
            return ""
        placed.add(group)
        return f'<link rel="stylesheet" href="{found["up"]}{group}?v={versions[group]}" />\n    '

    head, end, rest = STYLE.sub(joined, text).partition("</head>")
    head = re.sub(
        r"<script\b[^>]*>", lambda one: one[0] if NOW in one[0] else SCRIPT.sub("<script defer", one[0]), head
    )
    return VERSION.sub(lambda one: f"{one[1]}?v={versions[one[1]]}", head) + end + rest


def common(pages: list[list[str]]) -> list[str]:
    """The styles that stand in all of these lists, in the order of the first."""
    lists = [one for one in pages if one]
    return [place for place in lists[0] if all(place in one for one in lists)] if lists else []


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Write the joined styles and let all pages load them: also pages that this build did not write."""
    if error is not None or app.builder.format != "html":
        return
    site, kept = Path(app.outdir), Path(app.doctreedir, KEPT)
    pages = {path: path.read_text("utf-8") for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    if not kept.exists():
        kept.write_text(json.dumps(common([styles_of(text) for text in pages.values()])), "utf-8")
    names = [one if isinstance(one, str) else one[0] for one in app.config.html_css_files]
    groups: dict[str, list[str]] = {THEME: [], OWN: []}
    for place in json.loads(kept.read_text("utf-8")):
        groups[OWN if place.removeprefix("_static/") in names else THEME].append(place)
    versions = {}
    for name, places in groups.items():
        style = "\n".join(inlined(site, place) for place in places)
        (site / name).write_text(style, "utf-8")
        versions[name] = sha256(style.encode()).hexdigest()[:8]
    for path, text in pages.items():
        if (light := lightened(text, groups, versions)) != text:
            path.write_text(light, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", lighten, priority=960)  # after `fonts`, whose rules are a style, too
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
