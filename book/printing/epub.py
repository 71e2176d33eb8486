"""Writes the joined page as an EPUB 3: a file of XHTML a chapter, formulas as drawings that say their TeX."""

from __future__ import annotations

import re
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser

from printing.browser import typeset
from printing.gather import Book, Chapter
from printing.whole import title_of

HERE = Path(__file__).resolve().parent
THEME = HERE.parent / "theme"
WIDTH = 640  # pixels of the window in which MathJax sets; drawings are measured in ex
IMAGE = re.compile(r'(<img\b[^>]*\bsrc=")(file://[^"]+)(")')
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml", ".gif": "image/gif"}
VARIABLE = re.compile(r"var\((--[\w-]+)(?:,([^()]*))?\)")
LIGHT = re.compile(r'html\[data-theme="light"\]\s*\{([^}]*)\}')
LIGHT_CODE = re.compile(r'html\[data-theme="light"\] (\.highlight [^{}]*\{[^}]*\})')
ZIP_DAY = (1980, 1, 1, 0, 0, 0)  # the same pages give the same file


@dataclass(frozen=True)
class Part:
    """A part of the table of contents; the first page of the book is in one without a title."""

    title: str
    chapters: list[Chapter]


def parts_of(book: Book) -> list[Part]:
    """The chapters by part, in reading order."""
    parts: list[Part] = []
    for chapter in book.chapters:
        if not parts or parts[-1].title != chapter.part:
            parts.append(Part(chapter.part, []))
        parts[-1].chapters.append(chapter)
    return parts


class Colours:
    """The light colours of the site's theme in place of its variables, which many e-readers do not know."""

    def __init__(self, site: Path) -> None:
        sheet = (site / "_static/unrolled.css").read_text(encoding="utf-8")
        self._values = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", "".join(LIGHT.findall(sheet))))

    def fixed(self, text: str) -> str:
        """`text` without variables: each has its light value, or else the one that stands beside it."""
        return VARIABLE.sub(lambda one: self._values.get(one[1], (one[2] or "inherit").strip()), text)


def style_sheet(site: Path, drawings: str) -> str:
    """The EPUB's own rules behind those of the drawings and the colours of code."""
    code = LIGHT_CODE.findall((site / "_static/pygments.css").read_text(encoding="utf-8"))
    return "\n".join([drawings, *code, (HERE / "epub.css").read_text(encoding="utf-8")])


def take_images(body: str, images: dict[str, Path]) -> str:
    """Let images name their copies in the EPUB; notes in `images` which file each copy is of."""

    def taken(found: re.Match[str]) -> str:
        source = Path(unquote(urlsplit(found[2]).path))
        images[f"images/{source.name}"] = source
        return f"{found[1]}images/{source.name}{found[3]}"

    return IMAGE.sub(taken, body)


def write_epub(browser: Browser, book: Book, site: Path, whole: Path, target: Path) -> None:
    """Write `target` from the joined page `whole`."""
    with typeset(browser, whole, WIDTH, svg=True) as page:
        styles = {chapter.key: chapter.style for chapter in book.chapters}
        own = [style.read_text("utf-8") for style in sorted(THEME.glob("*.css")) if style.name != "print.css"]
        shown = page.evaluate((HERE / "epub.js").read_text(encoding="utf-8"), [styles, own])
        page.evaluate("document.querySelectorAll('nav, .chapter').forEach(one => one.remove())")
        page.set_viewport_size({"width": 800, "height": 1200})
        cover = page.screenshot()
    colours = Colours(site)
    images: dict[str, Path] = {}
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )

    def made(template: str, **values: object) -> str:
        return templates.get_template(template).render(book=book, parts=parts_of(book), **values)

    files: dict[str, str | bytes] = {
        "style.css": style_sheet(site, colours.fixed(shown["drawings"])),
        "cover.png": cover,
        "title.xhtml": made("page.xhtml", title=book.edition.title, style="", body=title_of(book)),
        "nav.xhtml": made("nav.xhtml"),
    }
    for chapter in book.chapters:
        style, body = (colours.fixed(shown[what][chapter.key]) for what in ("styles", "bodies"))
        body = take_images(body, images)
        files[f"{chapter.key}.xhtml"] = made("page.xhtml", title=chapter.title, style=style, body=body)
    media = [(name, TYPES[source.suffix.lower()]) for name, source in sorted(images.items())]
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{book.edition.title} {book.edition.version}")
    files["book.opf"] = made(
        "book.opf",
        identity=identity,
        images=media,
        drawn=[key for key, body in shown["bodies"].items() if "<svg" in body],
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", ZIP_DAY), "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr(
            zipfile.ZipInfo("META-INF/container.xml", ZIP_DAY), made("container.xml"), zipfile.ZIP_DEFLATED
        )
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"EPUB/{name}", ZIP_DAY), content, zipfile.ZIP_DEFLATED)
        for name, source in images.items():
            archive.writestr(zipfile.ZipInfo(f"EPUB/{name}", ZIP_DAY), source.read_bytes(), zipfile.ZIP_STORED)
