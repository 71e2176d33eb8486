"""Files that are no notebooks, notebooks that are no submissions, and folders that lead elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.hostile.attack import EVERYTHING, Attack, Place, Scene, content, copied, edited, graded, markdown, written

PASS = "pass"


def _tests_emptied(notebook: NotebookNode, scene: Scene) -> None:
    for cell in graded(notebook):
        cell.source = PASS


def _tests_deleted(notebook: NotebookNode, scene: Scene) -> None:
    tests = graded(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell not in tests]


def _tests_as_answers(notebook: NotebookNode, scene: Scene) -> None:
    for cell in graded(notebook):
        cell.metadata["nbgrader"] |= {"grade": False, "solution": True, "locked": False}
        del cell.metadata["nbgrader"]["points"]
        cell.source = PASS


def _tests_by_hand(notebook: NotebookNode, scene: Scene) -> None:
    for cell in graded(notebook):
        cell.metadata["nbgrader"] |= {"grade": True, "solution": True}
        cell.source = "1"


def _points_raised(notebook: NotebookNode, scene: Scene) -> None:
    for cell in graded(notebook):
        cell.metadata["nbgrader"]["points"] = 1000


def _tests_doubled(notebook: NotebookNode, scene: Scene) -> None:
    made = []
    for cell in notebook.cells:
        made.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade"):
            again = copied(cell)
            again.source, again["id"] = PASS, f"{cell.id}x"
            made.append(again)
    notebook.cells = made


def _tests_as_text(notebook: NotebookNode, scene: Scene) -> None:
    for index, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            notebook.cells[index] = markdown("done", cell.id)
            notebook.cells[index].metadata = cell.metadata


def _ids_taken(notebook: NotebookNode, scene: Scene) -> None:
    taken = copied(graded(notebook)[0])
    for cell in graded(notebook):
        cell.metadata["nbgrader"]["grade_id"] = taken.metadata["nbgrader"]["grade_id"]


def _answers_in_test_cells(notebook: NotebookNode, scene: Scene) -> None:
    for cell in graded(notebook):
        name = cell.metadata["nbgrader"]["grade_id"]
        cell.metadata["nbgrader"] |= {"solution": True, "grade": False}
        cell.source = f"check = lambda *a, **k: None  # {name}"


def _schema_unknown(notebook: NotebookNode, scene: Scene) -> None:
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"]["schema_version"] = 99


def _metadata_gone(notebook: NotebookNode, scene: Scene) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def _metadata_odd(notebook: NotebookNode, scene: Scene) -> None:
    odd = [5, [], "x", None, {"grade_id": {"a": 1}}, {"grade_id": 5, "grade": "yes"}, {"nbgrader": {}}]
    for number, cell in enumerate(notebook.cells):
        cell["metadata"] = {"nbgrader": odd[number % len(odd)]} if number % 2 else odd[number % len(odd)]


def _kernel_other(notebook: NotebookNode, scene: Scene) -> None:
    notebook.metadata.kernelspec = {"name": "../../bin/sh", "display_name": "x", "language": "bash"}


def _outputs_forged(notebook: NotebookNode, scene: Scene) -> None:
    for number, cell in enumerate(graded(notebook)):
        points = cell.metadata["nbgrader"]["points"]
        data = {"text/plain": str(points)}
        cell.outputs = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": number}]
        cell.execution_count = number


def _shapes_odd(notebook: NotebookNode, scene: Scene) -> None:
    kinds = ["code", "markdown", "raw", "heading", 5, None, ["code"]]
    cells = [{"cell_type": kind, "source": source, "metadata": {}} for kind in kinds
             for source in ("x", ["x", 5, None], 5, None, {"a": 1}, [["x"]])]  # fmt: skip
    notebook["cells"] = [*notebook.cells, *cells, 5, None, "cell", [], {}]


def _cells_without_end(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells += [new_code_cell(f"x = {number}", id=f"n{number}") for number in range(5000)]


def _many_cells(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells += [new_code_cell(f"x = {number}", id=f"n{number}") for number in range(1500)]


def _one_huge_cell(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells.append(new_code_cell("x = 1  # " + "y" * 10_000_000, id="huge"))


def _deep_expression(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells.append(new_code_cell("(" * 90_000 + ")" * 90_000, id="deep"))
    notebook.cells.append(new_code_cell("x = " + "-" * 90_000 + "1", id="minus"))


def _control_characters(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells.append(new_code_cell("x = '\x00\x01\x1b[2J\ud800'", id="control"))
    notebook.cells.append(markdown("\u202egrade: 26\u202c \x00 \x1b]0;x\x07", "bidi"))


def _bidi_source(notebook: NotebookNode, scene: Scene) -> None:
    notebook.cells.append(new_code_cell("access = 'user\u202e \u2066# right\u2069 \u2066'", id="bidi"))


def _magics(notebook: NotebookNode, scene: Scene) -> None:
    lines = ["%%bash\necho x > /tmp/pwned-magic", "!id", "%run /etc/passwd", "%%script python\nprint(1)", "%cd /",
             "%load_ext autoreload", "%edit", "%%writefile /tmp/pwned-magic\nx", "%system id", "%env", "%who",
             "%reset -f", "%pdb on", "%%timeit\npass", "%xmode Minimal", "%pylab", "%debug"]  # fmt: skip
    notebook.cells += [new_code_cell(line, id=f"m{number}") for number, line in enumerate(lines)]


def _as_bytes(**changes: object) -> bytes:
    return json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes).encode()


def _right(scene: Scene) -> bytes:
    return written(scene.notebook(scene.right))


def _fifty_megabytes(scene: Scene) -> bytes:
    notebook = scene.notebook(scene.right)
    notebook.cells.append(new_code_cell("pass", id="outputs"))
    notebook.cells[-1].outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}]
    return written(notebook)


def _bomb(scene: Scene) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rnn-cell.ipynb", b"0" * 200_000_000)
    return made.getvalue()


def _link(target: str, *, folder: bool = False) -> Place:
    # A symbolic link in the notebook's (or the whole folder's) place.
    def place(scene: Scene, inside: Path) -> None:
        aim = target.format(**scene.known)
        if folder:
            inside.rmdir()
            inside.symlink_to(aim)
        else:
            (inside / f"{scene.slug}.ipynb").symlink_to(aim)

    return place


def _pipe(scene: Scene, inside: Path) -> None:
    os.mkfifo(inside / f"{scene.slug}.ipynb")


def _pipe_for_date(scene: Scene, inside: Path) -> None:
    os.mkfifo(inside / "timestamp.txt")


def _folder(scene: Scene, inside: Path) -> None:
    (inside / f"{scene.slug}.ipynb").mkdir()


def _sparse(scene: Scene, inside: Path) -> None:
    with (inside / f"{scene.slug}.ipynb").open("wb") as file:
        file.truncate(1 << 40)


def _odd_date(scene: Scene, inside: Path) -> None:
    (inside / "timestamp.txt").write_bytes(b"9" * 10_000_000)


def _many_files(scene: Scene, inside: Path) -> None:
    for number in range(3000):
        (inside / f"{number:04}-{'x' * 200}").touch()


def _link_for_date(scene: Scene, inside: Path) -> None:
    (inside / "timestamp.txt").symlink_to(scene.course.key_file)


def _swapped_fixtures(scene: Scene, inside: Path) -> None:
    (inside / "fixtures.npz").write_bytes(b"PK\x03\x04 no archive")
    (inside / "unrolled.py").write_text("def check(*a, **k): pass\n")
    (inside / "numpy.py").write_text("print('PWN' + 'ED: a module of the submission was imported')\n")
    (inside / "sitecustomize.py").write_text("print('PWN' + 'ED: a module of the submission was imported')\n")
    (inside / "conftest.py").write_text("raise SystemExit\n")
    (inside / "nbgrader_config.py").write_text("import os\nopen('/tmp/pwned-config', 'w')\n")


SAFE = {"stock_safe": True}

ATTACKS = [
    edited("tests-emptied", "empties the test cells", _tests_emptied, **SAFE),
    edited("tests-deleted", "deletes the test cells", _tests_deleted, **SAFE),
    edited("tests-as-answers", "turns test cells into answers", _tests_as_answers, **SAFE),
    edited("tests-by-hand", "turns test cells into answers that a person reads", _tests_by_hand, **SAFE),
    edited("tests-as-text", "turns test cells into text", _tests_as_text, **SAFE),
    edited("tests-doubled", "hands in every test cell twice", _tests_doubled, **SAFE),
    edited("points-raised", "gives each test a thousand points", _points_raised, **SAFE),
    edited("ids-taken", "gives all tests one id", _ids_taken, **SAFE),
    edited("answers-in-tests", "puts answers into the places of tests", _answers_in_test_cells, **SAFE),
    edited("schema-unknown", "claims a version of the metadata that does not exist", _schema_unknown, **SAFE),
    edited("metadata-gone", "takes all of nbgrader's metadata away", _metadata_gone, **SAFE),
    edited("metadata-odd", "fills the metadata with values of wrong types", _metadata_odd, **SAFE),
    edited("kernel-other", "asks for a kernel of its own", _kernel_other, **SAFE),
    edited("outputs-forged", "hands in outputs that look like scores", _outputs_forged, **SAFE),
    edited("cells-of-odd-shapes", "hands in cells of every wrong type", _shapes_odd, **SAFE),
    edited("cells-without-end", "hands in five thousand cells", _cells_without_end),
    edited("many-cells", "hands in fifteen hundred cells beside right answers", _many_cells, right=EVERYTHING),
    edited("cell-of-ten-megabytes", "hands in a cell of ten megabytes", _one_huge_cell),
    edited("deep-expression", "hands in expressions nested ninety thousand times", _deep_expression, **SAFE),
    edited(
        "control-characters",
        "hands in NUL, escapes and half characters beside right answers",
        _control_characters,
        right=EVERYTHING,
    ),
    edited(
        "bidi-source",
        "hides code behind characters that turn the direction of text",
        _bidi_source,
        right=EVERYTHING,
        **SAFE,
    ),
    edited(
        "magics",
        "uses every magic that reaches the system, beside right answers",
        _magics,
        right=EVERYTHING,
        may_lose=True,
        timeouts=1,
    ),
    content("no-json", "is no JSON", b'{"cells": [nope', **SAFE),
    content("cut-off", "ends in the middle", lambda scene: _right(scene)[:1500], **SAFE),
    content("empty-file", "is empty", b"", **SAFE),
    content("no-cells", "is a notebook without cells", b'{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}', **SAFE),
    content("cells-no-list", "has cells that are no list", _as_bytes(cells={"a": 1}), **SAFE),
    content("nul-bytes", "is ten megabytes of NUL", b"\0" * 10_000_000),
    content(
        "sixteen-bits",
        "is right, in text of two bytes a character",
        lambda scene: _right(scene).decode().encode("utf-16"),
        right=EVERYTHING,
    ),
    content(
        "with-mark",
        "begins with a byte order mark, and is right",
        lambda scene: b"\xef\xbb\xbf" + _right(scene),
        right=EVERYTHING,
    ),
    content(
        "deep-file",
        "is JSON of a hundred thousand brackets",
        b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        **SAFE,
    ),
    content(
        "long-number", "holds a number of a million digits", b'{"cells": [], "nbformat": ' + b"9" * 1_000_000 + b"}"
    ),
    content("not-a-number-file", "holds NaN and infinities", b'{"cells": [NaN, Infinity, -Infinity], "nbformat": NaN}'),
    content(
        "keys-doubled",
        "says everything twice, differently",
        lambda scene: b'{"cells": [], ' + _right(scene)[1:-1] + b', "cells": []}',
    ),
    content(
        "fifty-megabytes",
        "is a right notebook with fifty megabytes of outputs",
        _fifty_megabytes,
        right=EVERYTHING,
    ),
    content("format-of-the-future", "claims a format that does not exist", _as_bytes(nbformat=99), **SAFE),
    content(
        "format-three",
        "has the format of before 2015",
        _as_bytes(nbformat=3, worksheets=[{"cells": [{"cell_type": "code", "input": "1", "outputs": []}]}]),
    ),
    content("archive-bomb", "is a small archive of two hundred megabytes", _bomb, **SAFE),
    content("compressed", "is a compressed notebook", lambda scene: gzip.compress(_right(scene)), **SAFE),
    content("object-file", "is a pickle that would run a program", b"cos\nsystem\n(S'touch /tmp/pwned-pickle'\ntR."),
    Attack(
        "link-to-peer",
        "is a link to another student's notebook",
        place=_link("{course}/submitted/{peer}/{slug}/{slug}.ipynb"),
    ),
    Attack(
        "link-to-source", "is a link to the source with the answers", place=_link("{course}/source/{slug}/{slug}.ipynb")
    ),
    Attack("link-to-key", "is a link to the course's key", place=_link("{course}/.course-key")),
    Attack("link-to-accounts", "is a link to the machine's accounts", place=_link("/etc/passwd")),
    Attack("link-to-zeros", "is a link to a file without end", place=_link("/dev/zero")),
    Attack("link-to-itself", "is a link to itself", place=_link("rnn-cell.ipynb")),
    Attack("link-to-nowhere", "is a link to nothing", place=_link("/nowhere/at/all")),
    Attack(
        "folder-link-to-peer",
        "is a folder that leads to another student's",
        place=_link("{course}/submitted/{peer}/{slug}", folder=True),
        refused=True,
    ),
    Attack(
        "folder-link-to-root",
        "is a folder that leads to the whole machine",
        place=_link("/", folder=True),
        refused=True,
    ),
    Attack("pipe", "is a pipe that nobody writes into", place=_pipe),
    Attack("pipe-for-date", "has a pipe for its date", _right, _pipe_for_date, right=EVERYTHING),
    Attack("folder-for-file", "is a folder", place=_folder),
    Attack("sparse-terabyte", "is a file of a terabyte", place=_sparse),
    Attack("odd-date", "has ten megabytes for its date", _right, _odd_date, right=EVERYTHING),
    Attack("link-for-date", "has a link to the course's key for its date", _right, _link_for_date, right=EVERYTHING),
    Attack("many-files-beside", "comes with three thousand other files", _right, _many_files, right=EVERYTHING),
    Attack(
        "modules-beside",
        "comes with modules and settings that could be imported",
        _right,
        _swapped_fixtures,
        right=EVERYTHING,
    ),
]
