"""A cache is for the student's own backward function: it comes there as it left, whatever it is."""

import copy
import os
import socket
import threading

import numpy as np
import pytest

from autograde.runner import frames, values
from autograde.runner.agent import Agent, Uninterrupted
from autograde.runner.clock import Allowance, Process
from autograde.runner.frames import WireError
from autograde.runner.remote import Link, Remote
from autograde.runner.values import THEIRS, BadValueError, Kept


class Thing:
    def __init__(self, x):
        self.x = x


class Sour:
    def __array__(self, *arguments, **named):
        raise RuntimeError("no")


def chain(x, steps):
    cache = None
    for _ in range(steps):
        cache = (x, cache)
    return cache


def itself(x):
    cache = [x]
    cache += [cache, {"me": cache}]
    return cache


def twice(x):
    h = 2 * x
    return {"first": h, "again": [h], "view": h[1:]}


def aliased(x, cache):
    cache["first"][1:] += 5
    return cache["again"][0] is cache["first"] and cache["view"][0] == cache["first"][1]


CACHES = {
    "nothing": (lambda x: None, lambda x, cache: cache is None),
    "empty": (lambda x: (), lambda x, cache: cache == ()),
    "an object": (lambda x: Thing(x), lambda x, cache: isinstance(cache, Thing) and cache.x is not None),
    "objects in a list": (lambda x: [Thing(x), Thing(x)], lambda x, cache: len(cache) == 2 and type(cache[0]) is Thing),
    "a function": (lambda x: lambda y: x + y, lambda x, cache: (cache(x) == 2 * x).all()),
    "deep": (lambda x: chain(x, 500), lambda x, cache: depth(cache) == 500),
    "many": (lambda x: [0.5] * 200_000, lambda x, cache: len(cache) == 200_000),
    "many keys": (lambda x: dict.fromkeys(range(5_000)), lambda x, cache: len(cache) == 5_000),
    "large": (lambda x: [np.zeros(3_000_000) for _ in range(4)], lambda x, cache: len(cache) == 4),
    "a large array": (lambda x: np.zeros(10_000_000), lambda x, cache: cache.size == 10_000_000),
    "an endless view": (lambda x: [np.broadcast_to(x[0], (1 << 30, 1 << 10))], lambda x, cache: cache[0].ndim == 2),
    "much text": (lambda x: ["ä" * 900_000] * 4, lambda x, cache: len(cache) == 4),
    "itself": (itself, lambda x, cache: cache[1] is cache and cache[2]["me"] is cache),
    "a generator": (lambda x: (n for n in range(3)), lambda x, cache: [next(cache), *cache] == [0, 1, 2]),
    "an endless generator": (lambda x: endless(), lambda x, cache: [next(cache) for _ in range(3)] == [0, 1, 2]),
    "generators": (lambda x: {"steps": zip([1], [2], strict=True)}, lambda x, cache: next(cache["steps"]) == (1, 2)),
    "deep generators": (lambda x: [[reversed([1, 2])]], lambda x, cache: next(cache[0][0]) == 2),
    "views of a dict": (lambda x: [{"a": 1}.keys()], lambda x, cache: list(cache[0]) == ["a"]),
    "ragged": (lambda x: np.array([[1], [1, 2]], dtype=object), lambda x, cache: cache[1] == [1, 2]),
    "what refuses to be an array": (lambda x: [Sour()], lambda x, cache: type(cache[0]) is Sour),
    "a subclass": (lambda x: [np.ma.masked_equal(x, 1.0)], lambda x, cache: isinstance(cache[0], np.ma.MaskedArray)),
    "one array twice": (twice, aliased),
    "a set of tuples": (lambda x: {(1, 2)}, lambda x, cache: cache == {(1, 2)}),
}


def depth(cache):
    count = 0
    while cache is not None:
        cache, count = cache[1], count + 1
    return count


def endless():
    n = 0
    while True:
        yield n
        n += 1


def accumulate(x, cache):
    cache[0] += x
    cache.append(x)
    return len(cache)


FUNCTIONS = {
    "plain": lambda x: (x, [x, {"h": (2 * x, x)}]),
    "total": lambda cache: float(cache[0].sum() + cache[1]["h"][0].sum()),
    "accumulate": accumulate,
    "size": lambda cache: len(cache),
    "same": lambda a, b: a is b,
    "bump": lambda a, b: a.__iadd__(1).sum() if a is b else -1.0,
    "values_of": lambda x: (n * x for n in range(3)),
    "held": lambda: held["count"](),
}
held = {}


@pytest.fixture
def link():
    """A link to an agent that has these functions."""
    made = dict(FUNCTIONS)
    for number, (forward, backward) in enumerate(CACHES.values()):
        made[f"forward{number}"] = lambda x, forward=forward: (x, forward(x))
        made[f"backward{number}"] = lambda x, cache, backward=backward: bool(backward(x, cache))
    ours, theirs = socket.socketpair()
    channel = Uninterrupted(theirs)
    agent = Agent(channel, made)
    held["count"] = lambda: len(agent.objects)

    def serve():
        while True:
            try:
                message, blob = channel.receive()
            except WireError:
                return
            agent.answer(message, blob)

    thread = threading.Thread(target=serve)
    thread.start()
    yield Link(frames.Channel(ours), Allowance(Process(os.getpid()), processor=60, asleep=60, wall=240))
    ours.close()
    thread.join(10)


def begun(link, *names):
    found = link.begin(0, list(names))
    return [found[name] for name in names]


X = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("number", range(len(CACHES)), ids=CACHES)
def test_a_cache_comes_back_as_it_left(link, number):
    forward, backward = begun(link, f"forward{number}", f"backward{number}")
    for _ in range(2):
        answer, cache = forward(X)
        assert (answer == X).all()
        assert backward(X, cache) is True


def test_a_test_looks_into_a_cache_of_data_and_may_change_it(link):
    plain, total = begun(link, "plain", "total")
    _, cache = plain(X)
    assert isinstance(cache, list) and (cache[1]["h"][0] == 2 * X).all()
    assert total(cache) == 18.0
    cache[0][:] = 0
    assert total(cache) == 12.0, "what the test has changed counts"
    _, cache = plain(X)
    cache[1]["h"] = (X, X)
    assert total(cache) == 12.0


def test_what_a_call_does_to_a_cache_is_done_to_the_test_s(link):
    plain, accumulate, size = begun(link, "plain", "accumulate", "size")
    _, cache = plain(X)
    held_array = cache[0]
    assert [accumulate(X, cache), accumulate(X, cache)] == [3, 4]
    assert (held_array == 3 * X).all() and len(cache) == 4 and size(cache) == 4


def test_a_copy_of_a_cache_is_the_test_s_own(link):
    plain, accumulate, size = begun(link, "plain", "accumulate", "size")
    _, cache = plain(X)
    for copied in (copy.deepcopy(cache), copy.copy(cache), cache[:], list(cache)):
        assert not isinstance(copied, Kept)
    copied = copy.deepcopy(cache)
    accumulate(X, cache)
    assert size(copied) == 2 and (copied[0] == X).all()


def test_one_array_passed_twice_is_one_array_over_there(link):
    same, bump = begun(link, "same", "bump")
    a = np.ones(3)
    assert same(a, a) is True and same(a, np.ones(3)) is False
    assert bump(a, a) == 6.0 and (a == 2).all()


def test_what_would_come_one_by_one_can_be_read_by_a_test(link):
    (values_of,) = begun(link, "values_of")
    assert values_of(2.0) == [0.0, 2.0, 4.0]


def test_what_no_test_holds_any_more_is_forgotten_over_there(link):
    plain, total, count = begun(link, "plain", "total", "held")
    for _ in range(200):
        _, cache = plain(X)
        total(cache)
    assert count() < 20


def test_a_whole_cache_that_cannot_cross_answers_no_question_of_a_test(link):
    number = list(CACHES).index("many")
    (forward,) = begun(link, f"forward{number}")
    _, cache = forward(X)
    assert isinstance(cache, Remote)
    with pytest.raises(TypeError):
        bool(cache)


@pytest.mark.parametrize(
    "tree",
    [
        ["again", 0],
        ["list", [["array", "<f8", [1], "C"], ["again", 1]]],
        ["list", [["array", "<f8", [1], "C"], ["again", -1]]],
        ["list", [["array", "<f8", [1], "C"], ["again", True]]],
        ["kept", ["theirs", "1", False], ["list", []]],
        ["kept", ["yours", 1, False], ["list", []]],
        ["kept", ["theirs", 1, False], ["array", "<f8", [1], "C"]],
        ["kept", ["theirs", 1, False], ["kept", ["theirs", 1, False], ["none"]]],
    ],
)
def test_what_no_student_s_side_writes_is_refused(tree):
    with pytest.raises(BadValueError):
        values.decode(tree, b"\0" * 64, take=lambda *handle: None)


def test_an_array_that_is_there_twice_crosses_once():
    blobs = []
    tree = values.encode([X, [X]], blobs)
    assert len(blobs) == 1
    one, (other,) = values.decode(tree, b"".join(blobs))
    assert one is other


def test_a_kept_container_goes_back_by_its_handle():
    blobs = []
    numbers = iter(range(1, 9))
    tree = values.encode_answer((X, [X, X]), blobs, lambda value, **options: [THEIRS, next(numbers), False])
    _, cache = values.decode(tree, b"".join(blobs), take=lambda *handle: None)
    assert values.encode(cache, [], came=lambda value, **options: []) == ["yours", 1]
