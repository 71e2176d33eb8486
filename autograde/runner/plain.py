"""Inside the sandbox: a cell that is plain Python is spared IPython's search for what is not.

IPython splits each cell into tokens to find its own syntax, and compiles it once more to see whether it awaits
something. Both need signs that most cells have none of, which a look at the text tells.
"""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import TransformerManager

SIGN = re.compile(
    r"""
    \A\s                              # an indented cell, or an empty first line
    | ^[ \t]+$                        # a line of spaces, which it takes for an empty one
    | ^[^\S\n]*(?: [%!?,;/] | >>> | \.\.\. )  # a magic, a command, help, a prompt
    | In[ ]\[                         # a prompt
    | =\s*[%!] | \?                   # what a magic or a command gives; help
    | [\r\v\f\x1c-\x1e\x85\u2028\u2029]       # an end of a line that only some take for one
    """,
    re.VERBOSE | re.MULTILINE,
)
AWAITS = re.compile(r"\b(?:async|await)\b")


class Transformers(TransformerManager):
    """IPython's, where there is anything to transform."""

    def __init__(self) -> None:
        super().__init__()
        self._made_with = self._all()

    def transform_cell(self, cell: str) -> str:
        """The cell as Python."""
        if self._all() == self._made_with and SIGN.search(cell) is None:
            return cell if cell.endswith("\n") else cell + "\n"
        transformed: str = super().transform_cell(cell)
        return transformed

    def _all(self) -> list[object]:
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]


def may_await(source: str) -> bool:
    """Whether a cell may await something outside of a function."""
    return AWAITS.search(source) is not None
