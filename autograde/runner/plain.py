"""Inside the sandbox: a cell that is plain Python is spared IPython's search for what is not.

IPython tokenises each cell to find its own syntax, and compiles it once more to see whether it awaits something. Both
need signs that most cells have none of, which a look at the text tells.
"""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import TransformerManager

# A line of its own syntax begins with such a sign, assigns what one begins, or asks a question.
SIGN = re.compile(r"\s*[%!?,;/]|.*=\s*[%!]|.*\?")
AWAITS = re.compile(r"\b(?:async|await)\b")


class Transformers(TransformerManager):
    """IPython's, where there is anything to transform."""

    def __init__(self) -> None:
        super().__init__()
        self.known = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        if self.token_transformers == self.known and not any(map(SIGN.match, lines)):
            return lines
        transformed: list[str] = super().do_token_transforms(lines)
        return transformed


def may_await(source: str) -> bool:
    """Whether a cell may await something outside of a function."""
    return AWAITS.search(source) is not None
