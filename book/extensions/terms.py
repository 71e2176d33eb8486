"""Terms of a page, English and Chinese: where the page first uses one, it leads to its row in the page's table.

The table is the one of the dropdown `Terms`. A row may hold several terms, with commas between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from folds import Fold
from sphinx import addnodes
from sphinx.application import Sphinx

TITLE = "Terms"
ASIDE = re.compile(r"\s*\([^)]*\)|^to ")  # what a term's row says besides, and the mark of a verb
LINKS = (nodes.reference, addnodes.pending_xref, addnodes.download_reference)
PASSED_OVER = (*LINKS, nodes.title, nodes.rubric, nodes.literal, nodes.table, nodes.figure, Fold)


def is_dropdown(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("design_component") == "dropdown"


def name_rows(table: nodes.Element) -> dict[str, str]:
    """Give each row of the table a name; return each term, in lower case, with the name of its row."""
    found: dict[str, str] = {}
    for body in table.findall(nodes.tbody):
        for row in body.findall(nodes.row):
            terms = [ASIDE.sub("", term).strip().lower() for term in row.children[0].astext().split(",")]
            row["ids"] = [f"term-{nodes.make_id(terms[0])}"]
            found |= dict.fromkeys(filter(None, terms), row["ids"][0])
    return found


def seen_text(node: nodes.Node, in_paragraph: bool = False) -> Iterator[nodes.Text]:
    """The words of paragraphs that are seen before anything is opened, without those that lead elsewhere already."""
    if isinstance(node, nodes.Text):
        if in_paragraph:
            yield node
    elif not isinstance(node, PASSED_OVER) and not is_dropdown(node):
        for child in node.children:
            yield from seen_text(child, in_paragraph or isinstance(node, nodes.paragraph))


def link_first_uses(app: Sphinx, doctree: nodes.document) -> None:
    """Make of each term's first use on the page a link to its row."""
    tables = (box for box in doctree.findall(is_dropdown) if box.children[0].astext() == TITLE)
    if (table := next(tables, None)) is None:
        return
    names = name_rows(table)
    linked: set[str] = set()
    for text in list(seen_text(doctree)):
        left = sorted((term for term, name in names.items() if name not in linked), key=len, reverse=True)
        if not left:
            return
        pieces: list[nodes.Node] = []
        end = 0
        for found in re.finditer(rf"\b({'|'.join(map(re.escape, left))})s?\b", text, re.IGNORECASE):
            name = names[found[1].lower()]
            if name in linked:
                continue
            linked.add(name)
            link = nodes.reference("", found[0], internal=True, refuri=f"#{name}", classes=["u-term"])
            pieces += [nodes.Text(text[end : found.start()]), link]
            end = found.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("folds")
    app.connect("doctree-read", link_first_uses, priority=600)  # after the words are counted
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
