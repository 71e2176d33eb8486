"""Places in the site for links to the students' bundles: the book marks them, `autograde publish` fills them.

A book that was built without a release has no bundles. There a place says how to get one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

FOLDER = "bundles"
WITHOUT = "ask your instructor for <code>{file}</code>"
ALL_WITHOUT = "This copy of the book comes without the assignments’ files: ask your instructor for them."
ALL = "all"
PLACE = re.compile(r'<(?P<tag>span|div) class="u-bundle" data-bundle="(?P<name>[\w-]+)">.*?</(?P=tag)>', re.DOTALL)


class Bundle(NamedTuple):
    """A file that students download: its size in bytes, and its date as YYYY-MM-DD."""

    file: str
    size: int
    date: str


def file_name(assignment: str) -> str:
    """The name of an assignment's bundle."""
    return f"unrolled-{assignment}.zip"


def mark(assignment: str) -> str:
    """HTML of a place for the link to one bundle."""
    without = WITHOUT.format(file=escape(file_name(assignment)))
    return f'<span class="u-bundle" data-bundle="{escape(assignment)}">{without}</span>'


def mark_all() -> str:
    """HTML of a place for the list of all bundles."""
    return f'<div class="u-bundle" data-bundle="{ALL}"><p>{ALL_WITHOUT}</p></div>'


def fill(page: str, bundles: Mapping[str, Bundle], root: str) -> str:
    """The HTML of a page with its places filled.

    Args:
        bundles: what there is, by assignment, in the order of the list. A place for another one stays as it is.
        root: the way from the page's folder to the site's, such as `../../`; empty in the site's own.
    """

    def filled(place: re.Match[str]) -> str:
        if place["name"] == ALL:
            rows = "".join(f"<li>{_link(bundle, root)}</li>" for bundle in bundles.values())
            return f'<div class="u-bundle"><ul>{rows}</ul></div>' if rows else place[0]
        bundle = bundles.get(place["name"])
        return f'<span class="u-bundle">{_link(bundle, root)}</span>' if bundle else place[0]

    return PLACE.sub(filled, page)


def _link(bundle: Bundle, root: str) -> str:
    about = f"{bundle.size / 1000:.0f} kB, {bundle.date}"
    return f'<a href="{root}{FOLDER}/{escape(bundle.file)}" download>{escape(bundle.file)}</a> ({about})'
