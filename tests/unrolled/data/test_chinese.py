"""The segmenter says nothing, and leaves nothing behind."""

import os
import subprocess
import sys

from tests.places import ROOT
from unrolled.data import chinese

SENTENCE = "房间不是很大，但是很干净！OK, 3天。"


def test_words_joined_are_the_text_again():
    found = chinese.words(SENTENCE)
    assert "".join(found) == SENTENCE
    assert {"房间", "不是", "但是", "干净", "OK"} <= set(found)
    assert chinese.words("") == []


def test_the_first_use_prints_nothing_and_leaves_no_file(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", f"from unrolled.data import chinese; chinese.words({SENTENCE!r})"],
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT / "book"), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
