"""One who runs alone waits for the others, and the others wait for him; none waits for ever."""

import threading

import pytest

from autograde.grade.alone import alone, in_company


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def started(how, *, entered, leave):
    """A thread that enters, says so and stays until it may leave."""

    def stay():
        with how():
            entered.set()
            assert leave.wait(30)

    thread = threading.Thread(target=stay)
    thread.start()
    return thread


def test_several_run_in_company_and_one_runs_alone():
    events = [threading.Event() for _ in range(8)]
    first, second, lonely, third, leave_first, leave_second, leave_lonely, leave_third = events
    threads = [
        started(in_company, entered=first, leave=leave_first),
        started(in_company, entered=second, leave=leave_second),
    ]
    assert first.wait(30) and second.wait(30)
    threads.append(started(alone, entered=lonely, leave=leave_lonely))
    assert not lonely.wait(0.1)
    threads.append(started(in_company, entered=third, leave=leave_third))
    assert not third.wait(0.1), "who comes later lets him go first"
    leave_first.set()
    assert not lonely.wait(0.1)
    leave_second.set()
    assert lonely.wait(30)
    assert not third.wait(0.1)
    leave_lonely.set()
    assert third.wait(30)
    leave_third.set()
    for thread in threads:
        thread.join(30)


def test_a_place_that_is_somebody_else_s_keeps_nobody_waiting(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with alone(), in_company():
        pass
