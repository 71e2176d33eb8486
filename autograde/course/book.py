"""Where the book stands on the web: `html: baseurl` of _config.yml, the one setting; hints take it from there too."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from autograde.course.errors import CourseError

CONFIG = Path(__file__).resolve().parents[2] / "_config.yml"
# How a hint ends: the page's place within the site, behind the address where there was one.
PAGE = r"book/[\w/-]+\.html#[\w-]+"
PLACE = re.compile(rf": (?P<address>https?://\S*/)?(?P<page>{PAGE})$")
AT_THE_END = re.compile(rf"(?<=\s){PAGE}$", re.MULTILINE)  # of a line


def address() -> str:
    """The book's address with a slash at its end; empty where none is set.

    Raises:
        CourseError: the settings cannot be read.
    """
    return _address(CONFIG.read_text("utf-8")) if CONFIG.is_file() else ""


@cache
def _address(config: str) -> str:
    try:
        base = str(((yaml.safe_load(config) or {}).get("html") or {}).get("baseurl") or "")
    except (yaml.YAMLError, AttributeError) as error:
        raise CourseError(
            f"{CONFIG.name} cannot be read: {error}", "Repair it: `baseurl: https://…` under `html:`."
        ) from error
    return f"{base.rstrip('/')}/" if base else ""


def about() -> str:
    """What students are told of where the book is."""
    base = address()
    if base:
        return f"The book: {base}\nWhere a hint says Read, it ends with the address of the page and the place in it.\n"
    return (
        "Where a hint says Read, it ends with the path of the page within the book's site, or within the zip file of\n"
        "the site, such as `book/recurrence/rnn-cell.html`.\n"
    )


def with_address(text: str) -> str:
    """A message with the book's address before the places to read, where there is one."""
    base = address()
    return AT_THE_END.sub(lambda place: f"{base}{place[0]}", text)


def linked(text: str, base: str) -> tuple[str, str]:
    """What a hint says of the place to read, and the link to it; the text as it is and no link where there is none.

    Args:
        base: the book's present address, which may not be the one of when the hint was written.
    """
    found = PLACE.search(text)
    if found is None or not base:
        return text, ""
    return text[: found.start()], f"{base}{found['page']}"
