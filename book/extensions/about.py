"""Who wrote the book and how to cite it, from CITATION.cff; where the bundles are; the line at the foot of each page.

The setting `mistakes_to` of _config.yml is where a reader reports a mistake: an address in which `{page}` stands for
the name of the page.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import bundle_links
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CITATION = "CITATION.cff"
ABOUT, CHANGES = "book/appendix/about", "book/appendix/changelog"


def citation(root: Path) -> dict[str, Any]:
    """What CITATION.cff says of the course.

    Raises:
        FileNotFoundError: it is missing.
    """
    return yaml.safe_load((root / CITATION).read_text("utf-8"))


def authors(work: dict[str, Any]) -> list[str]:
    """The authors' names; those of an institution stand in `name`."""
    return [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in work["authors"]]


def year(work: dict[str, Any]) -> int:
    """The year of the release."""
    return datetime.date.fromisoformat(str(work["date-released"])).year


def bibtex(work: dict[str, Any], address: str) -> str:
    """An entry for BibTeX, which older styles know, too."""
    names = " and ".join(f"{{{one}}}" for one in authors(work))
    fields = {
        "author": names,
        "title": f"{{{work['title']}}}",
        "year": year(work),
        "version": work["version"],
        "note": f"Version {work['version']}",
    }
    if address:
        fields["url"] = address
    lines = "".join(f"  {name:<7} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{unrolled{year(work)},\n{lines}}}"


class HowToCite(SphinxDirective):
    """`{how-to-cite}`: a sentence and an entry for BibTeX, from CITATION.cff."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / CITATION))
        work, address = citation(root), self.config.html_baseurl
        before = f"{', '.join(authors(work))} ({year(work)}). "
        behind = f". Version {work['version']}, {work['date-released']}."
        sentence = nodes.paragraph("", "", nodes.Text(before), nodes.emphasis("", work["title"]), nodes.Text(behind))
        if address:
            sentence += [nodes.Text(" "), nodes.reference("", address, refuri=address)]
        entry = bibtex(work, address)
        return [sentence, nodes.literal_block(entry, entry, language="bibtex")]


class Bundles(SphinxDirective):
    """`{bundles}`: the list of the students' bundles, or how to get them."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", bundle_links.mark_all(), format="html")]


def report_address(setting: str, page: str) -> str:
    """Where to report a mistake on a page; empty where nothing is set."""
    return setting.replace("{page}", quote(page, safe="")) if setting else ""


def add_line(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put version, changes, how to cite, and where to report a mistake below the licence at the foot of the page."""
    if app.builder.format != "html" or ABOUT not in app.env.found_docs:
        return
    pathto = context["pathto"]
    links = [
        f'<a href="{pathto(CHANGES)}">Version {citation(Path(app.srcdir))["version"]}</a>',
        f'<a href="{pathto(ABOUT)}">How to cite</a>',
    ]
    if address := report_address(app.config.mistakes_to, page):
        links.append(f'<a href="{address}">Report a mistake</a>')
    line = f'<p class="u-foot">{" · ".join(links)}</p>'
    context["theme_extra_footer"] = f"{context.get('theme_extra_footer') or ''}{line}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("mistakes_to", "", "html", str)
    app.add_directive("how-to-cite", HowToCite)
    app.add_directive("bundles", Bundles)
    app.connect("html-page-context", add_line)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
