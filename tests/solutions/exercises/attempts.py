"""Wrong attempts in a student's style, and model answers with a slip: what the check and the questions make of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.course.cells import grade_id
from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of
from solutions.fixtures import write_fixtures
from solutions.judging.judging import KEY_VARIABLE
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import Fixture, load

RIGHT, UNNAMED = "right", "unnamed"
KEYS = [f"key {number}" for number in range(8)]

Edits = Sequence[tuple[str, str]]  # pieces of a text, each of which stands there once, and what takes their place

# The LSTM's forward pass, as students hand it in, and bring it along to its backward pass.
LSTM_FORWARD = {
    "lstm_step": """
def lstm_step(x, h, c, W, U, b):
    a = x @ W + h @ U + b
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, W, U, i, f, g, o, np.tanh(c_next))
""",
    "lstm_forward": """
def lstm_forward(X, h0, c0, W, U, b):
    h, c = h0, c0
    Hs, caches = [], []
    for t in range(X.shape[1]):
        h, c, cache = lstm_step(X[:, t], h, c, W, U, b)
        Hs.append(h)
        caches.append(cache)
    return np.stack(Hs, axis=1), c, caches
""",
}


def zero_net(hidden: int) -> list[np.ndarray]:
    """The weights of a plain net with one input and one output, all zeros."""
    return [np.zeros(shape) for shape in ((1, hidden), (hidden, hidden), (hidden,), (hidden, 1), (1,))]


# What is no net with one input and one output, and what the judge says of it.
NO_NETS = [
    (None, "something else"),
    (zero_net(4)[:4], "something else"),
    (zero_net(0), r"1 to \d+\s+units"),
    ([*zero_net(4)[:3], np.zeros(4), np.zeros(1)], "Wy does not fit. For H units"),
    ([*zero_net(4)[:4], "none"], r"no array of\s+numbers"),
    ([*zero_net(4)[:4], np.array([np.nan])], "by holds numbers that are not finite"),
    (zero_net(2000), r"1 to \d+\s+units"),
]


@dataclass(frozen=True)
class Attempt:
    """A wrong answer, and what the visible check has to call it."""

    function: str
    misconception: str
    answer: Callable[..., Any]
    forward: Callable[..., Any] | None

    def __str__(self) -> str:
        return f"{self.function}-{self.misconception}"


class Attempts(list[Attempt]):
    """The attempts of an assignment, in the order in which they are written."""

    def at(self, function: str, misconception: str, forward: Callable[..., Any] | None = None) -> Callable:
        """Decorator: what `check(function)` has to call this attempt; `forward` makes a backward function's cache."""

        def register(answer: Callable[..., Any]) -> Callable[..., Any]:
            self.append(Attempt(function, misconception, answer, forward))
            return answer

        return register


@cache
def fixtures(assignment: str) -> dict[str, Fixture]:
    """What students get for an assignment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fixtures.npz")
        write_fixtures(assignment, path)
        return load(path)


def called(fixture: Fixture, answer: Callable[..., Any], forward: Callable[..., Any] | None = None) -> str:
    """What `check` calls an answer: a misconception, `unnamed`, or `right`."""
    failure = diagnose(subject(answer, forward, fixture, part="visible"), fixture)
    if failure is None:
        return RIGHT
    return failure.suspect.name if failure.suspect is not None else UNNAMED


def run(answers: Mapping[str, str], of: str = "", edits: Edits = (), **names: Any) -> dict[str, Any]:
    """What these texts define, run one after the other, with edits of one of them; they find NumPy and `names`."""
    space: dict[str, Any] = {"np": np, **names}
    for name, text in answers.items():
        for old, new in edits if name == of else ():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        exec(text, space)  # our own source, not a student's
    return space


@cache
def model_answers(assignment: str) -> dict[str, str]:
    """The functions that the notebook of an assignment has for answers, by grade id."""
    answers = reference_answers(read_source(source_of(assignment)))
    return {name: text for name, text in answers.items() if text.startswith("def ")}


def model_answer(assignment: str, name: str, *edits: tuple[str, str], **instead: Any) -> Callable[..., Any]:
    """A model answer with these edits, and with every answer that it calls.

    instead: what takes the place of answers, and what edits call.
    """
    space = run(model_answers(assignment), name, edits)
    space |= instead
    return space[name]


def practised(
    assignment: str, name: str, edits: Edits, capsys: pytest.CaptureFixture[str], of: str | None = None
) -> str:
    """What the practice cell of a question prints for the model answer with these edits; `of`: of another answer."""
    source = read_source(source_of(assignment))
    cells = {grade_id(cell): cell.source for cell in source.cells if cell.cell_type == "code"}
    space = run({"imports": cells["imports"]} | model_answers(assignment), of or name, edits)
    exec(cells[f"{name}-check"], space)
    return capsys.readouterr().out


def said(
    judge: Callable[..., Any], answer: Any, monkeypatch: pytest.MonkeyPatch, keys: Sequence[str] = KEYS
) -> list[str]:
    """What a question's judge says to an answer under each key; "" where it is content."""
    found = []
    for key in keys:
        monkeypatch.setenv(KEY_VARIABLE, key)
        try:
            judge(answer)
            found.append("")
        except CheckFailed as error:
            found.append(str(error))
    return found
