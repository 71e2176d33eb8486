"""Collecting costs in proportion to the class: counted on a small class and on larger ones."""

import random
import shutil
import sys
import tracemalloc
import zipfile
from collections import Counter

import pytest

from autograde.collect.collect import collect

FEW = 4
LONG = 300_000  # characters of a notebook
seen_by: list[Counter[str]] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if seen_by and event in ("open", "os.listdir", "os.scandir"):
        seen_by[-1][event] += 1


@pytest.fixture(scope="module", autouse=True)
def watching():
    sys.addaudithook(watch)  # it stays as long as the process, and counts in `counted` alone


@pytest.fixture
def export(tmp_path):
    """A zip file as Moodle gives it out, of so many people."""

    def write(size, length=1_000):
        path = tmp_path / f"{size}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(size):
                text = f"{random.Random(number).getrandbits(4 * length):x}"  # what repeats itself could be a bomb
                archive.writestr(f"Number {number}_{500 + number}_assignsubmission_file_/tiny.ipynb", text)
        return path

    return write


def counted(course, source):
    found: Counter[str] = Counter()
    seen_by.append(found)
    try:
        rows = collect(course, [source])
    finally:
        seen_by.pop()
    return found, Counter(row.status for row in rows)


def test_files_are_opened_in_proportion_and_folders_listed_as_often_for_many_as_for_few(course, export):
    for again in (False, True):
        collect(course, [export(1)])  # what is imported on the way does not count
        found = []
        for size in (FEW, 2 * FEW, 4 * FEW):
            if not again:
                shutil.rmtree(course.submitted, ignore_errors=True)
                course.collected.unlink(missing_ok=True)
            counts, statuses = counted(course, export(size))
            assert statuses == {"unchanged" if again else "new": size}
            found.append(counts)
        opened = [counts["open"] for counts in found]
        assert opened[2] - opened[1] == 2 * (opened[1] - opened[0]) > 0
        assert len({counts["os.listdir"] + counts["os.scandir"] for counts in found}) == 1


def test_no_more_than_a_few_notebooks_are_held_at_a_time(course, export):
    peaks = []
    collect(course, [export(1)])  # what is imported and kept once does not count
    for size in (FEW, 4 * FEW):
        source = export(size, LONG)
        tracemalloc.start()
        try:
            collect(course, [source])
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < LONG / 2
