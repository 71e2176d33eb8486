"""The leak check finds each kind of secret in each kind of public place, and nothing in a clean tree."""

import gzip
import html
import io
import json
import zipfile

import numpy as np
import pytest

from autograde.release.leaks import search, secrets_of

CANARY = "unrolled-canary-00000000bbbb"
MODULE = f'''"""Secret. {CANARY}"""

import numpy as np


def reference(x, h):
    """Public words."""
    first_line = np.tanh(x + h)
    second_line = first_line * 2 - x
    third_line = np.where(x > 0, second_line, first_line)
    return third_line
'''
COPIED = """    first_line = np.tanh(x+h)   # spaced another way
    # with a comment between
    first_line = np.tanh(x + h)
    second_line = first_line * 2 - x
    third_line = np.where(x > 0, second_line, first_line)
"""
ANSWER = "    twice_of_the_argument = 2 * x\n    return twice_of_the_argument"
HIDDEN_TEST = 'assert double(21.5) == 43.0, "a hidden sentence about 43.0"'
EXPECTED = np.array([0.12345678, -0.87654321, 0.11223344, 0.55667788, 0.99887766])


@pytest.fixture
def secrets(secret):
    (secret / "reference.py").write_text(MODULE, "utf-8")
    found = secrets_of(secret)
    found.arrays = [("double, values", EXPECTED)]
    return found


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def npz(array) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, innocent=array)
    return buffer.getvalue()


def notebook(text: str) -> bytes:
    cell = {"cell_type": "code", "source": text.splitlines(keepends=True), "metadata": {}, "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()


def highlighted(text: str) -> bytes:
    """As Pygments writes it: escaped, with a span around every word."""
    lines = [" ".join(f"<span>{html.escape(word)}</span>" for word in line.split(" ")) for line in text.split("\n")]
    return ("<html><body><pre>" + "\n".join(lines) + "</pre></body></html>").encode()


PLACES = {
    "a notebook": ("release/tiny/tiny.ipynb", notebook),
    "a bundle": ("tiny.zip", lambda text: zipped("tiny/tiny.ipynb", notebook(text))),
    "a wheel in a bundle": ("tiny.zip", lambda text: zipped("unrolled.whl", zipped("unrolled/a.py", text.encode()))),
    "a page": ("html/page.html", highlighted),
    "a page's source": ("html/_sources/page.md.txt", str.encode),
    "a script": ("html/searchindex.js", lambda text: f"Search.setIndex({json.dumps(text)})".encode()),
    "a compressed file": ("html/page.svgz", lambda text: gzip.compress(text.encode())),
}
SECRETS = {"a canary": f"x\n{CANARY}\ny", "reference code": COPIED, "a solution": ANSWER, "a hidden test": HIDDEN_TEST}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(("name", "pack"), PLACES.values(), ids=PLACES)
def test_each_secret_is_found_in_each_place(tmp_path, secrets, name, pack, text):
    path = tmp_path / "public" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(f"before\n{text}\nafter"))
    findings = search([tmp_path / "public"], secrets)
    assert findings
    assert path.name in findings[0].place


@pytest.mark.parametrize(
    "content",
    [
        npz(EXPECTED),
        zipped("fixtures.npz", npz(EXPECTED.reshape(5, 1))),
        npz(EXPECTED.astype(np.float32)),
        f"yours {EXPECTED.tolist()}".encode(),
        f"yours {(EXPECTED + 1e-9).tolist()}".encode(),
        notebook(f"array({EXPECTED.tolist()})"),
        highlighted(f"array({EXPECTED.tolist()})"),
        zipped("unrolled.whl", zipped("unrolled/values.py", f"VALUES = {EXPECTED.tolist()}".encode())),
        zipped("unrolled.whl", zipped("unrolled/values.npz", npz(EXPECTED))),
        gzip.compress(b"odd" + EXPECTED.tobytes()),
        zipped("notes.gz", gzip.compress(str(EXPECTED.tolist()).encode())),
    ],
    ids=[
        "npz",
        "npz in a zip",
        "float32",
        "printed",
        "printed with more decimals",
        "printed in a notebook",
        "printed in a page",
        "printed in a wheel in a bundle",
        "npz in a wheel in a bundle",
        "gz",
        "printed, gz in a zip",
    ],
)
@pytest.mark.parametrize("others", [0, 300], ids=["alone", "among others"])
def test_hidden_expected_values_are_found(tmp_path, secrets, content, others):
    rng = np.random.default_rng(1)
    secrets.arrays += [(f"other {number}", rng.standard_normal(6)) for number in range(others)]
    (tmp_path / "public").mkdir()
    name = "file.html" if content.startswith(b"<html>") else "file.ipynb" if content.startswith(b"{") else "file"
    (tmp_path / "public" / name).write_bytes(content)
    findings = search([tmp_path / "public"], secrets)
    assert {finding.secret for finding in findings} == {"hidden expected values of double, values"}


def test_a_clean_tree_has_no_finding(tmp_path, secrets):
    public = tmp_path / "public"
    public.mkdir()
    (public / "page.html").write_bytes(highlighted("def double(x):\n    return x + x\nimport numpy as np"))
    (public / "fixtures.npz").write_bytes(npz(EXPECTED + 1))
    (public / "tiny.zip").write_bytes(zipped("a.py", b"x = 1"))
    (public / "broken.zip").write_bytes(b"PK\x03\x04 no zip at all")
    assert search([public, tmp_path / "missing"], secrets) == []


def test_feedback_may_quote_right_answers_but_no_test(tmp_path, secrets):
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback" / "page.html").write_bytes(highlighted(ANSWER))
    assert search([tmp_path / "feedback"], secrets, own_answers=True) == []
    (tmp_path / "feedback" / "page.html").write_bytes(highlighted(HIDDEN_TEST))
    assert search([tmp_path / "feedback"], secrets, own_answers=True)


def test_a_secret_file_without_a_canary_is_reported(secret):
    (secret / "new.py").write_text("x = 1\n", "utf-8")
    assert secrets_of(secret).without_canary == ["solutions/new.py"]
