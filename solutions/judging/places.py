"""Where a hint sends the student: from `chapter#label` to the chapter, section, equation number and place in the site.

unrolled-canary-0a6cd4728e5b
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
LABELLED_EQUATION = re.compile(r"\$\$\s*\((?P<label>[\w-]+)\)\s*")
PLACE = re.compile(r": (?P<path>[\w/-]+\.html#equation-[\w-]+)$")
FENCE = re.compile(r"(?P<mark>`{3,}|~{3,}|:{3,})(?P<info>.*)")
DIRECTIVE = re.compile(r"\s*\{(?!code|raw|diagram|literalinclude)")  # one whose inside is Markdown
HEADING = re.compile(r"(?P<level>#{2,}) (?P<title>.+)")


@dataclass(frozen=True)
class _Chapter:
    file: str  # from the root of the book, without its ending
    number: int
    title: str
    sections: dict[str, str]  # of each labelled equation, in order: number and title of the section it stands in


def reading(reference: str) -> str:
    """A sentence's end such as: The recurrent cell, section 1.2 “One step”, Eq. (1.3): book/….html#equation-…

    No result of the judge depends on where the book stands: `addressed` puts its address before the path.

    Args:
        reference: chapter#label of a numbered equation of that chapter, or a citation, which is returned as it is.

    Raises:
        KeyError: the book has no such chapter, or the chapter no such equation.
    """
    if "#" not in reference:
        return reference
    slug, label = reference.split("#")
    chapter = _chapter(slug)
    if label not in chapter.sections:
        raise KeyError(f"the chapter {slug} has no equation labelled {label}; it has {', '.join(chapter.sections)}")
    number = f"{chapter.number}.{list(chapter.sections).index(label) + 1}"
    return f"{chapter.title}, {chapter.sections[label]}, Eq. ({number}): {chapter.file}.html#equation-{label}"


def addressed(text: str) -> str:
    """The end of a sentence from `reading`, with `html: baseurl` of _config.yml before the path where that is set."""
    base = (_yaml("_config.yml").get("html") or {}).get("baseurl")
    return PLACE.sub(rf": {base.rstrip('/')}/\g<path>", text) if base else text


@cache
def _chapter(slug: str) -> _Chapter:
    for number, file in enumerate(_numbered_chapters(), start=1):
        if Path(file).name == slug:
            text = (ROOT / f"{file}.md").read_text(encoding="utf-8")
            title = re.search(r"^# (.+)$", text, re.MULTILINE)
            return _Chapter(file, number, title[1].strip() if title else slug, _sections(text, number))
    raise KeyError(f"the book has no numbered chapter {slug!r}")


def _sections(text: str, chapter: int) -> dict[str, str]:
    # Headings and equations are numbered as Sphinx numbers them: what stands in code is neither; a heading in a
    # directive, such as a fold, is none, but an equation there counts.
    counts, section, sections = [chapter], "", {}
    for line, fences in _fenced(text):
        if not all(DIRECTIVE.match(fence["info"]) for fence in fences):
            continue
        if not fences and (heading := HEADING.fullmatch(line.rstrip())):
            depth = len(heading["level"])
            counts = [*counts[:depth], *[0] * (depth - len(counts))]
            counts[depth - 1] += 1
            title = re.sub(r"[`$*\\]", "", heading["title"]).replace("'", "’")
            section = f"section {'.'.join(map(str, counts))} “{title}”"
        elif equation := LABELLED_EQUATION.fullmatch(line.strip()):
            sections[equation["label"]] = section
    return sections


def _fenced(text: str) -> Iterator[tuple[str, list[re.Match[str]]]]:
    """Each line, with the opening lines of the fences that it stands in, from the outside in."""
    fences: list[re.Match[str]] = []
    for line in text.splitlines():
        if mark := FENCE.match(line.strip()):
            if fences and mark[0] == fences[-1]["mark"]:
                fences.pop()
            elif not fences or DIRECTIVE.match(fences[-1]["info"]):
                fences.append(mark)
        yield line, list(fences)


def _numbered_chapters() -> list[str]:
    parts = _yaml("_toc.yml")["parts"]
    return [chapter["file"] for part in parts if part.get("numbered") for chapter in part["chapters"]]


@cache
def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
