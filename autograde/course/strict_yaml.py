"""YAML written by hand: each value read as the text that stands there, and refused with its line where it is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from autograde.course.errors import CourseError


class StrictFile:
    """One file, and the errors in it.

    Args:
        example: what to look at for how it is written; ends each error that has no better remedy.
    """

    def __init__(self, path: Path, example: str) -> None:
        self.path, self.example = path, example

    def root(self) -> Node | None:
        """The whole file; None where it is empty. Raises CourseError where it is no YAML in UTF-8."""
        try:
            return yaml.compose(self.path.read_text("utf-8-sig"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise CourseError(f"{self.path} cannot be read ({error.strerror}).", "Make it readable.") from error
        except UnicodeDecodeError as error:
            raise CourseError(f"{self.path} is not in UTF-8.", "Save it as UTF-8.") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f", line {mark.line + 1}" if mark else ""
            raise CourseError(
                f"{self.path.name}{where}: {error.problem or error.context or 'this is no YAML'}.",
                f"Indent with spaces, and put texts with a colon or a # in quotes. {self.example}",
            ) from error
        except yaml.YAMLError as error:
            raise CourseError(f"{self.path.name} is no YAML ({' '.join(str(error).split())}).", self.example) from error

    def entries(self, node: Node, what: str, keys: Collection[str] | None = None) -> dict[str, tuple[Node, Node]]:
        """What stands under a key: by key, the key's own node and its value's.

        Args:
            what: names the place in an error.
            keys: those that may stand there; any where None.
        """
        if isinstance(node, ScalarNode) and node.tag.endswith(":null"):
            return {}
        if not isinstance(node, MappingNode):
            raise self.wrong(node, f"{what} is to be a list of `key: value`, one a line and indented")
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = self.text(key, f"a key of {what}")
            if keys is not None and name not in keys:
                near = difflib.get_close_matches(name, keys, 1)
                meant = f" Did you mean {near[0]!r}?" if near else ""
                raise self.wrong(key, f"{what} has no key {name!r}", f"It may have {', '.join(keys)}.{meant}")
            if name in found:
                first = found[name][0].start_mark.line + 1
                raise self.wrong(
                    key, f"{name!r} stands in {what} a second time", f"Line {first} has it too; keep one of the two."
                )
            found[name] = (key, value)
        return found

    def text(self, node: Node, what: str) -> str:
        """A value as it is written: 0012 stays 0012. Never empty."""
        if not isinstance(node, ScalarNode) or not node.value.strip():
            raise self.wrong(node, f"{what} is to be one value, on the line of its key")
        return str(node.value).strip()

    def number(self, node: Node, what: str, most: float, *, whole: bool = False) -> float:
        """A number from 0 to `most`."""
        said = self.text(node, what)
        try:
            number = float(said)
        except ValueError:
            number = -1.0
        if not 0 <= number <= most or (whole and number != int(number)):
            kind = "a whole number" if whole else "a number"
            raise self.wrong(node, f"{what} is {said!r}", f"Write {kind} from 0 to {most:g}.")
        return number

    def wrong(self, node: Node, what: str, remedy: str = "") -> CourseError:
        """An error at the line of a node."""
        return CourseError(f"{self.path.name}, line {node.start_mark.line + 1}: {what}.", remedy or self.example)
