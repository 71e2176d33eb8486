"""Mends what keeps a page's markup from being heard as it is seen: lists of references, corners of tables."""

import re
from typing import Any

from sphinx.application import Sphinx

MENDS = (
    # Sphinx writes a list of `doc-biblioentry`, a role that is deprecated and no part of a list
    (re.compile(r'(<div class="citation"[^>]*) role="doc-biblioentry"'), r'\1 role="listitem"'),
    # a header that says nothing is the corner of a table
    (re.compile(r'<th (?:class="head"|scope="col")>(?:<p></p>)?</th>'), "<td></td>"),
)


def mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "body" in context:
        for pattern, replacement in MENDS:
            context["body"] = pattern.sub(replacement, context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
