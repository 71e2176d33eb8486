"""How long a page takes to read: the role {minutes}`read`, measured, and held between 30 and 45 minutes.

200 words and one displayed equation a minute, over what is seen before anything is opened. What is folded does not
count: dropdowns, answers, checks, hidden code, solutions, claims; nor do pictures and the list of references.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from folds import Fold, FoldLine
from sphinx.application import Sphinx
from sphinx.util import logging

WORDS, SHORT, LONG = 200, 30, 45  # words a minute; minutes of a page
FOLDED = {"dropdown", "toggle", "tag_check", "tag_hide-cell", "tag_remove-cell"}
FOLDED_INPUT = {"tag_hide-input", "tag_remove-input"}
logger = logging.getLogger(__name__)


class Minutes(nodes.Inline, nodes.TextElement):
    """Stands where the number will stand."""


def minutes_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    if text != "read":
        return [], [inliner.reporter.error("the role is written {minutes}`read`", line=lineno)]
    return [Minutes(rawtext)], []


def seen(node: nodes.Node) -> Iterator[nodes.Text | nodes.math | nodes.math_block]:
    """The words and formulas of a page that are seen before anything is opened, in order."""
    if isinstance(node, (nodes.Text, nodes.math, nodes.math_block)):
        yield node
        return
    classes = set(node.get("classes", ())) if isinstance(node, nodes.Element) else set()
    if isinstance(node, (nodes.comment, nodes.raw, nodes.image, nodes.system_message)) or classes & FOLDED:
        return
    if isinstance(node, nodes.container) and node.get("design_component") == "dropdown":
        return
    for child in node.children:
        if isinstance(node, Fold) and not isinstance(child, FoldLine):
            continue
        if classes & FOLDED_INPUT and "cell_input" in child.get("classes", ()):
            continue
        yield from seen(child)


def minutes_of(doctree: nodes.document) -> float:
    """Minutes at 200 words and one displayed equation a minute; a formula in a line is one word."""
    words = equations = 0
    for one in seen(doctree):
        if isinstance(one, nodes.math_block):
            equations += 1
        else:
            words += 1 if isinstance(one, nodes.math) else len(one.astext().split())
    return words / WORDS + equations


def measure(app: Sphinx, doctree: nodes.document) -> None:
    """Put the minutes where the page asks for them, and warn of a page that takes too long or says too little."""
    places = list(doctree.findall(Minutes))
    if not places:
        return
    minutes = minutes_of(doctree)
    for place in places:
        place.replace_self(nodes.Text(f"{minutes:.0f}"))
    if not SHORT <= round(minutes) <= LONG:
        what = "fold detours, or move them to a page of their own" if minutes > LONG else "join it with another"
        logger.warning(
            "this page takes %.0f minutes to read, not %d to %d: %s",
            minutes,
            SHORT,
            LONG,
            what,
            location=app.env.docname,
        )


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("folds")
    app.add_role("minutes", minutes_role)
    app.connect("doctree-read", measure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
