"""The rubric of a question that a person reads, and the comments that choose its items and point at the answer's words.

In the source, it stands in the solution of a `manual` cell, where students see it when they get their feedback:

```
**Rubric.**

- a 0.5: old inputs fade by the repeated product with U
- b 0.5: new ones are laid over them
```

The grader writes the letters of what the answer has into formgrader's comment, behind a colon what is said on the
whole, and behind `>` words of the answer, with a remark in the lines below them:

```
a: Well seen.
> the gradient gets smaller
By what factor?
```
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograde.course import cells

HEADING = re.compile(r"^\*\*Rubric\.\*\*[ \t]*$", re.MULTILINE)
ITEM = re.compile(r"- ([a-z]) (\d+(?:\.\d+)?): (\S.*)")
LETTERS = re.compile(r"\s*([a-z](?:[ ,]+[a-z])*)\s*(?::\s*|(?=\n)|$)")
QUOTE = re.compile(r"^>[ \t]*(.*)$", re.MULTILINE)


class RubricError(ValueError):
    """What stands under **Rubric.** cannot be one; the text says why."""


@dataclass(frozen=True)
class RubricItem:
    """One thing that an answer may have, and the points for it."""

    letter: str
    points: float
    text: str


@dataclass(frozen=True)
class Remark:
    """What a grader says of some words of the answer."""

    quote: str
    text: str


@dataclass(frozen=True)
class Comment:
    """A grader's comment.

    letters: the chosen items; None where it names none.
    text: what is said on the whole.
    """

    letters: tuple[str, ...] | None = None
    text: str = ""
    remarks: tuple[Remark, ...] = ()


def read_rubric(text: str) -> list[RubricItem]:
    """The rubric in the text of a cell; empty where it has none.

    Raises RubricError where an item has another form, or a letter stands twice.
    """
    found = HEADING.search(text)
    if found is None:
        return []
    items: list[RubricItem] = []
    for line in text[found.end() :].strip().split("\n"):
        if not line.strip() or line.startswith("###"):
            break
        item = ITEM.fullmatch(line.strip())
        if item is None:
            raise RubricError(f"{line.strip()!r} is no item; write it as `- a 0.5: what the answer says`")
        if item[1] in {one.letter for one in items}:
            raise RubricError(f"the letter {item[1]!r} stands there twice")
        items.append(RubricItem(item[1], float(item[2]), item[3]))
    if not items:
        raise RubricError("it has no items; write each as `- a 0.5: what the answer says`")
    return items


def rubrics_in(source: Path) -> dict[str, list[RubricItem]]:
    """The rubrics of a source notebook, by grade id; none where it cannot be read."""
    try:
        found = json.loads(source.read_text("utf-8"))["cells"]
        texts = {cells.grade_id(cell): "".join(cell["source"]) for cell in found if cells.is_answer(cell)}
        return {grade_id: items for grade_id, text in texts.items() if (items := read_rubric(text))}
    except (OSError, ValueError, KeyError):
        return {}


def read_comment(text: str, rubric: Sequence[RubricItem] = ()) -> Comment:
    """A grader's comment; letters are read only where the question has a rubric."""
    whole, *pieces = QUOTE.split(text)
    letters: tuple[str, ...] | None = None
    if rubric and (found := LETTERS.match(whole)):
        letters = tuple(dict.fromkeys(re.findall(r"[a-z]", found[1])))
        whole = whole[found.end() :]
    remarks = [Remark(quote.strip(), said.strip()) for quote, said in zip(pieces[::2], pieces[1::2], strict=True)]
    return Comment(letters, whole.strip(), tuple(remarks))


def marked(answer: str, remarks: Iterable[Remark]) -> str:
    """An answer with the number of each remark behind the words of which it speaks, where these are found."""
    for number, remark in enumerate(remarks, start=1):
        words = r"\s+".join(map(re.escape, remark.quote.split()))
        if words and (place := re.search(words, answer)):
            answer = f"{answer[: place.end()]} [{number}]{answer[place.end() :]}"
    return answer


def what_is_wrong(text: str, rubric: Sequence[RubricItem], points: float) -> str:
    """What does not fit between a grader's comment and the points given; empty where all does."""
    letters = read_comment(text, rubric).letters
    if letters is None:
        return ""
    earns = {item.letter: item.points for item in rubric}
    wrong = []
    if unknown := [letter for letter in letters if letter not in earns]:
        wrong.append(f"the comment chooses {', '.join(unknown)}, which the rubric does not have")
    chosen = [letter for letter in letters if letter in earns]
    total = sum(earns[letter] for letter in chosen)
    if chosen and abs(total - points) > 1e-9:
        wrong.append(f"the items {' '.join(chosen)} give {total:g}, the points given are {points:g}")
    return ", and ".join(wrong)


def for_the_grader(rubric: Iterable[RubricItem]) -> str:
    """The rubric as Markdown, with how to use it."""
    lines = "\n".join(f"- **{item.letter}** {item.points:g}: {item.text}" for item in rubric)
    return (
        "**Rubric.** Write the letters of what the answer has into the comment, such as `a c: what you say of it`, "
        f"and the sum of their points into the score. `> words of the answer` begins a remark on these.\n\n{lines}"
    )
