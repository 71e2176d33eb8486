"""Prints the joined page as one PDF, with page numbers in its contents, bookmarks, and what the book is called."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from playwright.sync_api import Browser, Page
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from printing.browser import typeset
from printing.gather import Book

COLUMN = 658  # pixels between the margins of A4, as print.css sets them
NUMBER_PAGES = """pages => {
  for (const place of document.querySelectorAll("[data-page]")) place.textContent = pages[place.dataset.page] ?? "";
}"""


def print_page(page: Page) -> bytes:
    """What the browser prints: A4, tagged for those who hear it."""
    return page.pdf(prefer_css_page_size=True, format="A4", print_background=True, tagged=True)


def destinations(printed: PdfReader) -> dict[str, int]:
    """The page, counted from 1, to which each link's target came."""
    found = {name: printed.get_destination_page_number(target) for name, target in printed.named_destinations.items()}
    return {name.lstrip("/"): page + 1 for name, page in found.items() if page is not None}


def bookmarks(writer: PdfWriter, book: Book, pages: dict[str, int]) -> None:
    """Add a bookmark for each part, chapter and section."""
    part, above = "", None
    for chapter in book.chapters:
        first = pages[chapter.key] - 1
        if chapter.part != part:
            part = chapter.part
            above = writer.add_outline_item(title=part, page_number=first, is_open=True)
        place = writer.add_outline_item(title=chapter.title, page_number=first, parent=above, is_open=False)
        for section in chapter.sections:
            writer.add_outline_item(title=section.title, page_number=pages[section.target] - 1, parent=place)


def write_pdf(browser: Browser, book: Book, whole: Path, target: Path) -> int:
    """Write `target` from the joined page; returns the number of its pages."""
    with typeset(browser, whole, COLUMN) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        pages = destinations(PdfReader(BytesIO(print_page(page))))
        page.evaluate(NUMBER_PAGES, pages)
        printed = print_page(page)
    writer = PdfWriter(clone_from=BytesIO(printed))
    bookmarks(writer, book, destinations(PdfReader(BytesIO(printed))))
    edition = book.edition
    writer.add_metadata(
        {
            "/Title": edition.title,
            "/Author": ", ".join(edition.authors),
            "/Subject": f"Version {edition.version}, {edition.date}",
            "/CreationDate": f"D:{edition.date.replace('-', '')}",
        }
    )
    writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
    writer.write(target)
    return len(writer.pages)
