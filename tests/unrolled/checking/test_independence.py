"""Calls that disturb each other, and answers that share memory, are found by calls alone."""

import numpy as np
import pytest

from unrolled.checking import independence
from unrolled.checking.independence import dependence
from unrolled.checking.outputs import NEAR, OPAQUE
from unrolled.checking.probes import Probe

ARGUMENTS = {"X": np.arange(12.0).reshape(4, 3), "W": np.arange(6.0).reshape(3, 2)}
FORWARD_THEN_BACKWARD = ARGUMENTS | {"dY": np.arange(8.0).reshape(4, 2) - 3}
THROUGH_CACHE = Probe("through_cache", {"upstream": 1})


def times(X, W):
    return X @ W


def forward(X, W):
    return np.tanh(X @ W), {"X": X, "W": W, "used": [1]}


def backward(dY, cache):
    return dY @ cache["W"].T, cache["X"].T @ dY


def of_calls(function, kinds=(NEAR,), arguments=ARGUMENTS):
    return dependence(Probe(), [function], [list(arguments.values())], kinds)


def of_passes(backward, forward=forward):
    return dependence(THROUGH_CACHE, [backward, forward], [list(FORWARD_THEN_BACKWARD.values())], (NEAR, NEAR))


def test_what_keeps_to_itself_is_let_be():
    assert of_calls(times) is None
    assert of_calls(lambda X, W: (X @ W, {"X": X}), (NEAR, OPAQUE)) is None  # a cache may hold what it was given
    assert of_calls(lambda X, W: X.T) is independence.SHARED
    assert of_calls(lambda X, W: X.T.copy()) is None
    assert of_passes(backward) is None


def test_a_cache_may_be_anything():
    class Cache:
        def __init__(self, X, W):
            self.X, self.W, self.itself = X, W, self

    def with_object(X, W):
        return X @ W, Cache(X, W)

    def from_object(dY, cache):
        return dY @ cache.itself.W.T, cache.X.T @ dY

    assert of_passes(from_object, with_object) is None


def test_an_answer_that_shares_its_memory_with_an_argument_is_found():
    assert of_calls(lambda X, W: X) is independence.SHARED
    assert of_calls(lambda X, W: (X @ W, X[1:]), (NEAR, NEAR)) is independence.SHARED

    def passes_on(dY, cache):
        return dY, cache["X"].T @ dY

    assert of_passes(passes_on) is independence.SHARED


def test_memory_that_is_shared_for_some_arguments_alone_is_found():
    def unchanged_where_small(X, W):
        return X if len(X) == 1 else X.copy()

    cases = [[np.ones((rows, 3)), np.ones(2)] for rows in (4, 1, 3)]
    assert dependence(Probe(), [unchanged_where_small], cases, (NEAR,)) is independence.SHARED
    assert dependence(Probe(), [unchanged_where_small], cases[:1], (NEAR,)) is None


def test_one_buffer_for_all_calls_is_found():
    buffer = np.zeros((4, 2))

    def into_buffer(X, W):
        buffer[...] = X @ W
        return buffer

    assert of_calls(into_buffer) is independence.ONE_BUFFER
    gradient = np.zeros((4, 3))

    def into_gradient(dY, cache):
        gradient[...] = dY @ cache["W"].T
        return gradient, cache["X"].T @ dY

    assert of_passes(into_gradient) is independence.ONE_BUFFER


def test_a_buffer_that_grows_with_the_shapes_is_found_too():
    buffers = {}

    def into_buffer(X, W):
        buffer = buffers.setdefault(X.shape, np.zeros((len(X), W.shape[1])))
        np.matmul(X, W, out=buffer)
        return buffer

    assert of_calls(into_buffer) is independence.ONE_BUFFER


def test_what_goes_on_from_the_last_call_is_found():
    state = [np.zeros(2)]

    def goes_on(X, W):
        state[0] = state[0] + (X @ W).sum(axis=0)
        return X @ W + state[0]

    assert of_calls(goes_on) is independence.GOES_ON

    def fails_the_second_time(X, W, calls=[]):  # noqa: B006
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError
        return X @ W

    assert of_calls(fails_the_second_time) is independence.GOES_ON


def test_a_way_back_that_reads_the_last_forward_pass_is_found():
    last = {}

    def remembering(X, W):
        last.update(X=X, W=W)
        return forward(X, W)

    def reads_the_last(dY, cache):
        return backward(dY, last)

    assert of_passes(reads_the_last, remembering) is independence.OTHER_CACHE

    def pops_the_last(dY, cache):
        return backward(dY, {"X": last.pop("X"), "W": last.pop("W")})

    assert of_passes(pops_the_last, remembering) is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cache: cache.clear(),
        lambda cache: cache["X"].fill(0),
        lambda cache: cache.__setitem__("W", 2 * cache["W"]),
        lambda cache: cache["used"].pop(),
    ],
)
def test_a_cache_that_is_used_up_is_found(spoil):
    def spoiling(dY, cache):
        if not cache["used"]:
            raise ValueError
        gradients = backward(dY, cache)
        spoil(cache)
        return gradients

    assert of_passes(spoiling) is independence.USED_UP


def test_outputs_that_the_way_back_overwrites_are_found():
    def keeping(X, W):
        Y = np.tanh(X @ W)
        return Y, {"X": X, "W": W, "Y": Y}

    def overwriting(dY, cache):
        cache["Y"] *= 0
        return backward(dY, cache)

    assert of_passes(overwriting, keeping) is independence.OUTPUTS_CHANGED


def test_numbers_and_texts_have_nothing_to_share():
    assert of_calls(lambda n, word: n * word, ("text",), {"n": 3, "word": "ab"}) is None
    assert of_calls(lambda n: 2 * n, (NEAR,), {"n": 3}) is None


def test_a_function_elsewhere_says_by_name_what_it_found():
    class Elsewhere:
        def __init__(self, says):
            self.says, self.asked = says, []

        def __unrolled_dependence__(self, *question):
            self.asked.append(question)
            return self.says

    for says, finding in {"": None, "one-buffer": independence.ONE_BUFFER, "made up": independence.GOES_ON}.items():
        function = Elsewhere(says)
        assert dependence(Probe(), [function], [[1, 2], [3, 4]], (NEAR,)) is finding
        assert function.asked == [({"name": "plain", "options": {}}, [], [[1, 2], [3, 4]], ["near"])]
