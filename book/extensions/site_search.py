"""The site's search: what can be found, written from the finished pages; `search.js` finds it, without a server.

Scripts, as a page opened from a folder may load nothing else: `search-index.js` has the sections, terms and claims,
with their words; `equations.js` the labelled equations, for the search and for the cards of `cards.js`; `sections.js`
how each section opens, for the cards.
"""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.config import Config

INDEX, EQUATIONS, SECTIONS = "_static/search-index.js", "_static/equations.js", "_static/sections.js"
KEPT = "site-search.pickle"  # beside Sphinx' own: what each page had at the last build
OPENING = 280  # characters of a section's first paragraph that a card shows, or a few more
# What stands on a page and is not its text: links of headings, code and its output, drawings, scripts, and the table of
# all claims, each of which is found on its own page.
NO_TEXT = (
    ".headerlink, .cell, .highlight, svg, script, style, .math:not(span), .u-claim, .u-verdicts, [id^=term-], "
    ".citation-list, button"
)
NOT_SEARCHED = ("book/appendix/changelog",)  # it names what the pages say better
HEADINGS = ["h1", "h2", "h3", "h4"]
DISPLAYED = re.compile(r"\\\[(.*)\\\]", re.DOTALL)


def text_of(element: Tag) -> str:
    """The words of an element, with single blanks; a formula as `\\(…\\)`, without a number or mark behind it."""
    return " ".join(element.get_text().split())


def heading_of(section: Tag) -> str:
    """A section's title, with its number."""
    heading = section.find(HEADINGS, recursive=False)
    return text_of(heading).removesuffix("#") if heading else ""


def place_of(element: Tag) -> str:
    """The titles of the sections around an element, below the page's."""
    sections = [section for section in element.find_parents("section") if section.find_parent("section")]
    return " › ".join(heading_of(section) for section in reversed(sections))


def equations_of(article: Tag, page: str) -> dict[str, list[str]]:
    """Each labelled equation of a page: its number, page, page's title, place on the page, and TeX."""
    title = heading_of(article.section) if article.section else ""
    found = {}
    for box in article.select("div.math[id^=equation-]"):
        number, formula = box.select_one(".eqno"), DISPLAYED.search(box.get_text())
        if number and formula:
            label = str(box["id"]).removeprefix("equation-")
            found[label] = [text_of(number).removesuffix("#"), page, title, place_of(box), formula[1].strip()]
    return found


def entries_of(article: Tag, page: str) -> list[list[str]]:
    """What can be found on a page: `[kind, page, anchor, page's title, place, title, text]` each."""
    if not article.section:
        return []
    top = heading_of(article.section)
    entries = []
    for row in article.select("tr[id^=term-]"):
        english, chinese = (text_of(cell) for cell in row.find_all("td")[:2])
        entries.append(["term", page, row["id"], top, place_of(row), f"{english} · {chinese}", ""])
    for claim in article.select("details.u-claim"):
        line = f"{text_of(claim.select_one('.u-said'))} ({text_of(claim.select_one('.u-verdict'))})"
        rest = " ".join(text_of(part) for part in claim.find_all(recursive=False) if part.name != "summary")
        entries.append(["claim", page, claim["id"], top, place_of(claim), line, rest])
    rest = copy.copy(article)
    for element in rest.select(NO_TEXT):
        element.decompose()
    for section in reversed(rest.find_all("section")):  # inner ones first: each leaves its words to none around it
        title, place = heading_of(section), place_of(section)
        if heading := section.find(HEADINGS, recursive=False):
            heading.decompose()
        entries.append(["section", page, section.get("id", ""), top, place, title, text_of(section)])
        section.clear()
    return entries


def openings_of(article: Tag, page: str) -> dict[str, list[str]]:
    """How each section opens, by `page#anchor`, and the page, by its name: place, title, first paragraph."""
    found = {}
    for section in article.find_all("section"):
        paragraphs = section.select(":scope > p, :scope > section > p")  # some open with a section of their own
        first = next((one for one in paragraphs if text_of(one)), None)
        top = section.find_parent("section") is None
        place = "" if top else " › ".join(filter(None, [heading_of(article.section), place_of(section)]))
        opening = [place, heading_of(section), shortened(text_of(first)) if first else ""]
        marks = section.find_all("span", id=True, recursive=False)
        found |= {f"{page}#{one['id']}": opening for one in [section, *marks] if one.get("id")}
        if top:
            found.setdefault(page, opening)
    return found


def shortened(text: str) -> str:
    """The beginning of a text, up to a blank that stands in no formula."""
    for blank in re.finditer(" ", text):
        before = text[: blank.start()]
        if len(before) >= OPENING and before.count(r"\(") == before.count(r"\)"):
            return before.rstrip(",;:") + " …"
    return text


@dataclass(frozen=True)
class Found:
    """What the search and the cards take from a page; `hash` is that of the page's text."""

    hash: str
    equations: dict[str, list[str]]
    openings: dict[str, list[str]]
    entries: list[list[str]]


def found_on(page: str, html: str, former: Found | None) -> Found:
    """What a finished page has; `former` is what it had at the last build, which holds where its text is the same."""
    start, end = html.find("<article"), html.rfind("</article>")
    text = html[start : end + len("</article>")] if start >= 0 else ""
    key = sha256(text.encode()).hexdigest()
    if former and former.hash == key:
        return former
    article = BeautifulSoup(text, "html.parser").article
    if article is None:
        return Found(key, {}, {}, [])
    equations, openings = equations_of(article, page), openings_of(article, page)
    return Found(key, equations, openings, [] if page in NOT_SEARCHED else entries_of(article, page))


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Read the finished pages, as far as they changed, and write both scripts."""
    if error is not None or app.builder.format != "html":
        return
    site, kept = Path(app.outdir), Path(app.doctreedir, KEPT)
    former = pickle.loads(kept.read_bytes()) if kept.exists() else {}
    pages = {
        page: found_on(page, (site / f"{page}.html").read_text("utf-8"), former.get(page))
        for page in sorted(app.env.found_docs)
    }
    kept.write_bytes(pickle.dumps(pages))
    found = pages.values()
    write_script(site / INDEX, "unrolledIndex", [entry for one in found for entry in one.entries])
    write_script(site / EQUATIONS, "unrolledEquations", merged(one.equations for one in found))
    write_script(site / SECTIONS, "unrolledSections", merged(one.openings for one in found))
    with (site / EQUATIONS).open("a", encoding="utf-8") as script:
        # a page without mathematics of its own shows equations, too
        script.write(f"window.MathJax ??= {json.dumps(app.config.mathjax3_config)};\n")


def merged(parts: Iterable[dict[str, list[str]]]) -> dict[str, list[str]]:
    """All of these in one."""
    return {key: value for part in parts for key, value in part.items()}


def write_script(path: Path, name: str, data: Any) -> None:
    path.write_text(f"window.{name} = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n", "utf-8")


def replace_sphinx_search(app: Sphinx) -> None:
    """No index of Sphinx' own; the search page stays, and is ours."""
    if app.builder.format == "html":
        app.builder.search = False


def add_page(app: Sphinx, config: Config) -> None:
    config.html_additional_pages = {**config.html_additional_pages, "search": "search.html"}


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", add_page)
    app.connect("builder-inited", replace_sphinx_search)
    app.connect("build-finished", write_index)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
