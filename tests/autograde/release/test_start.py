"""`start.py` of a bundle: every Python can read it, those that do not fit are told, and one environment serves all."""

import ast
import os
from pathlib import Path

import pytest

from autograde.course.system import NEWEST_PYTHON, OLDEST_PYTHON, PYTHONS
from autograde.release import bundle, start

# Syntax that Python 2.7 or an early 3 does not read.
LATER = (
    ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.AsyncWith, ast.Nonlocal, ast.Match,
    ast.YieldFrom, ast.TryStar,
)  # fmt: skip
TREE = ast.parse(bundle.START.read_text("ascii"))


def test_every_python_can_read_it():
    nodes = list(ast.walk(TREE))
    assert not [node for node in nodes if isinstance(node, LATER)]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    assert not [one.name for one in functions if one.returns or one.args.kwonlyargs or one.args.posonlyargs]
    assert not [argument.arg for one in functions for argument in one.args.args if argument.annotation]
    assert not [node for node in nodes if isinstance(node, ast.Raise) and node.cause]
    prints = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"]
    assert all(len(one.args) == 1 and not one.keywords for one in prints)  # a statement in Python 2


def test_it_imports_nothing_that_an_old_python_lacks_before_it_has_looked():
    imported = [alias.name for node in TREE.body if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["os", "platform", "subprocess", "sys"]
    assert not [node for node in TREE.body if isinstance(node, ast.ImportFrom)]


def test_it_names_the_pythons_of_the_course():
    assert (start.OLDEST, start.NEWEST) == (OLDEST_PYTHON, NEWEST_PYTHON)
    assert PYTHONS in start.unfit((2, 7, 18), True)


@pytest.mark.parametrize(
    "version", [(2, 7, 18), (3, 9, 2), (3, OLDEST_PYTHON[1] - 1, 13), (3, NEWEST_PYTHON[1] + 1, 0)]
)
def test_a_python_that_does_not_fit_is_told_in_one_sentence_with_its_version(version):
    told = start.unfit(version, True)
    assert f"this is Python {version[0]}.{version[1]}.{version[2]}" in told and "start.py" in told
    assert "\n" not in told


def test_a_python_of_32_bits_is_told_too():
    assert "64-bit" in start.unfit((3, 12, 1), False)


@pytest.mark.parametrize("version", [(*OLDEST_PYTHON, 0), (3, 12, 1), (*NEWEST_PYTHON, 9)])
def test_one_that_fits_goes_on(version):
    assert start.unfit(version, True) == ""


def test_nothing_is_tried_with_a_python_that_does_not_fit(monkeypatch, capsys):
    monkeypatch.setattr(start, "NEWEST", (3, 0))
    monkeypatch.setattr(start.subprocess, "call", None)
    monkeypatch.setattr(start.subprocess, "check_call", None)
    assert start.main() == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("start: The course needs Python 3.11 to 3.0")


def test_all_assignments_share_the_environment_beside_them(tmp_path):
    places = {start.place_of(str(tmp_path / name)) for name in ("unrolled-rnn-cell", "unrolled-gru")}
    assert places == {str(tmp_path / "unrolled-env")}


def test_the_folder_of_the_same_name_in_which_windows_unpacks_does_not_count(tmp_path):
    inner = tmp_path / "unrolled-gru" / "unrolled-gru"
    assert start.place_of(str(inner)) == str(tmp_path / "unrolled-env")


def test_a_folder_without_the_other_files_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(start, "FOLDER", str(tmp_path))
    assert "requirements.txt is not beside start.py" in start.incomplete()
    (tmp_path / "requirements.txt").touch()
    (tmp_path / start.NOTEBOOK).touch()
    assert start.incomplete() == ""


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A bundle's folder, and a list of what was called; `working` says whether an environment is there."""
    folder = tmp_path / "unrolled-tiny"
    folder.mkdir()
    (folder / "requirements.txt").write_text("numpy==1\n")
    calls: list[list[str]] = []
    status = {"install": 0}

    def call(command, **_):
        calls.append([os.path.basename(command[0]), *command[1:4]])  # noqa: PTH119
        return status["install"] if "install" in command else int(not Path(command[0]).exists())

    def check_call(command):
        calls.append(["venv"])
        python = Path(start.python_of(command[-1]))
        python.parent.mkdir(parents=True)
        python.touch()

    monkeypatch.setattr(start, "FOLDER", str(folder))
    monkeypatch.setattr(start.subprocess, "call", call)
    monkeypatch.setattr(start.subprocess, "check_call", check_call)
    return folder, calls, status


def test_it_installs_once_and_again_after_the_requirements_changed(machine, tmp_path):
    folder, calls, _ = machine
    environment = str(tmp_path / "unrolled-env")
    assert start.install(environment) == ""
    assert ["venv"] in calls and ["python", "-m", "pip", "install"] in calls
    assert '"fetchNews": "false"' in (tmp_path / "unrolled-env/share/jupyter/lab/settings/overrides.json").read_text()
    calls.clear()
    assert start.install(environment) == ""
    assert calls == [["python", "-m", "pip", "--version"]]
    (folder / "requirements.txt").write_text("numpy==2\n")
    assert start.install(environment) == ""
    assert calls[-1] == ["python", "-m", "pip", "install"] and ["venv"] not in calls


def test_a_failed_installation_says_so_and_is_tried_again(machine, tmp_path):
    _, calls, status = machine
    environment = str(tmp_path / "unrolled-env")
    status["install"] = 1
    assert "could not be installed" in start.install(environment)
    status["install"] = 0
    assert start.install(environment) == ""
    assert [call for call in calls if call[-1] == "install"] == 2 * [["python", "-m", "pip", "install"]]
