"""Sphinx directive `diagram`: inlines a hand-laid SVG cell diagram, with one step's path lit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)


def inline_svg(source: str, alt: str, prefix: str, step: str | None = None) -> str:
    """Return `source` as SVG markup for an HTML page.

    Every id gets `prefix`, so that the same drawing can stand on a page many times. With `step`, each
    `<g data-step="…">` that lists this step gets the class `u-lit` and the others `u-dim`. (In the drawings a
    group of class `u-base` belongs to a step without being its path: it is dimmed with it, never lit.)
    Raises ValueError where `alt` is empty or no group lists `step`.
    """
    if not alt.strip():
        raise ValueError("a diagram needs a text alternative: add `:alt:`")
    root = ElementTree.fromstring(source)
    root.set("role", "img")
    root.set("aria-label", " ".join(alt.split()))
    root.set("class", "u-diagram")
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{prefix}-{element.get('id')}")
        for name, value in element.attrib.items():
            element.set(name, re.sub(r"url\(#", f"url(#{prefix}-", value))
    if step is not None:
        light(root, step)
    return ElementTree.tostring(root, encoding="unicode")


def light(root: ElementTree.Element, step: str) -> None:
    """Mark the groups of `step` as lit and the other steps' groups as dim."""
    groups = [g for g in root.iter(f"{{{SVG}}}g") if "data-step" in g.attrib]
    known = sorted({name for g in groups for name in g.attrib["data-step"].split()})
    if step not in known:
        raise ValueError(f"the diagram has no step {step!r}; it has {', '.join(known) or 'none'}")
    root.set("data-step", step)
    for group in groups:
        state = "u-lit" if step in group.attrib["data-step"].split() else "u-dim"
        group.set("class", f"{group.get('class', '')} {state}".strip())


class Diagram(SphinxDirective):
    """`{diagram} file.svg` with `:alt:` (required), `:step:`, `:name:` and a caption as its body."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "alt": directives.unchanged_required,
        "step": directives.unchanged_required,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        prefix = f"d{self.env.new_serialno('diagram')}"
        try:
            source = Path(path).read_text(encoding="utf-8")
            svg = inline_svg(source, self.options.get("alt", ""), prefix, self.options.get("step"))
        except (OSError, ValueError, ElementTree.ParseError) as error:
            raise self.error(f"diagram {self.arguments[0]}: {error}") from error
        figure = nodes.figure("", nodes.raw("", svg, format="html"), classes=["u-figure"], align="default")
        self.set_source_info(figure)
        caption = self.caption()
        if caption:
            figure += caption
        self.add_name(figure)
        return [figure]

    def caption(self) -> nodes.caption | None:
        """Parse the body; its paragraphs become the figure's caption."""
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        children = [child for paragraph in body.children for child in paragraph.children]
        return nodes.caption("", "", *children) if children else None


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive."""
    app.add_directive("diagram", Diagram)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
