"""Results of experiments that take too long for a page: written by `make experiment`, read by pages and tests.

A record is a small JSON file with the numbers themselves, and what they depend on: the hash of the experiment's code
and of all that it imports of the course, its data, the versions of the packages it computes with, date, machine, time.
"""

from __future__ import annotations

import ast
import hashlib
import html
import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.lab.provenance import ROOT

RECORDS = ROOT / "records/experiments"
DIGITS = 6  # significant ones that a record keeps


@dataclass(frozen=True, repr=False)
class Record:
    """One experiment's results.

    name: of the module in book/experiments.
    hash: of everything that decides about the results (`unrolled.lab.provenance.digest`).
    date, machine, versions: when, on what, and with what it ran.
    seconds: of processor time, all runs together.
    seeds: one for each run.
    runs: what `run(seed, budget)` returned, by run.
    probe: the same for the first seed and the few updates that tests run again.
    """

    name: str
    hash: str
    date: str
    machine: str
    versions: dict[str, str]
    seconds: float
    seeds: list[int]
    runs: list[dict[str, Any]]
    probe: dict[str, Any]

    @property
    def command(self) -> str:
        """What runs it again."""
        return f"make experiment NAME={self.name}"

    def values(self, *keys: str) -> np.ndarray:
        """What each run has under these keys, one inside the other: (runs, …).

        Raises:
            KeyError: a run has no such key.
        """
        found = []
        for run in self.runs:
            value: Any = run
            for key in keys:
                value = value[key]
            found.append(value)
        return np.array(found)

    def __repr__(self) -> str:
        took = f"{self.seconds / 60:.0f} minutes" if self.seconds > 90 else f"{self.seconds:.0f} seconds"
        return (
            f"Recorded, not run with this page: {self.date}, {len(self.runs)} runs, {took} of processor time "
            f"on {self.machine}. Again: {self.command}"
        )

    def _repr_html_(self) -> str:
        said, _, command = repr(self).rpartition(": ")
        return f'<p class="recorded">{html.escape(said)}: <code>{html.escape(command)}</code></p>'


def recorded(name: str) -> Record:
    """The record of an experiment; as the last line of a cell it shows when, on what, how long, and the command.

    Raises:
        FileNotFoundError: it was never recorded; the text names the command.
    """
    try:
        return Record(**json.loads(path_of(name).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no record {name!r}: run `make experiment NAME={name}` first") from None


def records_read(source: str, folder: Path = RECORDS) -> list[str]:
    """Name and hash of each record that code reads: what stands in its calls of `recorded("…")`.

    Raises:
        SyntaxError: it is no Python.
    """
    names = [
        str(node.args[0].value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "recorded"
        if node.args and isinstance(node.args[0], ast.Constant)
    ]
    files = {name: folder / f"{name}.json" for name in names}
    return [
        f"{name} {hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else 'missing'}"
        for name, file in files.items()
    ]


def write(record: Record) -> Path:
    """Write a record where `recorded` finds it, its numbers to six significant digits; returns the path."""
    path = path_of(record.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rounded(asdict(record)), ensure_ascii=False, indent=None, separators=(",", ":"))
    # A line for each run, so that two records can be compared.
    text = text.replace(',"runs":[', ',\n"runs":[\n').replace("},{", "},\n{").replace(',"probe":', ',\n"probe":')
    path.write_text(text + "\n", encoding="utf-8")
    return path


def path_of(name: str) -> Path:
    """Where the record of an experiment stands."""
    return RECORDS / f"{name}.json"


def rounded(value: Any) -> Any:
    """A value of dicts, lists, arrays and numbers as JSON has it, its floats to six significant digits."""
    if isinstance(value, dict):
        return {str(key): rounded(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return rounded(value.tolist())
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def circumstances(libraries: tuple[str, ...]) -> dict[str, Any]:
    """Today's date, what machine this is, and the versions of these packages, as records have them."""
    return {
        "date": date.today().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "versions": {name: version(name).partition("+")[0] for name in libraries},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
