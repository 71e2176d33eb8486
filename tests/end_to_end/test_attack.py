"""The hostile corpus and the honest class, exports, and that the measuring of attacks sees what must not be."""

import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.attacks import CORPUS, LIMITED, SECONDS_PER_CELL
from tests.hostile import exports, measure, stock
from tests.hostile.attack import EVERYTHING, Attack, cell, graded, most_points
from tests.hostile.corpus import THEMES
from tests.hostile.group import grade_class
from tests.hostile.measure import Page, deserved
from tests.hostile.protocol import EVERY_TEST
from tests.hostile.scene import HALF, SLUG, left_behind

# As library.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]


def test_the_corpus_is_large_and_every_student_is_another():
    assert len(CORPUS) >= 60
    assert set(LIMITED) <= {attack.name for attack in CORPUS}
    assert len({attack.name for attack in CORPUS}) == len(CORPUS)
    assert len({attack.id for attack in CORPUS}) == len(CORPUS)
    assert min(Counter(attack.theme for attack in CORPUS).values()) >= 5
    assert len(Counter(attack.theme for attack in CORPUS)) == len(THEMES)


@pytest.mark.parametrize("export", exports.EXPORTS, ids=lambda export: export.name)
def test_an_export_leads_nowhere_else(made, export):
    assert exports.play(made.scenes[SLUG], export, made.tripwires).fails == []


def test_honest_students_get_the_same_points_in_a_class_of_attackers(made):
    # Some of every theme; what runs into limits was graded alone above.
    quick = [attack for attack in CORPUS if attack.assignment == SLUG and attack.timeouts == 0]
    attacks = [attack for number, attack in enumerate(quick) if number % 8 == 0 or attack.theme == "persistence"]
    scene = made.scenes[SLUG]
    alone = grade_class(scene, [], made.tripwires, timeout=SECONDS_PER_CELL)
    together = grade_class(scene, attacks, made.tripwires, timeout=SECONDS_PER_CELL)
    assert alone.fails == together.fails == []
    assert alone.points == together.points
    half = sum(deserved(scene, Attack("", "", right=(name,))) for name in HALF)
    lost = 8  # of a wrong rnn_step: its values and edges, and those of rnn_forward
    most = most_points(scene.release)
    assert 0 < half < most - lost
    assert sorted(alone.points.values()) == [0.0, half, most - lost, most, most]


def test_stock_nbgrader_falls_for_an_attack_that_earns_nothing_here(made):
    redefined = next(attack for attack in CORPUS if attack.name == "check-redefined")
    (found,) = stock.run(made.scenes[SLUG], [redefined])
    assert found.points > found.deserved == 0


@pytest.mark.parametrize(
    ("attack", "sign"),
    [
        (cell("w1", "", right=EVERYTHING), None),
        (cell("w2", "", 'won("outside")'), "PWNED: outside"),
        (cell("w3", "", 'print("unrolled-" + "canary-" + "0" * 12)'), "a canary"),
        (cell("w4", "", 'print(SCENE["marker"])'), "the bait"),
        (cell("w5", "", 'print("exf" + "il_1234")'), "a hidden input"),
        (cell("w6", "", 'print("hid" + "den=\'values\'")'), "a hidden test"),
        (cell("w7", "", "import time; time.sleep(1000)", last="import time; time.sleep(1000)"), "s are allowed"),
        (Attack("w8", "", lambda scene: b"", student="{curly}"), "was not graded"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_measuring_sees_what_must_not_be(made, attack, sign, monkeypatch):
    monkeypatch.setattr(measure, "is_busy", lambda: False)
    verdict = made.play(attack, timeout=5 if sign == "s are allowed" else SECONDS_PER_CELL)
    assert verdict.fails == [] if sign is None else any(sign in fail for fail in verdict.fails)


def test_unearned_points_are_seen(made):
    scene = made.scenes[SLUG]
    cheat = Attack("w9", "", cell("w9", "", right=EVERYTHING).build)
    verdict = made.play(cheat, timeout=SECONDS_PER_CELL)
    assert verdict.points == most_points(scene.release) and "of which it deserves 0" in verdict.fails[0]
    assert len(graded(scene.release)) == EVERY_TEST


def test_the_tripwires_are_awake(made, tmp_path):
    scene = made.scenes[SLUG]
    socket.create_connection(("127.0.0.1", scene.known["port"])).close()
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(scene.known["socket"])
    Path(scene.known["home"], "pwned-here").touch()
    end = time.monotonic() + 10
    touched = []
    while len(touched) < 2 and time.monotonic() < end:
        touched += made.tripwires.take()
    assert len(touched) == 2
    assert [found.rpartition("/")[2] for found in left_behind(scene)] == ["pwned-here"]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x</script>", "<img src=x onerror=x>", "<svg onload=x>", "<a href='javascript:x'>", "<iframe></iframe>",
        "<a href='data:text/html,x'>", "<link rel=stylesheet href=x>", "<img src=http://192.0.2.1/x>", "<base href=x>",
        "<meta http-equiv=refresh content=0>", "<form action=x>", "<img src=//192.0.2.1/x>", "<object data=x>",
        "<script>x", "<script src=x></script>", "<script type='module'>x</script>",
    ],
)  # fmt: skip
def test_a_page_that_could_run_or_load_something_is_seen(markup):
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    assert Page(policy).found == []
    assert Page(policy + markup).found != []
    assert Page("<p>x</p>").found != []
