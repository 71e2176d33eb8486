"""The whole book as one page of HTML: title page, contents, chapters."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path

from printing.gather import Book, Chapter

HERE = Path(__file__).resolve().parent
# Formulas as drawings, where the address asks for them: what an e-reader shows needs no font of ours.
CHOOSE_OUTPUT = """
  MathJax.loader = {load: ["core", "input/tex", location.search === "?svg" ? "output/svg" : "output/chtml"]};
  MathJax.svg = {fontCache: "none"};
"""

# Without the range of the site's own rule: with one, Chromium sets the first words of each size and weight as boxes.
CHINESE = '@font-face {{ font-family: "Unrolled Chinese"; src: url("{home}/_static/chinese.woff2") format("woff2"); }}'


def quoted(text: str) -> str:
    """`text` as a string of CSS."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def running_title(chapter: Chapter) -> str:
    """The rules that print a chapter's part and title over each of its pages."""
    return (
        f"#{chapter.key} {{ page: {chapter.key} }}\n"
        f"@page {chapter.key} {{ @top-left {{ content: {quoted(chapter.part)} }} "
        f"@top-right {{ content: {quoted(chapter.title)} }} }}"
    )


def contents_of(book: Book) -> str:
    """The table of contents; the places for page numbers are filled when the pages are known."""
    lines, part = [], ""
    for chapter in book.chapters:
        if chapter.part != part:
            part = chapter.part
            lines.append(f'<p class="part">{escape(part)}</p>')
        entries = [(chapter.key, chapter.title, "chapter")]
        entries += [(section.target, section.title, "section") for section in chapter.sections]
        lines += [
            f'<p class="{kind}"><a href="#{escape(target)}">{escape(title)}</a> <span data-page="{escape(target)}">000'
            "</span></p>"
            for target, title, kind in entries
        ]
    return "\n".join(lines)


def title_of(book: Book) -> str:
    """The title page."""
    edition = book.edition
    title, _, subtitle = edition.title.partition(": ")
    return (
        f'<section class="title-page"><h1>{escape(title)}</h1><p class="subtitle">{escape(subtitle)}</p>'
        f"<p>{escape(', '.join(edition.authors))}</p>"
        f'<p class="edition">Version {escape(edition.version)}, {escape(edition.date)}<br/>'
        "Text and figures: CC BY 4.0. Code: BSD 3-Clause.</p></section>"
    )


def write_whole(book: Book, site: Path, target: Path) -> None:
    """Write the page; styles, fonts and MathJax stay in `site`, to which it refers."""
    home = os.path.relpath(site, target.parent)
    links = "\n".join(f'<link rel="stylesheet" href="{home}/{name}">' for name in book.styles)
    scoped = "\n".join(f"#{chapter.key} {{ {chapter.style} }}" for chapter in book.chapters if chapter.style)
    running = "\n".join(map(running_title, book.chapters))
    chapters = "\n".join(
        f'<div class="chapter" id="{chapter.key}"><article class="bd-article">{chapter.body}</article></div>'
        for chapter in book.chapters
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{escape(book.edition.title)}</title>
{links}
<style>
{CHINESE.format(home=home)}
{(HERE / "whole.css").read_text(encoding="utf-8")}
{running}
</style>
<style>
{scoped}
</style>
<script>window.MathJax = {json.dumps(book.mathjax)};{CHOOSE_OUTPUT}</script>
<script defer src="{home}/_static/mathjax/startup.js"></script>
<script src="{home}/_static/print.js"></script>
</head>
<body>
{title_of(book)}
<nav class="book-contents"><h1>Contents</h1>{contents_of(book)}</nav>
{chapters}
</body>
</html>
""",
        encoding="utf-8",
    )
