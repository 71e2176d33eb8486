"""The hostile corpus where no namespace can be made: what the page on security does not name is stopped there too."""

import subprocess
import sys

import pytest

from tests.hostile.corpus import corpus
from tests.hostile.known import IN_CONTAINER
from tests.places import ROOT

THEMES = ("escape", "kernel", "persistence")


@pytest.mark.full
def test_without_namespaces_nothing_unknown_gets_through():
    play = [sys.executable, "-m", "tests.hostile", "--confinement", "container", *THEMES]
    command = [sys.executable, "-m", "tests.container", *play]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_what_gets_through_is_an_attack_of_the_corpus():
    assert set(IN_CONTAINER) <= {attack.name for attack in corpus()}
