"""A writer of poems, from lines of a file to what it has copied: what `poems` asks for (chapter of its name).

unrolled-canary-715a63c52d8d
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.language_model import drawn_token
from solutions.reference.numerics import Array, softmax, step_losses

BOS, EOS = "<bos>", "<eos>"
PAD_ID, BOS_ID, EOS_ID = range(3)
LINE_ENDS = "，。！？；\n"


def process_dataset(lines: Sequence[str], longest: int) -> list[list[str]]:
    """The characters of each `title:content` line between bos and eos (eq-poem-lines).

    The first colon, : or ：, separates. White space around the content is taken off. Lines without content are left
    out, and those of more than `longest` characters.
    """
    contents = [re.split("[:：]", line, maxsplit=1)[1].strip() for line in lines if re.search("[:：]", line)]
    return [[BOS, *content, EOS] for content in contents if 1 <= len(content) <= longest]


def poem_dataset(
    poems: Sequence[Sequence[str]], words: Sequence[str]
) -> tuple[Int[Array, "B T"], Int[Array, "B T"], Int[Array, "B"]]:
    """Inputs, the targets one place further, and how many steps are real (eq-poem-batch); the rest is padding.

    A token's number is its place in `words`.
    """
    word2id = {word: number for number, word in enumerate(words)}
    lengths = np.array([len(poem) - 1 for poem in poems])
    ids = np.array([[word2id[c] for c in poem] + [PAD_ID] * (max(lengths) + 1 - len(poem)) for poem in poems])
    real = np.arange(max(lengths)) < lengths[:, None]
    return np.where(real, ids[:, :-1], PAD_ID), ids[:, 1:], lengths


def poem_loss(
    logits: Float[Array, "B T V"], targets: Int[Array, "B T"], lengths: Int[Array, "B"]
) -> tuple[float, Float[Array, "B T V"]]:
    """The mean over poems of each one's mean over its own steps (eq-poem-loss), and its gradient
    (eq-poem-loss-gradient).
    """
    B, T, V = logits.shape
    share = (np.arange(T) < lengths[:, None]) / (B * lengths[:, None])
    return float((share * step_losses(logits, targets)).sum()), share[..., None] * (
        softmax(logits) - np.eye(V)[targets]
    )


def adam_update(
    w: Float[Array, "..."],
    dw: Float[Array, "..."],
    m: Float[Array, "..."],
    v: Float[Array, "..."],
    step: int,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    """One step of Adam: new weights (eq-poem-adam) and moments (eq-poem-adam-moments). `step` counts from 1."""
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    corrected_m, corrected_v = m / (1 - beta1**step), v / (1 - beta2**step)
    return w - rate * corrected_m / (np.sqrt(corrected_v) + epsilon), m, v


def generate(
    u: Float[Array, "n"],
    temperature: float,
    E: Float[Array, "V D"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H V"],
    by: Float[Array, "V"],
) -> list[int]:
    """A poem of at most n tokens (eq-poem-chain), each drawn from what is allowed (eq-poem-allowed), until eos."""
    h, made = np.zeros(len(U)), [BOS_ID]
    for number in u:
        h = np.tanh(E[made[-1]] @ W + h @ U + b)
        scores = (h @ Wy + by)[EOS_ID:]  # neither pad nor bos
        token = scores.argmax() if temperature == 0 else drawn_token(softmax(scores / temperature), number)
        made.append(EOS_ID + int(token))
        if made[-1] == EOS_ID:
            return made[1:-1]
    return made[1:]


def poem_form(text: str, rhymes: Sequence[str]) -> tuple[list[int], bool, bool]:
    """The lengths of the lines; whether all are as long; whether the even lines rhyme (eq-poem-form).

    `rhymes` holds the characters of each class; one that is in none rhymes with nothing.
    """
    lines = [[c for c in line if c.isalnum()] for line in re.split(f"[{LINE_ENDS}]", text)]
    lines = [line for line in lines if line]
    lengths = [len(line) for line in lines]
    ends = {line[-1] for line in lines[1::2]}
    return (
        lengths,
        len(lines) >= 2 and len(set(lengths)) == 1,
        len(lines) >= 4 and any(ends <= set(one) for one in rhymes),
    )


def longest_copy(text: str, poems: Sequence[str]) -> tuple[int, int, int]:
    """Where the longest piece that a text shares with one of the poems stands (eq-poem-copy): poem, start, length.

    Of several the first one; (0, 0, 0) where nothing is shared.
    """
    poem, start, length = 0, 0, 0
    for number, other in enumerate(poems):
        ending = np.zeros(len(text) + 1, dtype=int)
        same = np.array([[c == own for own in text] for c in other], dtype=bool).reshape(len(other), len(text))
        for place, row in enumerate(same):
            ending[1:] = np.where(row, ending[:-1] + 1, 0)
            if ending.max() > length:
                length = int(ending.max())
                poem, start = number, place + 1 - length
    return poem, start, length
