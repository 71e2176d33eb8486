"""The threads in which submissions run: what waits can be cancelled, and shutting down keeps nobody waiting."""

from threading import Event

from autograde.grade.threads import DaemonThreads


def test_what_is_cancelled_while_it_waits_never_runs():
    pool, begin, ran = DaemonThreads(1), Event(), []
    pool.submit(begin.wait, 10)
    cancelled, last = pool.submit(ran.append, "cancelled"), pool.submit(ran.append, "last")
    assert cancelled.cancel()
    begin.set()
    last.result(timeout=10)
    assert ran == ["last"]
    pool.shutdown()


def test_shutting_down_cancels_what_waits_and_lets_what_runs_end():
    pool, begun, end = DaemonThreads(1), Event(), Event()
    running = pool.submit(lambda: (begun.set(), end.wait(10)))
    begun.wait(10)
    waiting = pool.submit(str)
    pool.shutdown()
    assert waiting.cancelled() and not running.done()
    end.set()
    running.result(timeout=10)


def test_shutting_down_runs_what_waits_where_it_is_not_to_be_cancelled():
    pool, begin = DaemonThreads(1), Event()
    pool.submit(begin.wait, 10)
    waiting = pool.submit(lambda: 3)
    begin.set()
    pool.shutdown(wait=True, cancel_futures=False)
    assert waiting.done() and waiting.result() == 3
