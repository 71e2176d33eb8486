"""A feedback page as a notebook, for Canvas, which calls whatever comes back like the file that was handed in."""

from __future__ import annotations

import re

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL)
PRE = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
# Markdown reads HTML as HTML as far as the next empty line, and mathematics everywhere.
NO_MARKDOWN = str.maketrans({"$": "&#36;", "\\": "&#92;"})
LINE_BREAK = "&#10;"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}  # else Jupyter asks


def page_as_notebook(page: str) -> str:
    """The notebook's text: one cell with what the page's body holds."""
    found = BODY.search(page)
    parts = PRE.split(found[1] if found else page)
    texts = [
        part.replace("\n", LINE_BREAK) if part.startswith("<pre") else " ".join(part.split("\n")) for part in parts
    ]
    line = "".join(texts).strip().translate(NO_MARKDOWN)
    cell = new_markdown_cell(f"<div>{line}</div>", id="feedback")
    return nbformat.writes(new_notebook(cells=[cell], metadata=KERNEL)) + "\n"
