"""Contracts by assignment: `contracts_of("rnn-cell")` gives them in the notebook's order.

unrolled-canary-e5a91f7c2b60
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import yaml

from solutions.judging.contract import Contract

# The assignments whose judge is measured and found right (tests/solutions/judging/test_judge.py).
ASSIGNMENTS = (
    "rnn-cell",
    "bptt",
    "vanishing",
    "lstm-forward",
    "lstm-backward",
    "gru",
    "pytorch-cells",
    "keras-cells",
    "deep-bidirectional",
    "fast-cells",
    "language-model",
    "poems",
    "tagging",
    "text-classification",
    "forecasting",
    "seq2seq",
    "sequence-autoencoder",
    "recommender",
    "tuning",
    "compression",
    "parallel-scan",
)


def contracts_of(assignment: str) -> dict[str, Contract]:
    """The contracts of one assignment, by function name.

    Raises:
        KeyError: no contracts are written for this assignment.
    """
    return {contract.name: contract for contract in _module(assignment).CONTRACTS}


def earlier_of(assignment: str) -> dict[str, Contract]:
    """The contracts of the functions that students bring along from earlier assignments: checked, without points.

    Raises:
        KeyError: no contracts are written for this assignment.
    """
    return {contract.name: contract for contract in getattr(_module(assignment), "EARLIER", ())}


def contract_of(function: str) -> Contract:
    """The contract of one function, whichever assignment asks for it.

    Raises:
        KeyError: no assignment asks for a function of this name.
    """
    # Those that are loaded come first: for NumPy's functions nobody waits for a framework.
    for assignment in sorted(ASSIGNMENTS, key=lambda one: _name(one) not in sys.modules):
        contracts = contracts_of(assignment)
        if function in contracts:
            return contracts[function]
    raise KeyError(f"no contract for a function called {function!r}")


def source_of(assignment: str, secret: Path = Path(__file__).parents[1]) -> Path:
    """Where the notebook's source of an assignment stands.

    Args:
        secret: the secret tree, solutions/.
    """
    return secret / "exercises" / assignment.replace("-", "_") / f"{assignment}.md"


def packages_of(assignment: str) -> list[str]:
    """The packages that answers of an assignment may import, as its notebook states them; by default NumPy."""
    _, stated, _ = source_of(assignment).read_text(encoding="utf-8").split("---\n", 2)
    found: list[str] = yaml.safe_load(stated).get("unrolled", {}).get("packages", ["numpy"])
    return found


def _name(assignment: str) -> str:
    return f"{__package__}.{assignment.replace('-', '_')}.exercises"


def _module(assignment: str) -> ModuleType:
    module_name = _name(assignment)
    package = module_name.rpartition(".")[0]
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name not in (package, module_name):
            raise
        raise KeyError(f"no contracts for the assignment {assignment!r}") from None
