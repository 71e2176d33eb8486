"""The site's first page names what is published beside the built book."""

from __future__ import annotations

from pathlib import Path

FIRST_PAGE = "book/index.html"


def add_to_first_page(public: Path, sentence: str) -> None:
    """Put a paragraph at the end of the first page of a copy of the site; its links start from that page."""
    page = public / FIRST_PAGE
    text = page.read_text(encoding="utf-8").replace("</article>", f"<p>{sentence}</p></article>", 1)
    page.write_text(text, encoding="utf-8")
