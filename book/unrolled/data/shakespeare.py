"""Tiny Shakespeare: 40,000 lines of several plays in one file, as published with char-rnn; for recorded experiments."""

from __future__ import annotations

from pathlib import Path

from unrolled.data.published import Published

TINY_SHAKESPEARE = Published(
    folder="shakespeare",
    files={"input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
    source="It is data/tinyshakespeare/input.txt of karpathy/char-rnn on GitHub; the plays are in the public domain.",
)
TRAIN = 0.9  # the share that nanoGPT trains on


def halves(root: Path | None = None) -> tuple[str, str]:
    """The first nine tenths of the text, to train on, and the last, to validate on: nanoGPT's split.

    Raises what `Published.path` raises: the file is missing, or another one.
    """
    text = TINY_SHAKESPEARE.text("input.txt", root)
    cut = int(TRAIN * len(text))
    return text[:cut], text[cut:]
