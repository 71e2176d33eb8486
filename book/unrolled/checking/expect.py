"""Plain tests that say what is wrong: `expect(merged([], []) == [], "Both lists may be empty.")`."""

from __future__ import annotations

from unrolled.checking.check import CheckFailed
from unrolled.checking.messages import Message

PLAIN = "plain"  # the part in the tag of such a message: no contract has one


def expect(holds: bool, otherwise: str, mistake: str | None = None) -> None:
    """Fail a test with a sentence that the student reads, in the notebook and as feedback.

    Of a hidden `assert` nobody is told more than that it failed, as its text may quote an expected value. This sentence
    is passed on as it is.

    Args:
        otherwise: what is wrong, and nothing that is hidden.
        mistake: a name for it, such as `second-list-first`; the class report counts whose it was.

    Raises:
        CheckFailed: it does not hold.
    """
    if not holds:
        raise CheckFailed(Message("expect", PLAIN, (("", f"✗ {otherwise}"),), mistake))
