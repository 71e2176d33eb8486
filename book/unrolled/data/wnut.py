"""Emerging and rare entities: the data of the shared task at WNUT 2017, from the publisher's files in CoNLL columns."""

from __future__ import annotations

from pathlib import Path

from unrolled.data.published import Published

Sentence = tuple[list[str], list[str]]  # tokens; their tags in BIO

SET = Published(
    folder="wnut17",
    files={
        "wnut17train.conll": "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
        "emerging.dev.conll": "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
        "emerging.test.annotated": "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
    },
    source="The WNUT 2017 shared task publishes it as leondz/emerging_entities_17 on GitHub, under CC BY 4.0.",
)
FILES = dict(zip(("train", "val", "test"), SET.files, strict=True))


def load(root: Path | None = None) -> dict[str, list[Sentence]]:
    """The three parts, as the task has them: train, val and test; raises what `Published.path` raises."""
    return {part: read(SET.text(name, root)) for part, name in FILES.items()}


def read(text: str) -> list[Sentence]:
    """The sentences of a text with a token, a tab and a tag a line, and an empty line behind each sentence.

    Raises:
        ValueError: a line has not two columns, or a tag is none of B-…, I-… and O; says which line.
    """
    found: list[Sentence] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            columns = line.split("\t")
            if len(columns) != 2 or not (columns[1] == "O" or columns[1][:2] in ("B-", "I-")):
                raise ValueError(f"line {number}: {line!r} is not a token, a tab and a tag in BIO")
            tokens.append(columns[0])
            tags.append(columns[1])
        elif tokens:
            found.append((tokens, tags))
            tokens, tags = [], []
    return found
