"""A small number added to a probability before its logarithm is taken: what it hides shows where a network is sure.

unrolled-canary-5d0b93e7c21a
"""

from __future__ import annotations

from solutions.judging.contract import Contract

# Those that people write. The loss of a sure and wrong network tells them apart.
COMMON = ("1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15", "1e-16")


def slips_of_the_small_number(contract: Contract, right: str, wrong: str) -> None:
    """Register them as edits of the contract's first variant.

    Args:
        right: the line of that variant which makes the logarithms of the probabilities.
        wrong: the same through a softmax, with `{small}` for the number that is added.
    """
    for small in COMMON:
        contract.slip(
            f"small-number-{small}",
            f"You keep the logarithm from 0 by adding a small number ({small}) or by cutting the probability off "
            "there. The loss then stops growing however wrong the network is, and its gradient with it. Use the "
            "logarithm of the sum of exponentials instead.",
            (right, wrong.format(small=small)),
        )
