"""Keeps a formula and the sign behind it on one line: browsers break a line between the two."""

import re
from typing import Any

from sphinx.application import Sphinx

FORMULA_AND_SIGN = re.compile(r'(<span class="math notranslate nohighlight">\\\([^<]*\\\)</span>[,.;:!?)]+)')


def keep_together(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put each formula in a line of text, and the signs that follow it without a blank, into one span."""
    if "body" in context:
        context["body"] = FORMULA_AND_SIGN.sub(r'<span class="kept-together">\1</span>', context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", keep_together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
