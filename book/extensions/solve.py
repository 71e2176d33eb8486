"""The pages on which assignments are solved in the browser, made of the released bundles where there are any.

```{assignment} rnn-cell
```

in a chapter leads to the page of that assignment. Where no release has been made, that page says so.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bundle_links import about, link_bundles
from docutils import nodes
from notebooks import BUNDLES, PREFIX, SOLVE, Bundle, beside, digest, not_released, page_of, read_bundle
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
STYLE, SCRIPT = "solve/solve.css", "solve/start.js"


class SolveLink(nodes.General, nodes.Element):
    """The way from a chapter to the page of its assignment."""


class Assignment(SphinxDirective):
    """Names an assignment where a chapter speaks of it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        slug = self.arguments[0]
        if not SLUG.fullmatch(slug):
            raise self.error(f"assignment: {slug!r} is no name of an assignment, such as rnn-cell")
        named(self.env).setdefault(self.env.docname, set()).add(slug)
        return [SolveLink("", slug=slug)]


def named(env: BuildEnvironment) -> dict[str, set[str]]:
    """The assignments that each page names."""
    if not hasattr(env, "unrolled_assignments"):
        env.unrolled_assignments = {}
    found: dict[str, set[str]] = env.unrolled_assignments
    return found


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    named(env).pop(page, None)


def bundles(app: Sphinx) -> list[Bundle]:
    """The released bundles, by name."""
    return [read_bundle(path) for path in files(app)]


def files(app: Sphinx) -> list[Path]:
    """The released bundles' files, by name."""
    return sorted(Path(app.srcdir, app.config.assignment_bundles).glob(f"{PREFIX}*.zip"))


def changed(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """One page to be written anew where the release is another than that of the last build: else Sphinx writes none."""
    now = digest(bundles(app))
    before, env.unrolled_release = getattr(env, "unrolled_release", None), now
    return [] if before == now else [app.config.root_doc]


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The pages of all assignments that are released, or that a chapter names."""
    if app.builder.format != "html":
        return
    site = Path(app.outdir)
    for folder in (SOLVE, BUNDLES):
        shutil.rmtree(site / folder, ignore_errors=True)
    released = {bundle.slug: bundle for bundle in bundles(app)}
    mathematics = app.env.get_domain("math").data["has_equations"]
    for slug in sorted({*released, *(slug for slugs in named(app.env).values() for slug in slugs)}):
        name = f"{SOLVE}/{slug}"
        if slug not in released:
            yield name, {"title": slug, "body": not_released(slug)}, "page.html"
            continue
        for place, content in beside(released[slug]):
            (site / place).parent.mkdir(parents=True, exist_ok=True)
            (site / place).write_bytes(content)
        mathematics[name] = True  # so that MathJax is loaded
        body = page_of(released[slug], app.config.assignment_links, highlighter(app))
        yield name, {"title": released[slug].title, "body": body}, "page.html"


def highlighter(app: Sphinx) -> Any:
    return lambda source: app.builder.highlighter.highlight_block(source, "python3")


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if page.startswith(f"{SOLVE}/"):
        app.add_css_file(STYLE)
        app.add_js_file(SCRIPT)


def visit_link(writer: Any, node: SolveLink) -> None:
    place = writer.builder.get_relative_uri(writer.builder.current_docname, f"{SOLVE}/{node['slug']}")
    writer.body.append(
        f'<p class="u-assignment"><a href="{place}">Open the assignment <code>{node["slug"]}</code></a></p>'
    )
    raise nodes.SkipNode


def skip(writer: Any, node: SolveLink) -> None:
    """Other writers have no such page to lead to."""
    raise nodes.SkipNode


def link(app: Sphinx, error: Exception | None) -> None:
    """Fill the places that pages have for links to bundles: also in pages that this build did not write."""
    if error is None and app.builder.format == "html":
        link_bundles(Path(app.outdir), {path.stem.removeprefix(PREFIX): about(path) for path in files(app)})


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("assignment_bundles", "_build/bundle", "html")
    app.add_config_value("assignment_links", {}, "html")
    app.add_node(SolveLink, html=(visit_link, None), latex=(skip, None), text=(skip, None))
    app.add_directive("assignment", Assignment)
    app.connect("env-purge-doc", forget)
    app.connect("env-get-outdated", changed)
    app.connect("html-collect-pages", pages)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", link)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
