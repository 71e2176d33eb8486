"""Joins the pages of the built site in one page: ids made unique, links led within, buttons left out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

# What a reader operates, and what only a screen needs; interactive figures stay as the stills they begin with.
NOT_PRINTED = (
    "script, noscript, button, form, input, select, textarea, .knobs, .headerlink, .toctree-wrapper, [hidden], "
    ".sd-summary-state-marker, .not-printed"
)
REFERRING = ("href", "xlink:href", "for", "aria-labelledby", "aria-describedby", "aria-controls")
STYLE_REFERENCE = re.compile(r"url\((['\"]?)#([^)'\"]+)\1\)")
MATHJAX = re.compile(r"window\.MathJax = (\{.*?\})</script>", re.DOTALL)

STYLE_SHEET = re.compile(r'<link(?=[^>]*rel="stylesheet")[^>]*href="([^"]+)"')


class PrintError(Exception):
    """Why the book cannot be printed, and what to do."""


@dataclass(frozen=True)
class Section:
    """A heading below a chapter's title: where a link to it leads, and its words, number included."""

    target: str
    title: str


@dataclass(frozen=True)
class Chapter:
    """One page of the site. `body` is HTML whose ids all begin with `key`; `style` is the page's own CSS."""

    key: str
    part: str
    title: str
    sections: tuple[Section, ...]
    body: str
    style: str


@dataclass(frozen=True)
class Edition:
    """What a title page says: from CITATION.cff, and the day of the build (YYYY-MM-DD)."""

    title: str
    authors: tuple[str, ...]
    version: str
    date: str


@dataclass(frozen=True)
class Book:
    """All chapters in reading order; `mathjax` is the configuration of the site's pages, `styles` are the
    places of their style sheets in the site.
    """

    edition: Edition
    chapters: tuple[Chapter, ...]
    mathjax: dict[str, object]
    styles: tuple[str, ...]


def read_edition(root: Path, date: str) -> Edition:
    """The edition that CITATION.cff names."""
    said = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    authors = tuple(
        one.get("name") or f"{one.get('given-names', '')} {one['family-names']}".strip() for one in said["authors"]
    )
    return Edition(said["title"], authors, str(said["version"]), date)


def contents(root: Path) -> list[tuple[str, str]]:
    """The part and the name of each page of _toc.yml, in reading order; the first page belongs to no part."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [("", toc["root"])] + [
        (part["caption"], chapter["file"]) for part in toc["parts"] for chapter in part["chapters"]
    ]


def chosen(pages: list[tuple[str, str]], names: Iterable[str]) -> list[tuple[str, str]]:
    """Those of `pages` whose last names are `names`; all where there are none.

    Raises:
        PrintError: a name is none of the book's.
    """
    wanted = set(names)
    if unknown := wanted - {Path(page).name for _, page in pages}:
        raise PrintError(f"the book has no page {', '.join(sorted(unknown))}; _toc.yml names them all")
    return [(part, page) for part, page in pages if not wanted or Path(page).name in wanted]


def key_of(page: str) -> str:
    """`book/gates/gru` → `gates-gru`: the chapter's name in ids and among the files of the EPUB."""
    return page.removeprefix("book/").replace("/", "-")


def read_page(site: Path, page: str) -> BeautifulSoup:
    """The article of a built page.

    Raises:
        PrintError: the page is not built.
    """
    try:
        text = (site / f"{page}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PrintError(f"{page} is not built; run `make book`") from None
    start = text.index('<article class="bd-article"')
    return BeautifulSoup(text[start : text.index("</article>", start)], "html.parser")


def make_ids_unique(article: Tag, prefix: str) -> None:
    """Put `prefix` before each id within `article`, and wherever the article refers to one of them."""
    elements = [article, *article.find_all(True)]
    names = {str(one["id"]): prefix + str(one["id"]) for one in elements if one.has_attr("id")}
    for one in elements:
        for attribute, value in list(one.attrs.items()):
            if attribute == "id":
                one["id"] = names[value]
            elif attribute in REFERRING and value.startswith("#"):
                one[attribute] = "#" + names.get(value[1:], value[1:])
            elif attribute in REFERRING and attribute != "href":
                one[attribute] = " ".join(names.get(name, name) for name in value.split())
            elif isinstance(value, str) and "url(" in value:
                one[attribute] = STYLE_REFERENCE.sub(lambda found: f"url(#{names.get(found[2], found[2])})", value)


def drop_repeated_ids(article: Tag) -> None:
    """Keep the first of each id: a link reaches no other."""
    seen: set[str] = set()
    for one in article.find_all(id=True):
        name = str(one["id"])
        if name in seen:
            del one["id"]
        seen.add(name)


def lead_links(article: Tag, page: str, pages: Iterable[str]) -> None:
    """Let links to pages of the book lead to their chapters; a link to another file of the site becomes its text."""
    inside = {f"{name}.html": key_of(name) for name in pages}
    for link in article.find_all("a", href=True):
        target = urlsplit(urljoin(f"{page}.html", str(link["href"])))
        if target.scheme or target.netloc:
            continue
        key = inside.get(target.path.lstrip("/"))
        if key is None:
            link.name = "span"
            del link["href"]
        elif not target.fragment:
            link["href"] = f"#{key}"
        elif key == key_of(page):
            link["href"] = f"#{unquote(target.fragment)}"
        else:
            link["href"] = f"#{key}--{unquote(target.fragment)}"


def place_images(article: Tag, page: str, site: Path) -> None:
    """Let each image name its file in full: the joined page lies elsewhere."""
    for image in article.find_all("img", src=True):
        image["src"] = (site / urljoin(f"{page}.html", str(image["src"]))).resolve().as_uri()


def sections_of(article: Tag) -> tuple[str, tuple[Section, ...]]:
    """The title of a chapter, and its sections one level below."""
    words = {
        level: [
            Section(str(heading.find_parent("section")["id"]), " ".join(heading.get_text().split()))
            for heading in article.find_all(level)
        ]
        for level in ("h1", "h2")
    }
    return words["h1"][0].title, tuple(words["h2"])


def make_chapter(site: Path, part: str, page: str, pages: list[str]) -> Chapter:
    """Read one built page and make it part of the whole."""
    article = read_page(site, page)
    for one in article.select(NOT_PRINTED):
        one.decompose()
    style = "\n".join(one.extract().get_text() for one in article.find_all("style"))
    key = key_of(page)
    for number, drawing in enumerate(article.find_all("svg")):  # drawings of one page share ids
        make_ids_unique(drawing, f"d{number}-")
    lead_links(article, page, pages)
    own = article.find("article")
    assert isinstance(own, Tag)
    drop_repeated_ids(own)
    make_ids_unique(own, f"{key}--")
    place_images(own, page, site)
    title, sections = sections_of(own)
    return Chapter(key, part, title, sections, own.decode_contents(), style)


def check_links(chapters: Iterable[Chapter]) -> None:
    """Make sure that every link within the book has a target.

    Raises:
        PrintError: one has none.
    """
    targets, links = set(), {}
    for chapter in chapters:
        targets |= {chapter.key, *re.findall(r'\bid="([^"]+)"', chapter.body)}
        links.update(dict.fromkeys(re.findall(r'href="#([^"]+)"', chapter.body), chapter.key))
    if dead := sorted(
        f"{key} → {html.unescape(link)}" for link, key in links.items() if html.unescape(link) not in targets
    ):
        raise PrintError(f"links lead nowhere: {'; '.join(dead[:5])}; correct the pages and run `make book` again")


def read_heads(site: Path, pages: Iterable[str]) -> tuple[dict[str, object], tuple[str, ...]]:
    """MathJax' configuration, empty where no page has mathematics, and the style sheets of built pages."""
    configuration: dict[str, object] = {}
    styles: dict[str, None] = {}
    for page in pages:
        head = (site / f"{page}.html").read_text(encoding="utf-8").partition("</head>")[0]
        if found := MATHJAX.search(head):
            configuration = json.loads(found[1])
        for link in STYLE_SHEET.findall(head):
            styles[urlsplit(urljoin(f"{page}.html", link)).path.lstrip("/")] = None
    return configuration, tuple(styles)


def gather(root: Path, date: str, names: Iterable[str] = ()) -> Book:
    """The book as it is built in `_build/html`, or the pages with these last names.

    Raises:
        PrintError: a page is not built, or a link leads nowhere.
    """
    site = root / "_build/html"
    pages = chosen(contents(root), names)
    inside = [page for _, page in pages]
    chapters = tuple(make_chapter(site, part, page, inside) for part, page in pages)
    check_links(chapters)
    return Book(read_edition(root, date), chapters, *read_heads(site, inside))
