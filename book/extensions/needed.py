"""“For the assignment you need”: at the top of a chapter, the places that each function of its assignment rests on.

```{needed} rnn-cell
rnn_step: eq-rnn-step
rnn_forward: eq-unrolled
```

A line is a function and the label of an equation, of this chapter or of another one. Contracts say the same, and
tests/solutions/exercises/test_needed.py holds the pages to them: the book itself sees no solutions.
"""

from __future__ import annotations

import re
from typing import Any

import bundle_links
from docutils import nodes
from evidence import equation_number
from folds import Fold, FoldLine
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import clean_astext

LINE = re.compile(r"(?P<function>\w+): (?P<label>eq-[\w-]+)")
NUMBER = re.compile(r"\((\d[\d.]*)\)")
logger = logging.getLogger(__name__)


class Place(nodes.Inline, nodes.TextElement):
    """Stands where the link to an equation and its section will stand."""


class Needed(SphinxDirective):
    """The functions of an assignment, each with the equation of the book that it computes; folded into a line."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        assignment = self.arguments[0]
        rows = [LINE.fullmatch(line.strip()) for line in self.content]
        if not rows or None in rows:
            raise self.error(f"needed: each line is a function and a label, `rnn_step: eq-rnn-step`: {assignment}")
        line = FoldLine(
            "", "", nodes.Text("For the assignment "), nodes.literal("", assignment), nodes.Text(" you need")
        )
        listed = nodes.bullet_list("")
        for row in filter(None, rows):
            place = Place("", label=row["label"])
            function = nodes.literal("", row["function"])
            listed += nodes.list_item("", nodes.paragraph("", "", function, nodes.Text(": "), place))
        bundle = nodes.paragraph("", "", nodes.Text("The assignment: "), bundle_of(assignment), nodes.Text("."))
        return [Fold("", line, listed, bundle, classes=["u-needed"])]


def bundle_of(assignment: str) -> nodes.raw:
    """The place of a link to the assignment's bundle, which the end of the build fills."""
    return nodes.raw("", bundle_links.mark(assignment), format="html")


def link_places(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put number and section of each equation where it is named, as links."""
    for place in list(doctree.findall(Place)):
        label = place["label"]
        home = app.env.get_domain("math").equations.get(label, [""])[0]
        number = NUMBER.fullmatch(equation_number(app, page, label))
        if not home or not number:
            logger.warning("`needed` names the equation %r, which the book does not have", label, location=page)
            place.replace_self(nodes.literal("", label))
            continue
        where = "" if home == page else app.builder.get_relative_uri(page, home)
        link = nodes.reference("", f"Eq. ({number[1]})", internal=True, refuri=f"{where}#equation-{label}")
        tree = doctree if home == page else app.env.get_doctree(home)
        title = section_of(tree, label) if home == page else clean_astext(app.env.titles[home])
        place.replace_self([link, nodes.Text(f", {title}" if title else "")])


def section_of(doctree: nodes.document, label: str) -> str:
    """The title of the section in which a labelled equation stands; empty where there is none."""
    for equation in doctree.findall(nodes.math_block):
        if equation.get("label") == label:
            section = equation.parent
            while section is not None and not isinstance(section, nodes.section):
                section = section.parent
            return clean_astext(section[0]) if section is not None else ""
    return ""


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("evidence")
    app.setup_extension("folds")
    app.add_directive("needed", Needed)
    app.add_role("bundle", lambda name, raw, text, line, inliner, options=None, content=(): ([bundle_of(text)], []))
    app.connect("doctree-resolved", link_places)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
