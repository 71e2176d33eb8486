"""Everything that the corpus needs to play: scenes, tripwires, warm processes, the certainty of a sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograde.course import gradebook
from autograde.course.confinement import Confinement
from tests.hostile import frameworks
from tests.hostile.attack import EVERYTHING, Attack, Scene, cell
from tests.hostile.measure import Verdict, play
from tests.hostile.scene import SLUG, Tripwires, prepare, tripwires

LONGEST_START = 180.0  # seconds
TRIES = 3  # of what took too long: a neighbour may have held the processors, an attack holds the grader each time


class NoSandboxError(RuntimeError):
    """Student code can see the grader's processes here: no attack may run."""


@dataclass(frozen=True)
class Stage:
    """A scene for each assignment, and how long an honest submission of it takes at most (seconds)."""

    scenes: dict[str, Scene]
    tripwires: Tripwires
    usual: dict[str, float]

    def play(self, attack: Attack, *, timeout: int) -> Verdict:
        """Grade one attack alone; once more where all that is wrong is how long it took."""
        scene, usual = self.scenes[attack.assignment], self.usual[attack.assignment]
        for _ in range(TRIES):
            verdict = play(scene, attack, self.tripwires, timeout=timeout, usual=usual)
            if not (verdict.late and len(verdict.fails) == 1):
                break
        return verdict

    def honest(self, attack: Attack) -> float:
        """Seconds that a submission takes which tries nothing. Raises RuntimeError where it is taken for an attack."""
        start = time.monotonic()
        verdict = self.play(attack, timeout=60)
        if verdict.fails:
            raise RuntimeError(f"an honest submission fails: {verdict.fails}")
        return time.monotonic() - start


@contextmanager
def stage(folder: Path, confinement: Confinement = Confinement.SANDBOX) -> Iterator[Stage]:
    """Set the stage in `folder`. Raises NoSandboxError before anything hostile runs."""
    gradebook.prepare()
    with tripwires(folder) as wires:
        scenes = {slug: prepare(folder / slug, wires, slug, confinement) for slug in (SLUG, frameworks.SLUG)}
        made = Stage(scenes, wires, {slug: LONGEST_START for slug in scenes})
        _insist_on_sandbox(made)
        right = cell("honest", "", right=EVERYTHING), next(a for a in frameworks.ATTACKS if a.name == "torch-right")
        for attack in right:  # the first time, the warm parents start
            made.honest(attack)
        # What is wrong takes longest: the judge looks for its causes. Most attacks answer as little as this one.
        taken = [(attack.assignment, made.honest(attack)) for attack in (*right, cell("wrong", ""))]
        made.usual.update({slug: max(seconds for other, seconds in taken if other == slug) for slug in scenes})
        yield made


def _insist_on_sandbox(made: Stage) -> None:
    # Harmless by itself: looks whether it runs among the grader's processes and says so.
    probe = cell("probe", "", "print('ARM' + 'ED')", guarded=True)
    verdict = made.play(probe, timeout=60)
    if not verdict.armed or not verdict.contained:
        raise NoSandboxError(f"the corpus only plays in a sandbox: {verdict.fails}")
