"""The figure of CTC paths: what it says without a script is what the page computes."""

import json
import re

import numpy as np

from tests.places import ROOT
from unrolled.lab import ctc

FIGURE = (ROOT / "book/figures/spelling.html").read_text("utf-8")
CHANCES = np.array(json.loads(re.search(r'data-chances="([^"]+)"', FIGURE)[1]))


def test_each_step_has_a_choice_of_labels_whose_chances_sum_to_one():
    np.testing.assert_allclose(CHANCES.sum(1), 1)
    shown = re.findall(r"<span>(0\.\d\d)</span>", FIGURE)
    assert [float(one) for one in shown] == CHANCES.ravel().tolist()
    assert FIGURE.count("disabled") == FIGURE.count("<input") == CHANCES.size  # until the script is there


def test_the_still_is_the_best_path_and_its_words_are_true():
    checked = [int(one) for one in re.findall(r'value="(\d)" checked', FIGURE)]
    assert checked == CHANCES.argmax(1).tolist() and ctc.greedy(CHANCES) == (2,)
    chance, many, paths, total = re.search(
        r"probability (0\.\d+)\. All paths that spell it are (\d+) of (\d+), with (0\.\d+)", FIGURE
    ).groups()
    assert float(chance) == round(float(CHANCES.max(1).prod()), 3)
    assert float(total) == round(ctc.spelt(np.log(CHANCES))[2,], 3)
    spelling = [ctc.collapse(path) for path in np.ndindex(*[CHANCES.shape[1]] * len(CHANCES))]
    assert (spelling.count((2,)), len(spelling)) == (int(many), int(paths))


def test_the_page_computes_with_the_same_chances():
    page = (ROOT / "book/applications/speech-and-streams.md").read_text("utf-8")
    rows = re.search(r"five = np\.log\(\n(.*?)\n\)\n", page, re.DOTALL)[1]
    assert json.loads(re.sub(r",\s*\]", "]", rows)) == CHANCES.tolist()
