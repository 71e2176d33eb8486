"""Files that no platform named: a folder for each student, or a notebook for each.

lovelace/rnn-cell.ipynb
lovelace/rnn-cell/rnn-cell.ipynb
lovelace.ipynb
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograde.collect.archives import Member
from autograde.collect.platforms.found import Export, Found, Person, Stray
from autograde.course.file_names import is_notebook, without_copy_mark

APART = r"[ _-]+"
MOODLES = "_assignsubmission_"  # Moodle wrote this name, in a way that is not known: no student is called so
NOBODY = "its name does not say whose it is"


def read_folder(members: Sequence[Member], slugs: Sequence[str]) -> Export:
    """The hand-ins, by their folders or, where most notebooks lie side by side, by their own names."""
    notebooks = [one for one in members if is_notebook(one.parts[-1])]
    flat = 2 * sum(len(one.parts) == 1 for one in notebooks) > len(notebooks)
    found: list[Found] = []
    strays: list[Stray] = []
    for one in members:
        made = _of_name(one, slugs) if flat else _of_folders(one)
        if made is None:
            strays.append((one.path, NOBODY))
        else:
            found.append(made)
    return Export("folder", found, strays)


def _of_folders(member: Member) -> Found | None:
    student, *inside, file = ("", *member.parts) if len(member.parts) == 1 else member.parts
    if not student or len(inside) > 1 or MOODLES in student:
        return None
    return Found(member, (Person(student),), file, folder="".join(inside))


def _of_name(member: Member, slugs: Sequence[str]) -> Found | None:
    # "lovelace.ipynb"; also "rnn-cell_lovelace.ipynb" and "lovelace rnn-cell.ipynb".
    file = member.parts[0]
    if len(member.parts) > 1 or not is_notebook(file):
        return None
    student, number = without_copy_mark(file.rpartition(".")[0])
    for slug in slugs:
        named = re.fullmatch(
            rf"{re.escape(slug)}(?:{APART}(?P<behind>.+))?|(?P<before>.+){APART}{re.escape(slug)}", student
        )
        if named is not None:
            student = named["behind"] or named["before"] or ""
            return Found(member, (Person(student),), file, folder=slug, attempt=number) if student else None
    return Found(member, (Person(student),), file, attempt=number)
