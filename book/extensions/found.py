"""How the site is found and shared: a description of each page; with an address, a picture, a map of the site, robots.

The address is `html: baseurl` of _config.yml, the setting from which hints take theirs; Sphinx puts the canonical
address of each page from it. A description is the page's question, or its first paragraph.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from lost import lost_page
from sphinx.application import Sphinx
from sphinx.util.nodes import clean_astext

QUESTION = "The question."
LONGEST = 200  # characters that search engines and messengers show of a description
CARDS = "_static/cards"


def description(doctree: nodes.document) -> str:
    """The question of a chapter; of another page its first paragraph, cut behind a word where it is long."""
    texts = [" ".join(one.astext().split()) for one in doctree.findall(nodes.paragraph)]
    asked = [text.removeprefix(QUESTION).strip() for text in texts if text.startswith(QUESTION)]
    text = next(iter(asked + texts), "")
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + " …"


def address(app: Sphinx) -> str:
    """The site's address with a slash at its end; empty where none is set."""
    base = app.config.html_baseurl
    return f"{base.rstrip('/')}/" if base else ""


def number(app: Sphinx, page: str) -> int:
    """The number of a chapter; 0 of another page."""
    return (app.env.toc_secnumbers.get(page, {}).get("") or [0])[0]


def add_tags(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Put the description into the head, and what messengers and social networks show of a link."""
    if doctree is None or app.builder.format != "html":
        return
    text, title, base = description(doctree), clean_astext(app.env.titles[page]), address(app)
    tags = {"og:title": title, "og:description": text, "og:type": "article", "og:site_name": app.config.html_title}
    if base:
        from cards import CARD, draw_card  # Matplotlib's import takes a while, and nothing else needs it

        place = f"{CARDS}/{page.replace('/', '-')}.png"
        chapters = sum(1 for one in app.env.found_docs if number(app, one))
        draw_card(Path(app.outdir, place), app.config.html_title, title, text, number(app, page), chapters)
        tags |= {
            "og:url": f"{base}{app.builder.get_target_uri(page)}",
            "og:image": f"{base}{place}",
            "og:image:width": str(CARD[0]),
            "og:image:height": str(CARD[1]),
            "og:image:alt": f"{app.config.html_title}: {title}",
        }
    lines = [f'<meta name="description" content="{escape(text)}"/>']
    lines += [f'<meta property="{name}" content="{escape(value)}"/>' for name, value in tags.items()]
    if base:
        lines.append('<meta name="twitter:card" content="summary_large_image"/>')
    context["metatags"] = "\n    ".join((context.get("metatags", ""), *lines))


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the page for addresses that lead nowhere; with an address, the map of the site, and robots.txt."""
    if error is not None or app.builder.format != "html":
        return
    site, base = Path(app.outdir), address(app)
    pages = {clean_astext(app.env.titles[page]): app.builder.get_target_uri(page) for page in ordered(app)}
    (site / "404.html").write_text(lost_page(app.config.html_title, pages, base), encoding="utf-8")
    if base:
        places = "".join(f"<url><loc>{escape(base + place)}</loc></url>\n" for place in pages.values())
        (site / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n',
            encoding="utf-8",
        )
        (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n", encoding="utf-8")


def ordered(app: Sphinx) -> list[str]:
    """All pages in reading order."""
    root = app.config.root_doc
    relations = app.env.collect_relations()
    pages, page = [], root
    while page and page not in pages:
        pages.append(page)
        page = relations.get(page, [None, None, None])[2] or ""
    return [*pages, *sorted(set(app.env.found_docs) - set(pages))]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
