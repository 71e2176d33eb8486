"""Several calls of a student's function in one exchange: the same as one by one."""

import os
import socket
import threading

import numpy as np
import pytest

from autograde.runner import frames
from autograde.runner.agent import Agent, Uninterrupted
from autograde.runner.clock import Allowance, Process
from autograde.runner.frames import WireError
from autograde.runner.remote import Link
from solutions.exercises.catalogue import contract_of
from solutions.judge import judge
from solutions.judging.contract import Contract
from solutions.kept import visible_fixture
from unrolled.checking.check import CheckFailed
from unrolled.checking.fixtures import save
from unrolled.checking.independence import GOES_ON, SHARED, USED_UP, dependence
from unrolled.checking.outcome import call, calls
from unrolled.checking.outputs import near, opaque
from unrolled.checking.probes import Probe
from unrolled.checking.tape import Account, counted_call


def rnn_step(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)
    return h_next, (x, h, W, U, h_next)


def without_bias(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U)
    return h_next, (x, h, W, U, h_next)


def doubled(a):
    return 2 * a


def halved(a):
    a /= 2
    return a.sum(), a


def picky(a):
    if a.size > 3:
        raise ValueError("too many")
    return np.log(a)


def counted(a):
    counted.calls += 1
    return np.array(counted.calls)


def long(a):
    return np.full(int(a[0]), 0.5)


def listed(a):
    return [0.5] * int(a[0])


def itself(a):
    return a


def squared(a):
    return a**2, [a]


def in_place(a, W):
    rows = np.zeros((len(a), 2))
    for t in range(len(a)):
        np.matmul(W, a[t], out=rows[t])
        rows[t] += np.array([1.0, 2.0])
        np.tanh(rows[t], out=rows[t])
    return rows


def reads_a_number(a):
    return a if a[0, 0] > 0 else -a


def overwrites(a):
    a *= 2
    return a + 1


def with_numpys_errors(a):
    if a.ndim < 2:
        return np.sum(a, axis=1)
    a += 0.5  # of whole numbers
    return np.linalg.inv(a)


def popped(upstream, cache):
    return 2 * upstream * cache.pop()


def with_a_cache(a, W):
    return np.tanh(a @ W), [a, W, np.ones(10_000)]


def backward(d, cache):
    a, W, _ = cache
    return (d * (1 - np.tanh(a @ W) ** 2)) @ W.T


def backward_in_place(d, cache):
    d *= 2
    cache[0][:] = 0
    return d


def without_a_cache(a, W):
    return None


def as_it_lies_there(a):
    return np.empty(a.shape), np.empty_like(a)


def in_part(a):
    return np.exp(a, where=a > 0)


MINE = (doubled, halved, picky, counted, long, listed, itself, squared, with_numpys_errors, popped)
MINE += (in_place, reads_a_number, overwrites, as_it_lies_there, in_part)
MINE += (rnn_step, without_bias, with_a_cache, backward, backward_in_place, without_a_cache)


@pytest.fixture
def link():
    """A link to an agent that has these functions, and how many questions it was asked."""
    counted.calls = 0
    ours, theirs = socket.socketpair()
    channel = Uninterrupted(theirs)
    agent = Agent(channel, {f.__name__: f for f in MINE})
    asked, sizes = [], []

    def serve():
        while True:
            try:
                message, blob = channel.receive()
            except WireError:
                return
            asked.append(message["do"])
            sizes.append(len(blob))
            agent.answer(message, blob)

    thread = threading.Thread(target=serve)
    thread.start()
    link = Link(frames.Channel(ours), Allowance(Process(os.getpid()), processor=60, asleep=60, wall=240))
    link.asked, link.sizes = asked, sizes
    yield link
    ours.close()
    thread.join(10)
    assert not thread.is_alive()


def outcomes(function, inputs, outputs, forbid):
    found = calls(function, [({"a": a}, forbid) for a in inputs], outputs)
    return [
        (one.raised, one.said, one.changed, {name: np.asarray(value).tolist() for name, value in one.outputs.items()})
        for one in found
    ]


INPUTS = [np.arange(1.0, 4.0), np.arange(4.0), np.ones(2), np.zeros(1)]


@pytest.mark.parametrize("forbid", [False, True])
@pytest.mark.parametrize(
    ("function", "outputs"),
    [(doubled, near("b")), (halved, near("sum", "b")), (picky, near("b")), (counted, near("n"))],
)
def test_they_give_what_a_call_each_gives(link, function, outputs, forbid):
    expected = outcomes(function, INPUTS, outputs, forbid)
    counted.calls = 0
    remote = link.begin(0, [function.__name__])[function.__name__]
    assert outcomes(remote, INPUTS, outputs, forbid) == expected
    assert link.asked == ["test", "calls"]


def test_what_no_message_holds_comes_one_by_one(link, monkeypatch):
    monkeypatch.setattr(frames, "LARGEST_BLOB", 10_000)  # bytes: one answer of these fits, two do not
    inputs = [np.array([1_000.0])] * 3
    remote = link.begin(0, ["long"])["long"]
    assert outcomes(remote, inputs, near("b"), False) == outcomes(long, inputs, near("b"), False)
    assert link.asked == ["test", "calls", *["calls"] * 3]


def test_each_answer_may_have_as_many_parts_as_one_alone(link):
    inputs = [np.array([30_000.0])] * 3
    remote = link.begin(0, ["listed"])["listed"]
    assert [len(one[3]["b"]) for one in outcomes(remote, inputs, near("b"), False)] == [30_000] * 3


def test_what_nobody_looks_into_stays_there(link, monkeypatch):
    received = []
    receive = link.channel.receive
    monkeypatch.setattr(link.channel, "receive", lambda **options: received.append(receive(**options)) or received[-1])
    remote = link.begin(0, ["with_a_cache"])["with_a_cache"]
    outputs, given = (*near("h"), opaque()), [({"a": np.ones((2, 3)), "W": np.ones((3, 4))}, False)] * 2
    for mine, other in zip(calls(remote, given, outputs), calls(with_a_cache, given, outputs), strict=True):
        np.testing.assert_array_equal(mine.outputs["h"], other.outputs["h"])
        assert list(mine.outputs) == list(other.outputs) == ["h"] and not mine.changed
    assert len(received[-1][1]) == 2 * 8 * 8  # h alone, twice


@pytest.mark.parametrize(
    ("forward", "behind"),
    [("with_a_cache", "backward"), ("with_a_cache", "backward_in_place"), ("without_a_cache", "backward")],
)
def test_a_backward_function_meets_its_cache_where_both_live(link, forward, behind):
    rng = np.random.default_rng(0)
    given = [
        ({"a": rng.normal(size=(n, 3)), "W": rng.normal(size=(3, 4)), "d": rng.normal(size=(n, 4))}, False)
        for n in (1, 2, 3)
    ]
    names = link.begin(0, [forward, behind])
    probe, here = Probe("through_cache", {"upstream": 1}), globals()
    mine = calls(probe(names[behind], names[forward]), given, near("da"))
    assert link.asked == ["test", "calls"]  # for all cases, forward and backward
    for one, other in zip(mine, calls(probe(here[behind], here[forward]), given, near("da")), strict=True):
        assert (one.raised, one.said, one.changed) == (other.raised, other.said, other.changed)
        assert {name: value.tolist() for name, value in one.outputs.items()} == {
            name: value.tolist() for name, value in other.outputs.items()
        }


@pytest.mark.parametrize("forward", [None, "with_a_cache"])
def test_arguments_that_are_there_are_not_sent_again(link, forward):
    names = link.begin(0, ["doubled", "backward", "with_a_cache"])
    rng = np.random.default_rng(0)
    if forward is None:
        probe, objects = Probe(), [names["doubled"]]
        cases = [{"a": rng.normal(size=50)} for _ in range(3)]
    else:
        probe, objects = Probe("through_cache", {"upstream": 1}), [names["backward"], names[forward]]
        cases = [dict(zip("aWd", rng.normal(size=(3, 4, 4)), strict=True)) for _ in range(3)]
    calls(probe(*objects), [(case, False) for case in cases], near("out"))
    assert dependence(probe, objects, [[*case.values()] for case in cases], ["near"]) is None
    assert (link.asked[-2:], link.sizes[-1]) == (["calls", "dependence"], 0)
    other = [[value + 1 for value in case.values()] for case in cases]
    assert dependence(probe, objects, other, ["near"]) is None
    assert link.sizes[-1] == sum(value.nbytes for case in other for value in case)


PARTS = {"shapes": ["calls"], "values": ["calls"], "edges": ["calls", "dependence"]}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_takes_one_exchange_and_one_more_names_a_mistake(link, part, tmp_path, monkeypatch):
    contract = contract_of("rnn_step")
    save({"rnn_step": visible_fixture(contract)}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    # A known mistake is neither made nor executed: what it gives stands in the fixtures.
    monkeypatch.setattr(Contract, "known", lambda self: pytest.fail("the known mistakes were made"))
    right = link.begin(0, ["rnn_step"])["rnn_step"]
    judge(right, "rnn_step", part, "a key")
    assert link.asked == ["test", *PARTS[part]]
    if part != "shapes":
        with pytest.raises(CheckFailed) as failed:
            judge(link.begin(0, ["without_bias"])["without_bias"], "rnn_step", part, "a key")
        assert failed.value.message.misconception is not None
        assert link.asked[-2:] == ["calls", "calls"]


def test_dependence_is_found_where_the_function_lives(link):
    names = link.begin(0, ["doubled", "itself", "counted", "squared", "popped"])
    cases = [[np.arange(4.0)], [np.ones(2)]]
    through = Probe("through_cache", {"upstream": 1})

    def found(*objects, probe=Probe(), cases=cases):  # noqa: B008
        return dependence(probe, [names[name] for name in objects], cases, ["near"])

    assert found("doubled") is None
    assert found("itself") is SHARED
    assert found("counted") is GOES_ON
    assert found("popped", "squared", probe=through, cases=[[np.arange(4.0), np.ones(4)]]) is USED_UP
    assert link.asked.count("dependence") == 4


def test_work_is_recorded_where_the_function_lives_and_counted_here(link):
    names = link.begin(0, ["in_place", "reads_a_number", "overwrites"])
    a, W = np.arange(6.0).reshape(3, 2), np.eye(2) * 0.5
    answer, used = counted_call(names["in_place"], a, W)
    np.testing.assert_array_equal(answer, in_place(a, W))
    assert used == counted_call(in_place, a, W)[1] == Account(3, 10, 48)
    assert (
        call(lambda x: counted_call(names["reads_a_number"], x)[0], {"a": a}, near("b")).raised == "ReadsNumbersError"
    )
    assert call(lambda x: counted_call(names["overwrites"], x)[0], {"a": a}, near("b")).changed == ("a",)
    assert link.asked == ["test", *["tape"] * 3]


def test_a_tape_reads_no_memory_that_the_judge_used_before(link):
    names = link.begin(0, ["as_it_lies_there", "in_part"])
    a = np.arange(1.0, 4097.0).reshape(64, 64)
    right = np.exp(-a)  # what the judge computed, and let go
    del right
    answers, used = counted_call(names["as_it_lies_there"], a)
    assert not any(answer.any() for answer in answers) and used.calls == 2
    assert call(lambda x: counted_call(names["in_part"], x)[0], {"a": a}, near("b")).raised == "NotCountedError"


def test_errors_are_of_one_kind_here_and_there(link):
    elsewhere = link.begin(0, ["with_numpys_errors"])["with_numpys_errors"]
    inputs = {"AxisError": np.ones(2), "TypeError": np.eye(2, dtype=int), "LinAlgError": np.full((2, 2), 0.5)}
    for kind, a in inputs.items():
        assert call(with_numpys_errors, {"a": a}, near("b")).raised == kind
        assert call(elsewhere, {"a": a}, near("b")).raised == kind
