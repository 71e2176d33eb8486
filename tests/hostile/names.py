"""Students' and files' names that are markup, commands, formulas, paths, or look like others'."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.attack import EVERYTHING, Attack, Place, Scene, written

MARKUP = "<img src=x onerror=\"document.title='pwned'\">"


def _right(scene: Scene) -> bytes:
    return written(scene.notebook(scene.right))


def _wrong(scene: Scene) -> bytes:
    return written(scene.notebook(scene.answers()))


def named(name: str, tries: str, student: str, *, refused: bool = False) -> Attack:
    """Right answers under an odd student's name."""
    return Attack(name, tries, _right, student=student, right=() if refused else EVERYTHING, refused=refused)


def _files_beside(*names: str) -> Place:
    def place(scene: Scene, inside: Path) -> None:
        for name in names:
            (inside / name).write_text(name)

    return place


def _misnamed(name: str) -> Place:
    def place(scene: Scene, inside: Path) -> None:
        (inside / name).write_bytes(_wrong(scene))

    return place


ATTACKS = [
    named("name-script", "has a name that is a script", "<script>document.title='pwned'<∕script>", refused=True),
    named("name-markup", "has a name that is an image with a handler", MARKUP, refused=True),
    named("name-quotes", "has a name that ends an attribute", "\"'><svg onload=document.title='pwned'>", refused=True),
    named("name-template", "has a name that templates would fill in", "{{ 7*7 }}{% raw %}", refused=True),
    named("name-format", "has a name that format strings would fill in", "%s%n%(x)s $HOME `id`"),
    named("name-console", "has a name with the console's own markup", "[red]x[bold][link=file:x]"),
    named("name-formula", "has a name that a spreadsheet computes", "=HYPERLINK('x','y')+1"),
    named("name-command", "has a name that is a command", "; touch pwned-command; $(touch pwned-command)"),
    named("name-option", "has a name that is an option", "--force"),
    named("name-query", "has a name that ends an SQL statement", "x'); DROP TABLE grade; --"),
    named("name-pattern", "has a name that is a search pattern", "*?[a-z]*"),
    named("name-percent", "has a name that is an encoded path", "%2e%2e%2f%00"),
    named("name-dots", "has a name of dots", "...", refused=True),
    named("name-backslash", "has a name with backslashes", "..\\..\\x\\n", refused=True),
    named("name-comma", "has a name with the marks that separate fields", "x,y;z'q"),
    named("name-newline", "has a name with line breaks", "x\ny,26,26", refused=True),
    named("name-tab", "has a name with control characters", "x\t\x1b[31m\x07", refused=True),
    named("name-undecodable", "has a name that is no text", "x\udcff", refused=True),
    named("name-turned", "has a name that turns the direction of text", "\u202eada\u202c\u2066x\u2069", refused=True),
    named("name-invisible", "has a name with characters that cannot be seen", "ada\u200b\u2060\ufeff"),
    named("name-look-alike", "has a name that looks like another student's", "рeer"),
    named("name-composed", "has a name whose letters are composed", "Zo\u00eb"),
    named("name-decomposed", "has a name whose letters are taken apart", "Rene\u0301"),
    named("name-long", "has a name of two hundred letters", "x" * 200, refused=True),
    named("name-emoji", "has a name of emoji and several scripts", "👩‍💻 李 مريم"),
    named("name-reserved", "has a name that is special elsewhere", "NUL.con"),
    Attack(
        "files-of-markup",
        "comes with files whose names are markup",
        _right,
        _files_beside(MARKUP, "<script>document.title='pwned'<", "a\u202egpj.exe", "x\ny", "[red]x[bold]"),
        right=EVERYTHING,
    ),
    Attack("notebook-named-markup", "calls its notebook by markup", place=_misnamed(f"{MARKUP}.ipynb")),
    Attack("notebook-named-newline", "calls its notebook by several lines", place=_misnamed("x\n\x1b[2Jy.ipynb")),
    Attack("notebook-named-turned", "calls its notebook by turned text", place=_misnamed("\u202ebnypi.x.ipynb")),
]
