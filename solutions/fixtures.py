"""Makes the visible fixtures of an assignment from its contracts.

unrolled-canary-b83c5e1a6d94
"""

from pathlib import Path

from solutions.contracts import contracts_of, earlier_of
from solutions.judging import VISIBLE_KEY, fixture_for, generator
from unrolled.fixtures import save


def write_fixtures(assignment: str, path: Path) -> None:
    """Write the fixtures that students get (.npz): a key of their own, so that no hidden input is among them."""
    fixtures = {
        name: fixture_for(
            contract,
            tuple(part for part in contract.parts if part in ("values", "gradient", "edges")),
            generator(VISIBLE_KEY, name, "all"),
        )
        for name, contract in (earlier_of(assignment) | contracts_of(assignment)).items()
    }
    save(fixtures, path)
