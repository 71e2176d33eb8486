"""A backward pass that measures its gradients loses the part that says so; one that derives them keeps all."""

from functools import partial

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import right_answers
from solutions.judging.judging import judge_part
from solutions.judging.limit import TooLongError, cpu_limit
from solutions.judging.parts import PROPERTY
from unrolled.checking.check import CheckFailed

RULE = "measured-not-derived"
BACKWARD = ("rnn_step_backward", "rnn_backward", "lstm_step_backward", "lstm_backward", "gru_backward")
KEYS = [f"key {number}" for number in range(3)]
STEP, TINY = 1e-5, 1e-30


def keeping(forward):
    """The forward function, with its arguments for a cache."""

    def kept(*arguments):
        *outputs, _cache = forward(*arguments)
        return *outputs, [np.array(one) for one in arguments]

    return kept


def moved(array, entry, step):
    other = array.astype(np.result_type(array, type(step)))
    other[entry] += step
    return other


def central(f, x, entry):
    return (f(moved(x, entry, STEP)) - f(moved(x, entry, -STEP))) / (2 * STEP)


def one_sided(f, x, entry):
    return (f(moved(x, entry, 1e-7)) - f(x)) / 1e-7


def far_reaching(f, x, entry):
    values = {k: f(moved(x, entry, k * 0.01)) for k in (-2, -1, 1, 2)}
    return (8 * (values[1] - values[-1]) - values[2] + values[-2]) / 0.12


def relative(f, x, entry):
    step = STEP * max(abs(x[entry]), np.abs(x).mean(), 1e-300)
    return (f(moved(x, entry, step)) - f(moved(x, entry, -step))) / (2 * step)


def complex_step(f, x, entry):
    return f(moved(x, entry, TINY * 1j)).imag / TINY


def loss_by(one_slope):
    """The gradient of the loss, measured entry by entry: `one_slope(function, array, entry)`."""

    def gradient(outputs, array):
        found = np.zeros(array.shape)
        for entry in np.ndindex(*array.shape):
            found[entry] = one_slope(lambda value: sum(one.sum() for one in outputs(value)), array, entry)
        return found

    return gradient


def output_by_output(outputs, array, *, relative=False):
    """The same, but differences are taken of each output before they are summed, so that rounding stays where it is."""
    found = np.zeros(array.shape)
    step = STEP * np.abs(array).mean() if relative else STEP
    for entry in np.ndindex(*array.shape):
        pairs = zip(outputs(moved(array, entry, step)), outputs(moved(array, entry, -step)), strict=True)
        found[entry] = sum((above - below).sum() for above, below in pairs) / (2 * step)
    return found


def measuring(contract, gradient):
    """A backward function that runs the forward pass again and again: `gradient(outputs, array)` for each input."""

    def backward(*given):
        *upstream, inputs = given

        def outputs(k, value):
            *found, _cache = contract.forward(*inputs[:k], value, *inputs[k + 1 :])
            return [one * above for one, above in zip(found, upstream, strict=True)]

        return tuple(gradient(partial(outputs, k), array) for k, array in enumerate(inputs))

    return backward


def verdict(contract, backward, key):
    """What the property part calls a backward function; None where it is content."""
    try:
        judge_part(contract, backward, PROPERTY, key, keeping(contract.forward))
    except CheckFailed as failure:
        return failure.message.misconception
    return None


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("one_slope", [central, one_sided, far_reaching, relative], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", BACKWARD)
def test_finite_differences_lose_the_property(name, one_slope, key):
    contract = contract_of(name)
    assert verdict(contract, measuring(contract, loss_by(one_slope)), key) == RULE


@pytest.mark.parametrize("name", BACKWARD)
def test_finite_differences_of_each_output_do_too(name):
    contract = contract_of(name)
    assert verdict(contract, measuring(contract, output_by_output), "key") == RULE


@pytest.mark.parametrize("gradient", [loss_by(complex_step), partial(output_by_output, relative=True)])
def test_what_measures_well_does_not_end_within_processor_time(gradient):
    contract = contract_of("rnn_step_backward")
    with pytest.raises(TooLongError), cpu_limit(1.0):
        verdict(contract, measuring(contract, gradient), "key")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*BACKWARD, "rnn_backward_truncated"])
def test_every_right_answer_keeps_it(name):
    contract = contract_of(name)
    for answer in right_answers(contract):
        judge_part(contract, answer.function, PROPERTY, "a key", answer.forward or contract.forward)
