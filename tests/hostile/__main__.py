"""`python -m tests.hostile`: play the whole corpus, write _build/attack.json, say whether everything held.

With names of attacks or themes, play only these, each alone, and say what failed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograde.course.confinement import Confinement
from tests.hostile import exports, stock
from tests.hostile.attack import Attack
from tests.hostile.corpus import corpus
from tests.hostile.group import ClassResult, grade_class
from tests.hostile.known import unknown
from tests.hostile.measure import Verdict
from tests.hostile.scene import SLUG
from tests.hostile.stage import Stage, stage
from tests.places import ROOT

BUILD = ROOT / "_build"
SECONDS_PER_CELL = 3
LONGEST_LINE = 200  # characters; the file has everything
console = Console(highlight=False)


def main() -> int:
    """Play everything, or what is asked for. Returns the exit status: 0 where everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("names", nargs="*", help="attacks or themes, or all; without any, the class too")
    parser.add_argument("--confinement", type=Confinement, default=Confinement.SANDBOX, help="what to play in")
    asked = parser.parse_args()
    names = asked.names
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    try:
        with stage(folder, asked.confinement) as made:
            if names:
                return _play_some(made, names, asked.confinement is Confinement.CONTAINER)
            found = _play(made)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "attack.json").write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    _show(found)
    return 0 if found["required"]["met"] else 1


def _play_some(made: Stage, names: list[str], in_container: bool) -> int:
    failed = 0
    for attack in corpus():
        if {"all", attack.name, attack.theme} & set(names):
            verdict = made.play(attack, timeout=SECONDS_PER_CELL)
            fails = unknown(attack, verdict.fails, in_container)
            failed += bool(fails)
            told = f"{verdict.points:g} of {verdict.deserved:g} points, {verdict.seconds:.1f} s"
            console.print("\n  ".join([f"{attack.name}: {told}", *fails]), markup=False, soft_wrap=True)
    return 1 if failed else 0


def _play(made: Stage) -> dict[str, Any]:
    attacks = corpus()
    of_class = [attack for attack in attacks if attack.assignment == SLUG]
    scene = made.scenes[SLUG]
    verdicts = [made.play(attack, timeout=SECONDS_PER_CELL) for attack in _progress(attacks, "one by one")]
    verdicts += [exports.play(scene, export, made.tripwires) for export in _progress(exports.EXPORTS, "exports")]
    with console.status("a class of honest students"):
        alone = grade_class(scene, [], made.tripwires, timeout=SECONDS_PER_CELL)
    with console.status("the same class with the whole corpus in it"):
        together = grade_class(scene, of_class, made.tripwires, timeout=SECONDS_PER_CELL)
    safe = [attack for attack in of_class if attack.stock_safe]
    compared = list(_progress(stock.run(scene, safe), "stock nbgrader, for comparison", total=len(safe)))
    return _summary(attacks, verdicts, alone, together, compared)


def _progress(things: Any, what: str, total: int | None = None) -> Any:
    return track(things, what, total=total, console=console)


def _summary(
    attacks: list[Attack],
    verdicts: list[Verdict],
    alone: ClassResult,
    together: ClassResult,
    compared: list[stock.StockResult],
) -> dict[str, Any]:
    required = {
        "unearned points": sum(max(one.points - one.deserved, 0.0) for one in verdicts),
        "runs broken": sum(one.broken for one in verdicts),
        "leaks": sum(one.leaked for one in verdicts),
        "not contained": sum(not one.contained for one in verdicts),
        "limits passed by more than two seconds": sum(one.late for one in verdicts),
        "other failures": sum(bool(one.fails) for one in verdicts),
        "honest submissions changed": sum(alone.points[name] != together.points.get(name) for name in alone.points),
        "failures in the class": len(alone.fails) + len(together.fails),
    }
    return {
        "required": {**required, "met": not any(required.values())},
        "attacks": [_row(one) for one in verdicts],
        "class": {
            "submissions": sum(attack.assignment == SLUG for attack in attacks) + len(alone.points),
            "honest alone": asdict(alone),
            "with the corpus": asdict(together),
        },
        "stock nbgrader": {
            "attacks": len(compared),
            "earned points that they do not deserve": sum(one.points > one.deserved for one in compared),
            "command failed": sum(one.aborted for one in compared),
            "lost points that they deserve": sum(one.points < one.deserved and not one.aborted for one in compared),
            "results": [asdict(one) for one in compared],
        },
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "seconds": round(verdict.seconds, 2), "allowed": round(verdict.allowed, 2)}


def _show(found: dict[str, Any]) -> None:
    table = Table("theme", "attacks", "unearned", "broken", "leaks", "escapes", "slowest, s", box=None, pad_edge=False)
    for theme in Counter(one["theme"] for one in found["attacks"]):
        rows = [one for one in found["attacks"] if one["theme"] == theme]
        unearned = sum(max(one["points"] - one["deserved"], 0) for one in rows)
        counts = [unearned, *(sum(one[what] for one in rows) for what in ("broken", "leaked"))]
        escapes = sum(not one["contained"] for one in rows)
        slowest = max(one["seconds"] for one in rows)
        table.add_row(theme, str(len(rows)), *(f"{count:g}" for count in (*counts, escapes)), f"{slowest:.1f}")
    console.print(table)
    for one in found["attacks"]:
        if one["fails"]:
            console.print(f"{one['name']}: {one['fails'][0][:LONGEST_LINE]}", markup=False, soft_wrap=True)
    for fail in (*found["class"]["honest alone"]["fails"], *found["class"]["with the corpus"]["fails"]):
        console.print("class:", fail[:LONGEST_LINE], markup=False, soft_wrap=True)
    compared = {name: value for name, value in found["stock nbgrader"].items() if name != "results"}
    console.print("stock nbgrader:", ", ".join(f"{name} {value}" for name, value in compared.items()))
    console.print("required:", ", ".join(f"{name} {value:g}" for name, value in found["required"].items()))


if __name__ == "__main__":
    sys.exit(main())
