"""Where a hint sends the student: from `chapter#label` to the chapter's title, equation number and place in the site.

unrolled-canary-0a6cd4728e5b
"""

import re
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LABELLED_EQUATION = re.compile(r"^\$\$\s*\((?P<label>[\w-]+)\)\s*$", re.MULTILINE)


def reading(reference: str) -> str:
    """A sentence's end such as: The recurrent cell, Eq. (1.3): recurrence/rnn-cell.html#equation-eq-rnn-step

    Args:
        reference: chapter#label of a numbered equation of that chapter, or a citation, which is returned as it is.

    Raises:
        KeyError: the book has no such chapter, or the chapter no such equation.
    """
    if "#" not in reference:
        return reference
    slug, label = reference.split("#")
    page, number, title, labels = _chapter(slug)
    if label not in labels:
        raise KeyError(f"the chapter {slug} has no equation labelled {label}; it has {', '.join(labels)}")
    return f"{title}, Eq. ({number}.{labels.index(label) + 1}): {page}.html#equation-{label}"


@cache
def _chapter(slug: str) -> tuple[str, int, str, list[str]]:
    for number, file in enumerate(_numbered_chapters(), start=1):
        if Path(file).name == slug:
            text = (ROOT / f"{file}.md").read_text(encoding="utf-8")
            title = re.search(r"^# (.+)$", text, re.MULTILINE)
            labels = [match["label"] for match in LABELLED_EQUATION.finditer(text)]
            return file, number, title[1].strip() if title else slug, labels
    raise KeyError(f"the book has no numbered chapter {slug!r}")


def _numbered_chapters() -> list[str]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [chapter["file"] for part in contents["parts"] if part.get("numbered") for chapter in part["chapters"]]
