"""Files of public data sets, as their publishers give them out: found in the reader's folder, and checked.

No such file is part of the course. A recorded experiment needs some; pages read only the records.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "UNROLLED_DATA"  # the environment variable that names the folder


@dataclass(frozen=True)
class Published:
    """A data set that is read from files.

    folder: its folder inside the reader's.
    files: the name of each file, and the SHA-256 of the file as it was published.
    source: who publishes it, under what licence, and how one gets it, in a sentence.
    """

    folder: str
    files: dict[str, str]
    source: str

    def path(self, name: str, root: Path | None = None) -> Path:
        """The path of one of the files.

        Args:
            name: of the file.
            root: the folder that holds the data sets' folders; without it, the one that UNROLLED_DATA names.

        Raises:
            FileNotFoundError: no folder is named, or the file is not in it; says how to get it.
            ValueError: the file is another one than was published.
        """
        expected = self.files[name]
        root = root or Path(os.environ.get(VARIABLE) or "data")
        path = root / self.folder / name
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing. {self.source} Put it there, or name the folder that holds "
                f"{self.folder}/{name}: {VARIABLE}=/that/folder"
            )
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise ValueError(
                f"{path} is not the file that was published: its SHA-256 is {found}, and should be {expected}. "
                f"{self.source} Get it anew."
            )
        return path

    def text(self, name: str, root: Path | None = None) -> str:
        """What one of the files holds, as text in UTF-8; raises what `path` raises."""
        return self.path(name, root).read_text(encoding="utf-8")

    @property
    def hashes(self) -> tuple[str, ...]:
        """Names and hashes: what an experiment's record depends on (`DATA` of its module)."""
        return tuple(f"{self.folder}/{name} {digest}" for name, digest in sorted(self.files.items()))
