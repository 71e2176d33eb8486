"""Stand-ins for learning platforms: the files that they give out, and how their imports find people in what comes back.

Written from the description of what each platform does, not from its code: Canvas' gradebook import and its upload of
submissions, Moodle's grading worksheet and its upload of feedback files, Brightspace's import of grades.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    """Somebody on a platform; `number` is the platform's own."""

    number: int
    first: str
    last: str
    login: str
    email: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()

    @property
    def sortable(self) -> str:
        return f"{self.last}, {self.first}" if self.first else self.last


TEST_STUDENT = "999"  # whom every Canvas course has
ODD = [
    ("Björn", "Ångström-Öz"), ("", "王伟"), ("Wei", "Wang"), ("Wei", "Wang"), ("Jane, Jr.", "de la Cruz"),
    ("Miriam", "=1+1"), ("+Plus", "Minus"), ("Sinéad", "O'Neil"), ("Şule", "İnce"), ("Ада", "Лавлейс"),
    ("José", "Núñez, Sr."), ("@handle", "At"),
]  # fmt: skip


def class_of(size: int, start: int = 340_000) -> list[User]:
    """A class with the names that imports stumble over, and ordinary ones."""
    names = [*ODD, *((f"First{index}", f"Last{index}") for index in range(size - len(ODD)))]
    return [
        User(start + 7 * index, first, last, f"u{index:04}", f"u{index:04}@example.edu")
        for index, (first, last) in enumerate(names)
    ]


def as_csv(rows: list[list[object]], delimiter: str = ",", line_end: str = "\n", mark: str = "") -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return (mark + text.getvalue()).encode()


def table_of(content: bytes, delimiter: str = ",") -> list[list[str]]:
    """The table of a CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@dataclass
class Canvas:
    """A course on Canvas. assignments: title and points, by number."""

    users: list[User]
    assignments: dict[int, tuple[str, float]]
    scores: dict[tuple[int, int], str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def gradebook(self, *, sis: bool = True, semicolons: bool = False, split_names: bool = False) -> bytes:
        """The gradebook, as it is exported."""
        names = ["LastName", "FirstName"] if split_names else ["Student"]
        ids = ["SIS User ID", "SIS Login ID"] if sis else ["SIS Login ID"]
        heads = [*names, "ID", *ids, "Section", "Notes"]
        titles = [f"{title} ({number})" for number, (title, _) in self.assignments.items()]
        totals = ["Assignments Current Score", "Final Grade"]
        blank = [""] * (len(heads) - 1)
        hidden = ["", *blank, *("Manual Posting" for _ in titles), "", ""]
        points = [f"{most:.2f}" for _, most in self.assignments.values()]
        rows: list[list[object]] = [
            [*heads, *titles, *totals],
            hidden,
            ["    Points Possible", *blank[:-1], "", *points, "(read only)", "(read only)"],
        ]
        for user in self.users:
            shown = f'="{user.sortable}"' if user.sortable.startswith("=") else user.sortable
            who = [user.last, user.first] if split_names else [shown]
            own = [user.number, *([f"S{user.number}"] if sis else []), user.login, "Section 1", "a, note"]
            grades = [self.scores.get((user.number, number), "") for number in self.assignments]
            rows.append([*who, *own, *grades, "87.5", "B"])
        test = ["Student", "Test"] if split_names else ["Student, Test"]
        rows.append(
            [*test, TEST_STUDENT, *([""] if sis else []), "f00", "Section 1", "", *("" for _ in titles), "", ""]
        )
        return as_csv(rows, ";" if semicolons else ",")

    def import_gradebook(self, content: bytes) -> None:
        """Take grades: of a person by the number, else by SIS ID or login, else by the exact name; of an assignment by
        the number behind the title, else by the exact title. Whoever or whatever is not found would be made anew."""
        text = content.decode("utf-8-sig")
        counts = {mark: len(next(csv.reader([text.split("\n")[0]], delimiter=mark))) for mark in ";,"}
        table = table_of(content, ";" if counts[";"] > counts[","] else ",")
        head = table[0]
        split = head[:2] == ["LastName", "FirstName"]
        assert "ID" in head[1 + split] and (split or "Student" in head[0]), "an invalid head"
        place = 1 + split
        first = head.index("Section") + 1
        columns = {}
        for index, title in enumerate(head[first:], first):
            if title == "Notes" or re.search("Current Score|Final Grade", title):
                continue
            found = re.fullmatch(r"(.*) \((\d+)\)", title)
            number = int(found[2]) if found and int(found[2]) in self.assignments else None
            if number is None:
                number = next((key for key, (name, _) in self.assignments.items() if name == title), None)
            if number is None:
                self.made.append(title)
            else:
                columns[index] = number
        by_number = {str(user.number): user for user in self.users}
        by_login = {user.login: user for user in self.users} | {f"S{user.number}": user for user in self.users}
        for row in table[1:]:
            if "Points Possible" in row[0]:
                for index, number in columns.items():
                    if row[index]:
                        self.assignments[number] = (self.assignments[number][0], float(row[index].replace(",", ".")))
                continue
            if all(not cell or cell.startswith("Manual Posting") for cell in row):
                continue
            name = f"{row[1]} {row[0]}".strip() if split else row[0]
            if row[place] == TEST_STUDENT:
                continue
            logins = [row[index] for index, title in enumerate(head) if title.startswith("SIS")]
            user = by_number.get(row[place]) or next((by_login[one] for one in logins if one in by_login), None)
            user = user or next((one for one in self.users if name in (one.name, one.sortable)), None)
            if user is None:
                self.strangers.append(name)
                continue
            for index, number in columns.items():
                value = row[index].strip()
                if re.fullmatch(r"-?[0-9.,]+%?", value):
                    *whole, last = re.split("[,.]", value)
                    value = f"{''.join(whole)}.{last}" if whole else last
                if value:
                    self.scores[user.number, number] = value

    def upload_submissions(self, content: bytes, attachments: dict[int, int]) -> tuple[dict[int, bytes], list[str]]:
        """Files by the number of the person, and those that are ignored: the first two parts of a name that are numbers
        alone are the person's and the attachment's, and the attachment must be the person's."""
        taken, ignored = {}, []
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                parts = [part for part in name.rsplit("/", 1)[-1].split("_") if part != "LATE"]
                numbers = [int(part) for part in parts if re.fullmatch(r"[0-9]+", part)][:2]
                if len(numbers) < 2 or parts[-1].startswith("link") or attachments.get(numbers[0]) != numbers[1]:
                    ignored.append(name)
                else:
                    taken[numbers[0]] = archive.read(name)
        return taken, ignored


ENGLISH = (
    "Participant ", "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
    "Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments",
)  # fmt: skip
GERMAN = (
    "Teilnehmer/in", "ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung",
    "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)",
    "Feedback als Kommentar",
)  # fmt: skip


@dataclass
class Moodle:
    """An assignment on Moodle, its participants by their number in it, and what it was given."""

    participants: dict[int, User]
    most: float = 100.0
    words: tuple[str, ...] = ENGLISH
    grades: dict[int, float] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)

    def worksheet(self, *, blind: bool = False, comments: bool = True) -> bytes:
        """The grading worksheet, as it is downloaded."""
        word, *heads = self.words
        decimal = "," if self.words is GERMAN else "."
        rows: list[list[object]] = [heads]
        for number, user in self.participants.items():
            grade = f"{self.grades[number]:.2f}".replace(".", decimal) if number in self.grades else ""
            most = f"{self.most:.2f}".replace(".", decimal)
            about = ["Submitted for grading - ", grade, most, "Yes", "Sunday, 1 November 2026, 10:37", "-"]
            rows.append([f"{word}{number}", user.name, user.email, *about, self.comments.get(number, "")])
        drop = {*((1, 2) if blind else ()), *(() if comments else (9,))}
        kept = [[cell for index, cell in enumerate(row) if index not in drop] for row in rows]
        return as_csv(kept, line_end="\r\n", mark="\ufeff")

    def upload_worksheet(self, content: bytes) -> None:
        """Take grades: of a participant by the number behind the word; a grade out of range is dropped in silence."""
        table = table_of(content)
        word, identifier, _, _, _, grade, _, _, _, modified, comments = self.words
        head = table[0]
        assert {identifier, grade, modified} <= set(head), "an invalid head"
        for row in table[1:]:
            assert len(row) == len(head)
            number = int(row[head.index(identifier)][len(word) :])
            if number not in self.participants:
                continue
            text = row[head.index(grade)].replace("," if self.words is GERMAN else "\0", ".")
            if text and 0 <= float(text) <= self.most:
                self.grades[number] = float(text)
            if comments in head:
                self.comments[number] = row[head.index(comments)]

    def upload_feedback(self, content: bytes) -> tuple[dict[int, dict[str, bytes]], list[str]]:
        """Files by participant, and those that are ignored: the number stands between the first two low lines."""
        taken: dict[int, dict[str, bytes]] = {}
        ignored = []
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                folder, *rest = name.split("/")
                parts = folder.split("_", 4)
                number = int(parts[1]) if len(parts) > 3 and parts[1].isdigit() else 0
                hidden = name.rsplit("/", 1)[-1].startswith((".", "~"))
                if hidden or number not in self.participants or parts[2:4] != ["assignsubmission", "file"]:
                    ignored.append(name)
                else:
                    file = "/".join([*parts[4:], *rest]).lstrip("/")
                    taken.setdefault(number, {})[file] = archive.read(name)
        return taken, ignored


@dataclass
class Brightspace:
    """Grade items on Brightspace, by name, and grades."""

    users: list[User]
    items: dict[str, float]
    grades: dict[tuple[str, str], float] = field(default_factory=dict)

    def exported(self) -> bytes:
        """The grades, as they are exported with both keys and the users' details."""
        heads = [f"{name} Points Grade <Numeric MaxPoints:{most:g} Weight:10>" for name, most in self.items.items()]
        details = ["OrgDefinedId", "Username", "Last Name", "First Name", "Email"]
        rows: list[list[object]] = [[*details, *heads, "End-of-Line Indicator"]]
        for user in self.users:
            keys = [f"#{user.number}", f"#{user.login}"]
            rows.append([*keys, user.last, user.first, user.email, *("" for _ in self.items), "#"])
        return as_csv(rows)

    def import_grades(self, content: bytes) -> None:
        """Take grades: of a user by one of the keys; other columns than grades and keys are refused."""
        table = table_of(content)
        assert table[0][-1] == "End-of-Line Indicator" and all(row[-1] == "#" for row in table[1:])
        known = {user.login: user for user in self.users} | {str(user.number): user for user in self.users}
        for row in table[1:]:
            cells = dict(zip(table[0], row, strict=True))
            keys = [cells.pop(name, "").removeprefix("#") for name in ("OrgDefinedId", "Username")]
            cells.pop("End-of-Line Indicator")
            user = next(known[key] for key in keys if key)
            for head, text in cells.items():
                item = head.removesuffix(" Points Grade")
                assert item != head and item in self.items, head
                if text:
                    self.grades[user.login, item] = float(text)


@dataclass
class Blackboard:
    """Columns on Blackboard: name and points, by number."""

    users: list[User]
    columns: dict[int, tuple[str, float]]
    grades: dict[tuple[str, int], float] = field(default_factory=dict)

    def downloaded(self) -> bytes:
        """The grades, as they are downloaded to work offline: UTF-16, with tabs."""
        heads = [f"{name} [Total Pts: {most:g} Score] |{number}" for number, (name, most) in self.columns.items()]
        about = ["Last Name", "First Name", "Username", "Student ID", "Availability"]
        rows: list[list[object]] = [[*about, "Total [Total Pts: up to 505 Score] |1", *heads]]
        for user in self.users:
            own = [user.last, user.first, user.login, f"S{user.number}", "Yes", "7.5"]
            rows.append([*own, *("" for _ in heads)])
        return as_csv(rows, "\t", "\r\n").decode().encode("utf-16")

    def upload(self, content: bytes) -> None:
        """Take grades: of a user by the user name, in a column by the number at the end of its head."""
        table = list(csv.reader(io.StringIO(content.decode("utf-16"), newline=""), delimiter="\t"))
        users = {user.login for user in self.users}
        for row in table[1:]:
            cells = dict(zip(table[0], row, strict=True))
            user = cells["Username"]
            assert user in users
            for head, text in cells.items():
                number = int(head.rpartition("|")[2]) if "|" in head else 0
                if number in self.columns and text:
                    self.grades[user, number] = float(text)
