"""How many slips that nobody chose the visible check names: right answers, each edited at one place at random.

`python -m benchmarks.naming [FUNCTIONS…]`. The right answers are the variants of the contracts, the model answers of
the notebooks, and what students wrote (tests/solutions/exercises). Each edited text is put to the fixture that students
get. What the check lets pass is put to the reference on fresh inputs; what it names is put beside the mistake of that
name on fresh inputs: named rightly is what gives the same there.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
import textwrap
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of
from solutions.judging.contract import Contract, Misconception, Variant
from solutions.judging.derivation import Function
from solutions.judging.drawing import generator
from solutions.judging.edits import KINDS, random_edits
from solutions.judging.known import cases_of
from solutions.judging.limit import TooLongError, cpu_limit
from solutions.kept import visible_fixture
from solutions.reference.numerics import sigmoid
from tests.solutions.exercises import attempts
from unrolled.checking.compare import first_deviation
from unrolled.checking.diagnose import Failure, diagnose
from unrolled.checking.fixtures import Case
from unrolled.checking.outcome import Outcome, call
from unrolled.checking.outputs import ATOL, RTOL

STUDENTS = Path(attempts.__file__).parent
EDITS = 20  # of each text
CPU_SECONDS = 3.0  # of one edited function; a right one takes a hundredth
FRESH_KEYS = [f"fresh {number}" for number in range(3)]
WIDE_KEYS = [f"wide {number}" for number in range(10)]

# Whose text it is.
DERIVATION = "derivations"
VARIANT = "other variants"
MODEL = "model answers"
STUDENT = "students"
# What becomes of an edit.
SAME = "same"  # equal to the reference, wherever it was looked
PASSED = "passed"  # the visible check is content, and the reference is not
ENDLESS = "endless"
ERROR = "error"  # in every wrong case an exception, or another shape: the message itself says what is wrong
VALUES = "values"  # wrong values
# What a failure is called.
UNNAMED = "unnamed"
RIGHTLY = "rightly"
WRONGLY = "wrongly"
BY_RULE = "by rule"  # a finding about any function, such as an argument that is overwritten


@dataclass(frozen=True)
class Text:
    """A right answer: its author and source, the names that it finds, the forward function whose cache it reads."""

    function: str
    author: str
    name: str
    source: str
    space: Mapping[str, Any]
    forward: Function | None = None

    def variant(self, source: str) -> Variant:
        """What a source defines in this text's place."""
        space = dict(self.space)
        exec(source, space)  # our own source, not a student's
        return Variant(self.name, space[self.function], forward=self.forward)


@dataclass(frozen=True)
class Verdict:
    """What the check made of one edit.

    named: UNNAMED, RIGHTLY, WRONGLY or BY_RULE, where it failed.
    called: the name, where it has one.
    same_line: whether the named mistake was made in the line of the edit, where that is known.
    """

    function: str
    author: str
    text: str
    kind: str
    change: str
    outcome: str
    named: str = ""
    called: str = ""
    same_line: bool | None = None


# What this benchmark knows of contracts and of the check.


def texts_of(contract: Contract) -> Iterator[Text]:
    """The right answers to one function; the first is the derivation."""
    for place, variant in enumerate(contract.variants):
        # Cut from its file, so that lines keep their numbers.
        text = variant.text or textwrap.dedent(inspect.getsource(variant.function))
        source = re.sub(r"def \w+", f"def {contract.name}", text[text.index("def ") :], count=1)
        author = VARIANT if place else DERIVATION
        yield Text(contract.name, author, variant.name, source, variant.function.__globals__, variant.forward)


def known_by_name(contract: Contract, name: str) -> list[Misconception]:
    """The known mistakes of this name."""
    return [wrong for wrong in contract.known() if wrong.name == name]


def name_of(failure: Failure) -> str:
    """What a failure is called, or nothing."""
    return failure.suspect.name if failure.suspect is not None else ""


def set_aside(failure: Failure) -> bool:
    """Whether a common fault, such as an overflow, was set aside before the mistake was named; both are said then."""
    return bool(failure.besides)


def line_of(wrong: Misconception) -> int | None:
    """The line of the derivation in which a mistake was made, where it says so."""
    return wrong.line or None


def outcome_of(contract: Contract, answer: Variant, case: Case) -> Outcome:
    """What an answer gives in one case."""
    return call(contract.subject(answer), case.arguments, contract.outputs, forbid_overflow=case.forbid_overflow)


def is_wrong(contract: Contract, outcome: Outcome, case: Case) -> bool:
    """Whether the check would say so in this case."""
    return first_deviation(outcome, case.expected, contract.outputs) is not None


@cache
def fresh_cases(contract: Contract) -> list[Case]:
    """All parts under fresh keys, with what the reference gives."""
    return _cases(contract, FRESH_KEYS)


@cache
def wide_cases(contract: Contract) -> list[Case]:
    """The same under many more keys, each with sizes of its own: for what the visible check lets pass."""
    return _cases(contract, WIDE_KEYS)


def _cases(contract: Contract, keys: list[str]) -> list[Case]:
    parts = [part.name for part in contract.parts]
    return [case for key in keys for case in cases_of(contract, parts, generator(key, contract.name, "naming"))]


@cache
def students_texts() -> dict[str, list[Text]]:
    """Right answers besides the contracts', by function: the notebooks' and those that the tests have of students."""
    found: dict[str, list[Text]] = defaultdict(list)
    for assignment in ASSIGNMENTS:
        _add(found, MODEL, assignment, attempts.model_answers(assignment), {"np": np})
    for path in sorted(STUDENTS.glob("test_*.py")):
        module = import_module(f"tests.solutions.exercises.{path.stem}")
        texts = attempts.LSTM_FORWARD | getattr(module, "ANSWERS", {})
        _add(found, STUDENT, path.stem, texts, {**vars(module), "np": np, "sigmoid": sigmoid})
        written = {
            name: textwrap.dedent(inspect.getsource(value))
            for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__ and name in functions()
        }
        _add(found, STUDENT, path.stem, written, vars(module))
    return found


def _add(
    found: dict[str, list[Text]], author: str, name: str, texts: Mapping[str, str], space: Mapping[str, Any]
) -> None:
    # Texts of one author, who find each other.
    shared = dict(space)
    for source in texts.values():
        exec(source, shared)  # our own source, not a student's
    for function, source in texts.items():
        if function not in functions() or any(text.source == source for text in found[function]):
            continue
        forward = contract_of(function).forward
        own = shared.get(forward.__name__) if forward is not None else None
        found[function].append(Text(function, author, name, source, shared, own))


@cache
def functions() -> tuple[str, ...]:
    """Every function of the course."""
    return tuple(name for assignment in ASSIGNMENTS for name in contracts_of(assignment))


# What is measured.


def verdicts(contract: Contract, count: int, seed: str) -> Iterator[Verdict]:
    """What the check makes of `count` edits of each right answer.

    Raises:
        ValueError: one of the right answers is not right.
    """
    visible_fixture(contract), fresh_cases(contract), wide_cases(contract)  # made before the clock runs
    for text in (*texts_of(contract), *students_texts().get(contract.name, [])):
        if (outcome := _judged(contract, text, text.source)[0]) != SAME:
            raise ValueError(f"{contract.name}, {text.name}: {outcome}, not right")
        rng = generator(seed, contract.name, f"{text.author}, {text.name}")
        for edit in random_edits(text.source, rng, count):
            judged = _judged(contract, text, edit.text, edit.line if text.author == DERIVATION else None)
            yield Verdict(contract.name, text.author, text.name, edit.kind, edit.change, *judged)


def _judged(contract: Contract, text: Text, source: str, line: int | None = None) -> tuple[Any, ...]:
    # `line`: where a derivation was edited.
    try:
        with cpu_limit(CPU_SECONDS):
            answer = text.variant(source)
            outcome = _outcome(contract, answer)
            if outcome not in (ERROR, VALUES):
                return (outcome,)
            return outcome, *_naming(contract, answer, line)
    except TooLongError:
        return (ENDLESS,)


def _outcome(contract: Contract, answer: Variant) -> str:
    wrong = list(_wrong(contract, answer, visible_fixture(contract).cases))
    if not wrong:
        fresh = (*wide_cases(contract), *fresh_cases(contract))
        return SAME if next(_wrong(contract, answer, fresh), None) is None else PASSED
    return ERROR if all(_shapes(outcome.outputs) != _shapes(case.expected) for case, outcome in wrong) else VALUES


def _wrong(contract: Contract, answer: Variant, cases: Iterable[Case]) -> Iterator[tuple[Case, Outcome]]:
    for case in cases:
        outcome = outcome_of(contract, answer, case)
        if is_wrong(contract, outcome, case):
            yield case, outcome


def _naming(contract: Contract, answer: Variant, line: int | None) -> tuple[str, str, bool | None]:
    failure = diagnose(contract.subject(answer), visible_fixture(contract))
    name = name_of(failure) if failure is not None else ""
    if failure is None or not name:
        return UNNAMED, "", None
    known = _known(contract, name)
    if not known:
        return BY_RULE, name, None
    cases = fresh_cases(contract)
    own = [outcome_of(contract, answer, case) for case in cases]
    for known_line, outcomes in known:
        triples = zip(own, outcomes, cases, strict=True)
        if all(_alike(mine, other, case, loosely=set_aside(failure)) for mine, other, case in triples):
            return RIGHTLY, name, None if None in (line, known_line) else line == known_line
    return WRONGLY, name, None


@cache
def _known(contract: Contract, name: str) -> list[tuple[int | None, list[Outcome]]]:
    # What the mistakes of this name give on fresh inputs, and their lines.
    return [
        (line_of(wrong), [outcome_of(contract, wrong, case) for case in fresh_cases(contract)])
        for wrong in known_by_name(contract, name)
    ]


def _alike(mine: Outcome, other: Outcome, case: Case, *, loosely: bool) -> bool:
    # Compared here, number by number, and not as the check compares. Loosely: but for the common faults.
    if loosely and (mine.raised or "").startswith("FloatingPointError"):
        return True
    if (mine.raised, mine.shape_of_answer) != (other.raised, other.shape_of_answer):
        return False
    if mine.changed != other.changed and not loosely:
        return False
    shapes = _shapes(mine.outputs)
    if shapes == _shapes(other.outputs) != _shapes(case.expected):
        return True  # a wrong axis is named by the shapes that come of it, whatever stands in them
    return all(_close(mine.outputs[name], value, loosely) for name, value in other.outputs.items())


def _close(mine: Any, other: Any, loosely: bool) -> bool:
    mine, other = np.asarray(mine), np.asarray(other)
    if mine.shape != other.shape and not (loosely and mine.size == other.size):
        return False
    mine = mine.reshape(other.shape)
    if mine.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return np.array_equal(mine, other)
    return np.allclose(mine, other, RTOL, ATOL, equal_nan=True)


def _shapes(outputs: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: getattr(value, "shape", (-1,)) for name, value in outputs.items()}


COLUMNS = ("texts", "edits", SAME, PASSED, ERROR, ENDLESS, VALUES, "named", RIGHTLY, BY_RULE, WRONGLY, "errors wrongly")


def row(found: list[Verdict]) -> dict[str, str]:
    """One line of the table; what follows the wrong values is a share of them, but for the last, which counts."""
    counts = Counter(one.outcome for one in found)
    names = Counter(one.named for one in found if one.outcome == VALUES)

    def share(count: int) -> str:
        return f"{100 * count / counts[VALUES]:.1f} %" if counts[VALUES] else "–"

    return {
        "texts": str(len({(one.function, one.author, one.text) for one in found})),
        "edits": str(len(found)),
        **{outcome: str(counts[outcome]) for outcome in (SAME, PASSED, ERROR, ENDLESS, VALUES)},
        "named": share(counts[VALUES] - names[UNNAMED]),
        **{named: share(names[named]) for named in (RIGHTLY, BY_RULE, WRONGLY)},
        "errors wrongly": str(sum((one.outcome, one.named) == (ERROR, WRONGLY) for one in found)),
    }


def line(name: str, cells: Mapping[str, str]) -> str:
    """One line of the table as text."""
    return f"{name:24}" + "".join(f"{cells[column]:>{max(len(column), 7) + 2}}" for column in COLUMNS)


def listed(found: list[Verdict]) -> str:
    """Edits by kind, the most frequent first."""
    by_kind: dict[str, list[Verdict]] = defaultdict(list)
    for one in found:
        by_kind[one.kind].append(one)
    texts = []
    for kind, of_kind in sorted(by_kind.items(), key=lambda item: -len(item[1])):
        texts.append(f"  {kind}: {len(of_kind)}")
        texts += [
            f"    {one.function}, {one.author}, {one.text}: {one.change} {one.called}".rstrip() for one in of_kind
        ]
    return "\n".join(texts)


def main(arguments: list[str]) -> int:
    """Measure, print the table and, where asked for, lists."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.naming", description=__doc__.partition("\n")[0])
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help="of the catalogue; default: all")
    parser.add_argument("--edits", type=int, default=EDITS, help=f"of each right answer (default: {EDITS})")
    parser.add_argument("--seed", default="naming", help="any text; the same gives the same edits")
    parser.add_argument("--unnamed", action="store_true", help="list the edits that get no name, by kind")
    parser.add_argument("--json", type=Path, help="write every verdict to this file")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.functions) - set(functions()):
        parser.error(f"no function is called {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore")  # edited code divides by zero
    begin = time.process_time()
    print(line("", {column: column for column in COLUMNS}))
    found: list[Verdict] = []
    for name in chosen.functions or functions():
        of_function = list(verdicts(contract_of(name), chosen.edits, chosen.seed))
        print(line(name, row(of_function)), flush=True)
        found += of_function
    print(line("all", row(found)))
    print()
    for author in (DERIVATION, VARIANT, MODEL, STUDENT):
        print(line(author, row([one for one in found if one.author == author])))
    print()
    for kind in KINDS:
        print(line(kind, row([one for one in found if one.kind == kind])))
    if known := [one.same_line for one in found if one.same_line is not None]:
        print(
            f"of {len(known)} edits of derivations that are named rightly, {sum(known)} by a mistake in their own line"
        )
    print(f"{time.process_time() - begin:.0f} s of CPU time")
    lists = {"passed, though wrong": [one for one in found if one.outcome == PASSED]}
    lists["named wrongly"] = [one for one in found if one.named == WRONGLY]
    if chosen.unnamed:
        lists["wrong values without a name"] = [one for one in found if (one.outcome, one.named) == (VALUES, UNNAMED)]
    for what, ones in lists.items():
        if ones:
            print(f"\n{what}: {len(ones)}\n{listed(ones)}")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
