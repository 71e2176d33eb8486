"""Tapes: what a function does is recorded with other numbers, replayed on given ones, and counted there."""

import json

import numpy as np
import pytest

from unrolled import account
from unrolled.checking.probes import counted
from unrolled.checking.tape import (
    LARGEST_LITERAL,
    Account,
    NotCountedError,
    ReadsNumbersError,
    Tape,
    TooMuchWorkError,
    WrongTapeError,
    counted_call,
    record,
    replay,
)

RNG = np.random.default_rng(0)
X, W, U, b = (RNG.standard_normal(shape) for shape in ((5, 3, 4), (4, 2), (2, 2), (2,)))


def naive(X, W, U, b):
    h, states = np.zeros((X.shape[1], len(U))), []
    for x in X:
        h = np.tanh(x @ W + h @ U + b)
        states.append(h)
    return np.stack(states), h


def in_place(X, W, U, b):
    T, B, _ = X.shape
    Hs = X.reshape(T * B, -1) @ W
    Hs += b
    Hs = Hs.reshape(T, B, -1)
    h, room = np.zeros((B, len(U)), X.dtype), np.empty((B, len(U)), X.dtype)
    for t in range(T):
        np.matmul(h, U, out=room)
        Hs[t] += room
        h = np.tanh(Hs[t], out=Hs[t])
    return Hs, Hs[-1].copy()


def test_a_replay_gives_what_the_function_gives_and_counts():
    for function, wanted in ((naive, Account(10, 27, 0)), (in_place, Account(6, 20, 0))):
        answers, used = replay(record(function, X, W, U, b), (X, W, U, b))
        for mine, right in zip(answers, function(X, W, U, b), strict=True):
            np.testing.assert_array_equal(mine, right)
        assert (used.products, used.calls) == (wanted.products, wanted.calls)
    assert used.bytes == 8 * (5 * 3 * 2 + 3 * 3 * 2)  # the sums, two buffers, the copy


def test_one_s_own_function_is_counted_without_a_tape():
    for function in (naive, in_place):
        answers, used = counted_call(function, X, W, U, b)
        again, counts = replay(record(function, X, W, U, b), (X, W, U, b))
        assert used == counts
        for one, other in zip(answers, again, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_function_sees_none_of_the_numbers():
    seen = []

    def spying(x):
        seen.append(x._array.copy())
        return x + 1

    record(spying, X)
    assert not np.isin(seen[0], X).any()


def test_what_is_written_into_an_argument_is_written():
    def wrong(x):
        x[0] = 0
        x *= 2
        return x

    given = X.copy()
    (answer, _) = replay(record(wrong, given), (given,))
    np.testing.assert_array_equal(given[0], 0)
    assert np.shares_memory(answer, given)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.concatenate([x, x[:1]], axis=0),
        lambda x: np.stack([x[0], x[1]]),
        lambda x: np.array([x[0], x[1] * 2]),
        lambda x: np.asarray(x, dtype=float).sum(axis=(0, 1)),
        lambda x: np.where(x > 0, x, -x),
        lambda x: np.einsum("tbd,tbe->de", x, x),
        lambda x: np.tensordot(x, x, axes=([0, 1], [0, 1])),
        lambda x: np.dot(x[0].T, x[0]),
        lambda x: x.reshape(-1, 4).T @ x.reshape((-1, 4)),
        lambda x: sum(np.split(x, 2, axis=2)),
        lambda x: x.swapaxes(0, 1)[::-1, None, ..., 1:],
        lambda x: np.maximum(x, 0.5).mean(),
        lambda x: np.zeros_like(x) + np.ones(4) + np.full((3, 1), 2.0),
        lambda x: x[x > 0],
        lambda x: x[np.array([2, 0])],
        lambda x: x.astype(np.float32) * np.float32(0.1),
        lambda x: np.add.reduce(x) + x.max() - np.sum(x, axis=0, keepdims=True),
        lambda x: np.clip(x, -1, 1).copy().transpose(2, 0, 1),
        lambda x: np.flip(x, axis=0) ** 2,
        lambda x: np.float64(2) * x / 3,
    ],
)
def test_what_numpy_can_do(function):
    answer, _ = replay(record(function, X), (X,))
    wanted = function(X)
    np.testing.assert_array_equal(answer, wanted)
    assert answer.dtype == wanted.dtype


@pytest.mark.parametrize(
    ("function", "products", "calls"),
    [
        (lambda x: x.T[1:].reshape(9, 5)[..., 0], 0, 1),  # that reshape copies
        (lambda x: x.reshape(15, 4).T[::2, None], 0, 0),
        (lambda x: x @ x.swapaxes(1, 2), 1, 1),
        (lambda x: np.einsum("tbd,tbd->tbd", x, x), 0, 1),
        (lambda x: np.einsum("tbd,tbe,def->f", x, x, np.ones((4, 4, 2))), 2, 2),
        (lambda x: np.dot(x, 2.0), 0, 1),
        (lambda x: np.inner(x[0], x[0]) + np.tensordot(x[0], x[1]), 2, 3),
    ],
)
def test_what_counts(function, products, calls):
    _, used = replay(record(function, X), (X,))
    assert (used.products, used.calls) == (products, calls)


KEPT = np.zeros((5, 3, 4))


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda x: float(x[0, 0, 0]), ReadsNumbersError),
        (lambda x: x if x.sum() > 0 else -x, ReadsNumbersError),
        (lambda x: x[0, 0, 0].item(), ReadsNumbersError),
        (lambda x: KEPT.__setitem__(0, x[0]), ReadsNumbersError),
        (lambda x: np.tanh(x, out=KEPT), NotCountedError),
        (lambda x: np.copyto(KEPT, x), NotCountedError),
        (lambda x: np.linalg.norm(x), NotCountedError),
        (lambda x: np.kron(x, x), NotCountedError),
        (lambda x: x.astype(complex), NotCountedError),
        (lambda x: x.view(np.int64), NotCountedError),
        (lambda x: {"h": x}, NotCountedError),
        (lambda x: np.zeros(LARGEST_LITERAL * 300), TooMuchWorkError),
    ],
)
def test_what_cannot_be_counted_is_refused(function, error):
    with pytest.raises(error):
        record(function, X)
    assert np.zeros is np.zeros and isinstance(np.zeros(2), np.ndarray)  # numpy is as it was


def test_an_array_of_an_earlier_call_is_refused():
    kept = []

    def remembering(x):
        kept.append(x)
        return kept[0] + x

    record(remembering, X)
    with pytest.raises(NotCountedError):
        record(remembering, X)


def tape(*operations, returned=None, literals=()):
    return Tape(json.dumps({"operations": operations, "returned": returned}), [*literals])


FIRST = {"value": 0}


@pytest.mark.parametrize(
    "hostile",
    [
        Tape("", []),
        Tape("[" * 100_000, []),
        Tape("[]", []),
        Tape('{"operations": 3, "returned": null}', []),
        tape(3),
        tape(["load", ["/etc/passwd"], {}]),
        tape(["__import__", ["os"], {}]),
        tape(["add", [FIRST, {"value": 7}], {}]),
        tape(["add", [FIRST, {"value": -1}], {}]),
        tape(["add", [FIRST, {"literal": 0}], {}]),
        tape(["add", [FIRST], {"out": {"tuple": [{"value": 9}]}}]),
        tape(["add", [FIRST, 10**40], {}]),
        tape(["add", [FIRST, "text"], {}]),
        tape(["index", [FIRST, {"slice": [0, "b", None]}], {}]),
        tape(["index", [7, 0], {}]),
        tape(["set", [FIRST, 0], {}]),
        tape(["reduce", ["matmul", FIRST], {}]),
        tape(["astype", [FIRST, {"type": "object"}], {}]),
        tape(["astype", [FIRST, "object"], {}]),
        tape(["array", [["a", {"value": 0}]], {"dtype": "object"}]),
        tape(["zeros", [{"tuple": [2**30, 2**30]}], {}]),
        tape(["zeros", [2**28], {}]),
        tape(["zeros", [[2**10] * 6], {}]),
        tape(["empty_like", [FIRST], {"shape": [2**28]}]),
        tape(["broadcast_to", [FIRST, {"tuple": [2**20, 5, 3, 4]}], {}]),
        tape(["split", [FIRST, 2**29], {}]),
        tape(["outer", [{"literal": 0}, {"literal": 0}], {}], literals=[np.zeros(10_000)]),
        tape(["einsum", ["a,b->ab", {"literal": 0}, {"literal": 0}], {}], literals=[np.zeros(10_000)]),
        tape(["einsum", [*["a,b,c,d->", *[{"literal": 0}] * 4]], {}], literals=[np.zeros(10_000)]),
        tape(["index", [FIRST, {"literal": 0}], {}], literals=[np.zeros((10_000, 10), int)]),
        tape(*[["zeros", [2**20], {}]] * 100),
        tape(*[["negative", [FIRST], {}]] * 30_000),
        tape(returned={"value": 2}),
        tape(returned={"value": 0, "literal": 0}),
        tape(returned=[[[[[[[[[[]]]]]]]]]]),
    ],
)
def test_what_is_no_sensible_tape_is_refused(hostile):
    with pytest.raises(Exception) as raised:  # whatever it is, it is the student's failure
        replay(hostile, (X,))
    assert isinstance(raised.value, WrongTapeError | TooMuchWorkError | TypeError | ValueError | IndexError)


class Elsewhere:
    """Stands for a function of another process, which answers as it likes."""

    def __init__(self, answer):
        self.answer = answer

    def __unrolled_tape__(self, arguments):
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [None, 3, ("{}",), (3, []), ("{}", [3]), ("{}", [np.zeros(LARGEST_LITERAL + 1)]), ("{}", [np.array(["a"])])],
)
def test_what_comes_from_elsewhere_has_to_be_a_tape(answer):
    with pytest.raises(WrongTapeError):
        record(Elsewhere(answer), X)


def test_the_probe_gives_outputs_and_counts():
    probe = {"outputs": 2, "sizes": {"T": [0, 0], "B": [0, 1], "H": [2, 0]}, "least": 5}
    allowed = {"products": "T + 1", "calls": "4 T + 8", "bytes": "8 T B H + 16 B H + 64"}
    *_, work = counted(naive, **probe, **allowed)(X, W, U, b)
    assert work[:3] == [5, 10, 6]
    *_, work = counted(in_place, **probe, **allowed)(X, W, U, b)
    assert work[:5] == [5, 6, 6, 20, 28]
    *_, work = counted(naive, **probe | {"least": 6}, **allowed)(X, W, U, b)
    assert work[1:3] == [0, 6]


def test_a_student_sees_the_account(capsys):
    assert account(in_place, X, W, U, b).products == 6
    printed = capsys.readouterr().out
    assert "6 matrix products, 20 calls" in printed and "np.matmul(h, U, out=room)" in printed
