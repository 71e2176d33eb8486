"""What an assignment lets its answers use, stated in its source notebook and kept in the notebook's metadata.

```yaml
unrolled:
  packages: [numpy]              # frameworks that answers may import, and that are imported before any of them runs
  forbidden: [torch.nn.LSTM]     # what answers may not call, where the task is to write it
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from autograde.course.cells import METADATA, is_answer

if TYPE_CHECKING:
    from nbformat import NotebookNode

FROM_STUDENT = "student"  # metadata of a cell that is not the release's: {"unrolled": "student"}
EXTRA_CELL = "extra-"  # how the ids of such cells begin
FRAMEWORKS = ("torch", "keras", "tensorflow", "jax")  # not to be seen unless the assignment names them
ALWAYS = ("numpy", "matplotlib.pyplot", "unrolled")  # imported beforehand for every notebook
KEYS = {"packages", "forbidden"}


class PolicyError(ValueError):
    """The assignment states something that cannot be; the text says what."""


@dataclass(frozen=True)
class Policy:
    """packages: frameworks that may be imported. forbidden: dotted names that may not be called."""

    packages: tuple[str, ...] = ("numpy",)
    forbidden: tuple[str, ...] = ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Packages that are not there for a submission."""
        return tuple(name for name in FRAMEWORKS if name not in self.packages)

    @property
    def imported_beforehand(self) -> tuple[str, ...]:
        return (*ALWAYS, *(name for name in self.packages if name not in ALWAYS))

    def as_metadata(self) -> dict[str, list[str]]:
        return {key: list(value) for key, value in asdict(self).items()}


def read_policy(stated: Any) -> Policy:
    """The policy from an assignment's front matter or a notebook's metadata. Raises PolicyError."""
    if stated is None:
        return Policy()
    if not isinstance(stated, dict) or not set(stated) <= KEYS:
        raise PolicyError(f"`{METADATA}:` may hold {' and '.join(sorted(KEYS))}, nothing else")
    for key, names in stated.items():
        if not isinstance(names, (list, tuple)) or not all(_is_dotted_name(name) for name in names):
            raise PolicyError(f"`{key}` is to be a list of names, such as torch.nn.LSTM")
    return Policy(**{key: tuple(names) for key, names in stated.items()})


def policy_of(notebook: NotebookNode) -> Policy:
    """The policy that a notebook carries. One without any, which nobody released, may use every framework."""
    if METADATA not in notebook.metadata:
        return Policy(packages=("numpy", *FRAMEWORKS))
    return read_policy(notebook.metadata[METADATA])


def is_students(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt submission is an answer or an extra cell, not one of the release's own."""
    return is_answer(cell) or cell.metadata.get(METADATA) == FROM_STUDENT


def mentions(source: str, forbidden: Iterable[str]) -> set[str]:
    """The forbidden names whose last part a piece of code uses as a name, an attribute, an import or a text.

    A hint for a person, no proof: getattr with a computed name is not seen, a variable of the same name is.
    """
    by_last_part: dict[str, set[str]] = {}
    for name in forbidden:
        by_last_part.setdefault(name.replace("::", ".").split(".")[-1], set()).add(name)
    if not by_last_part:  # reading a large source takes seconds
        return set()
    return {name for word in _words(source) for name in by_last_part.get(word, ())}


def internals(source: str, forbidden: Iterable[str]) -> set[str]:
    """What a piece of code names of the inner modules of packages of which something is forbidden, as torch._VF.

    There, what is forbidden is often to be had by other names. A hint for a person, no proof.
    """
    # Operators (aten::lstm.input) are PyTorch's.
    packages = {"torch" if "::" in name else re.escape(name.split(".")[0]) for name in forbidden}
    inner = [re.compile(rf"\b{package}(\.\w{{1,40}}){{0,4}}?\._[a-zA-Z]\w{{0,40}}") for package in packages]
    return {match.group() for pattern in inner for match in pattern.finditer(source)}


def _words(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from re.findall(r"\w+", source)  # magics, or no Python at all
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name.split(".")[-1]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def _is_dotted_name(name: Any) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.replace("::", ".").split("."))
