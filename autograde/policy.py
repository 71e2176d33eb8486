"""What an assignment lets its answers use, stated in its source notebook and kept in the notebook's metadata.

```yaml
unrolled:
  packages: [numpy]              # frameworks that answers may import, and that are imported before any of them runs
  forbidden: [torch.nn.LSTM]     # what answers may not call, where the task is to write it
```
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nbformat import NotebookNode

METADATA = "unrolled"
FROM_STUDENT = "student"  # metadata of a cell that is not the release's: {"unrolled": "student"}
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


def _is_dotted_name(name: Any) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.replace("::", ".").split("."))
