"""Folds a cell that only verifies into one line: “7 formulas checked, largest deviation 4e-16: (2.1) …”.

Such a cell has the tag `check`. What it printed is read by `unrolled.lab.evidence`, which wrote it.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from evidence import LABEL, equation_number
from folds import Fold, FoldLine
from sphinx.application import Sphinx
from sphinx.util import logging

from unrolled.lab.evidence import Checked, read_checked

CELL = "tag_check"
logger = logging.getLogger(__name__)


def fold_checks(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put each cell that only verifies behind its line."""
    for cell in list(doctree.findall(lambda node: isinstance(node, nodes.container) and CELL in node["classes"])):
        printed = "\n".join(block.astext() for block in cell.findall(nodes.literal_block) if _is_output(block))
        checked = [found for line in printed.splitlines() if (found := read_checked(line))]
        if not checked:
            logger.warning("a cell with the tag `check` verified nothing", location=cell)
            continue
        named = numbers(app, page, checked)
        line = FoldLine("", " ".join([line_of(checked), *(number for number, _, _ in named)]))
        # a line that opens a fold is a control, and holds no others: the links stand inside
        links = nodes.paragraph("", "Equations:" if len(named) > 1 else "Equation:")
        for number, label, own in named:
            links += nodes.Text(" ")
            links += (
                nodes.reference("", number, internal=True, refuri=f"#equation-{label}") if own else nodes.Text(number)
            )
        inside = [links, cell.deepcopy()] if any(own for _, _, own in named) else [cell.deepcopy()]
        cell.replace_self(Fold("", line, *inside, classes=["u-checks"]))


def line_of(checked: list[Checked]) -> str:
    """How much was checked, and by how much it was missed; bounds and approximations have no such number."""
    many = "1 formula" if len(checked) == 1 else f"{len(checked)} formulas"
    exact = [one.deviation for one in checked if one.deviation is not None]
    largest = f", largest deviation {max(exact):.0e}" if exact and max(exact) else ", no deviation" if exact else ""
    return f"{many} checked{largest.replace('e-0', 'e-')}"


def numbers(app: Sphinx, page: str, checked: list[Checked]) -> list[tuple[str, str, bool]]:
    """Number, label and whether it stands on this page, of each equation that was named; once each, in order."""
    labels = dict.fromkeys(label for one in checked for label in LABEL.findall(one.what))
    equations = app.env.get_domain("math").equations
    found = [(equation_number(app, page, label), label) for label in labels]
    return [(number, label, equations[label][0] == page) for number, label in found if re.match(r"\(\d", number)]


def _is_output(block: nodes.literal_block) -> bool:
    return "stream" in block["classes"]


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("evidence")
    app.setup_extension("folds")
    app.connect("doctree-resolved", fold_checks, priority=400)  # before labels in outputs become numbers
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
