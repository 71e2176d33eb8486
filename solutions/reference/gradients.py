"""Numerical gradients and a gradient check that says which parameter and which entry is off.

unrolled-canary-b8d598cf117f
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from solutions.reference.numerics import Array

ScalarFunction = Callable[..., float]


def numerical_gradient(
    f: ScalarFunction, x: Float[Array, "..."], step: float | None = None, dtype: type = np.float64
) -> Float[Array, "..."]:
    """(f(x + s e_k) − f(x − s e_k)) / 2s for every entry k of x: error O(s²) + O(ε/s) (eq-central-difference).

    Args:
        f: takes an array shaped as x, returns one number.
        x: where to differentiate; not changed.
        step: s relative to max(1, |x_k|). Default: the cube root of the dtype's ε, which balances both errors.
        dtype: of the arithmetic; float32 shows how little remains of a check in single precision.

    Raises:
        TypeError: f returns more than one number.
    """
    x = np.array(x, dtype=dtype)
    relative = np.cbrt(np.finfo(dtype).eps) if step is None else step
    gradient = np.empty_like(x)
    for entry in np.ndindex(x.shape):
        here, s = x[entry], relative * np.maximum(1, np.abs(x[entry]))
        x[entry] = above = here + s
        f_above = _number(f(x.copy()))
        x[entry] = below = here - s
        f_below = _number(f(x.copy()))
        x[entry] = here
        gradient[entry] = (f_above - f_below) / (above - below)  # the step as rounded, not as meant
    return gradient


def complex_step_gradient(
    f: Callable[[Complex[Array, "..."]], complex], x: Float[Array, "..."], step: float = 1e-30
) -> Float[Array, "..."]:
    """Im f(x + i s e_k) / s: no difference is taken, so that it is exact to rounding (Squire & Trapp 1998).

    Equation eq-complex-step. It holds where f is analytic and computes with complex numbers throughout: sums, products,
    exp, tanh; not |·|, maximum, comparisons, float(). One central difference in a random direction tests that.

    Raises:
        ValueError: f drops the imaginary part or is not analytic; use `numerical_gradient`.
    """
    z = np.array(x, dtype=np.complex128)
    gradient = np.empty(z.shape)
    for entry in np.ndindex(z.shape):
        here = z[entry]
        z[entry] = here + 1j * step
        value = f(z.copy())
        z[entry] = here
        if not np.iscomplexobj(value):
            raise ValueError("f returns a real number for a complex input; use numerical_gradient")
        gradient[entry] = np.imag(value) / step
    direction = np.random.default_rng(0).standard_normal(z.shape)
    expected = float(numerical_gradient(lambda s: np.real(f(z + s * direction)), np.array(0.0)))
    if abs(expected - np.sum(gradient * direction)) > 1e-5 * max(1.0, abs(expected), abs(f(z))):
        raise ValueError("f is not analytic: complex step and central difference differ; use numerical_gradient")
    return gradient


@dataclass(frozen=True)
class Deviation:
    """The worst entry of one parameter's gradient."""

    parameter: str
    entry: tuple[int, ...]
    expected: float
    given: float
    relative: float
    entries_off: int
    entries: int

    def __str__(self) -> str:
        """One line: parameter, entry, expected and given value, relative deviation, and how many entries are off."""
        return (
            f"the gradient of {self.parameter} at {list(self.entry)}: expected {self.expected:.8g}, "
            f"given {self.given:.8g}, relative deviation {self.relative:.1e}; "
            f"{self.entries_off} of {self.entries} entries are off"
        )


class GradientError(AssertionError):
    """A gradient differs from the numerical one; `deviations` holds the worst entry of each such parameter."""

    def __init__(self, deviations: list[Deviation]) -> None:
        super().__init__("\n".join(map(str, deviations)))
        self.deviations = deviations


def check_gradient(
    f: ScalarFunction,
    inputs: Mapping[str, Float[Array, "..."]],
    gradients: Mapping[str, Float[Array, "..."]],
    tolerance: float = 1e-6,
    step: float | None = None,
) -> dict[str, Deviation]:
    """Compare gradients with central differences of f(**inputs), taken in float64 (eq-relative-deviation).

    The relative deviation of an entry is |given − expected| / max(|given|, |expected|, floor). The floor,
    10⁻⁴ max(1, |f|), lies far enough above the rounding noise of the differences that entries near 0 raise no alarm.
    A kink within a step (ReLU at 0) makes the difference itself wrong there.

    Args:
        f: takes the inputs by name, returns one number.
        inputs: every argument of f by name; none is changed.
        gradients: dL/dinput by name, for those inputs which are to be checked.
        tolerance: the largest relative deviation that passes.
        step: as in `numerical_gradient`.

    Returns:
        The worst entry of each parameter that has entries.

    Raises:
        GradientError: with one line for each parameter that is off.
        KeyError: a gradient whose name is no input.
        ValueError: a gradient of another shape than its input, or f is not finite there.
    """
    inputs = {name: np.array(value, dtype=np.float64) for name, value in inputs.items()}
    value = _number(f(**_copies(inputs)))
    if not np.isfinite(value):
        raise ValueError(f"f returns {value} at these inputs: there is no gradient to compare with")
    floor, worst = 1e-4 * max(1.0, abs(value)), {}
    for name, given in gradients.items():
        _check_shape(name, np.asarray(given), inputs)
        expected = numerical_gradient(lambda x, name=name: f(**_copies(inputs) | {name: x}), inputs[name], step)
        if expected.size:
            worst[name] = _worst_entry(name, expected, np.asarray(given), floor, tolerance)
    off = [deviation for deviation in worst.values() if deviation.entries_off]
    if off:
        raise GradientError(off)
    return worst


def _worst_entry(name: str, expected: Array, given: Array, floor: float, tolerance: float) -> Deviation:
    scale = np.maximum(np.maximum(np.abs(expected), np.abs(given)), floor)
    # A gradient that is not finite is as wrong as can be.
    relative = np.where(np.isfinite(given), np.abs(given - expected) / np.where(np.isfinite(scale), scale, 1), np.inf)
    entry = tuple(int(k) for k in np.unravel_index(np.argmax(relative), relative.shape))
    values = float(expected[entry]), float(given[entry]), float(relative[entry])
    return Deviation(name, entry, *values, int((relative > tolerance).sum()), relative.size)


def _check_shape(name: str, given: Array, inputs: Mapping[str, Array]) -> None:
    if name not in inputs:
        raise KeyError(f"a gradient is given for {name!r}, which is no input; the inputs are {', '.join(inputs)}")
    if given.shape != inputs[name].shape:
        raise ValueError(f"the gradient of {name} has shape {given.shape}, {name} itself {inputs[name].shape}")


def _copies(inputs: Mapping[str, Array]) -> dict[str, Array]:
    return {name: value.copy() for name, value in inputs.items()}


def _number(value: Any) -> Any:
    if np.size(value) != 1 or np.iscomplexobj(value):
        raise TypeError(f"f must return one real number, not {type(value).__name__} of shape {np.shape(value)}")
    return np.asarray(value).reshape(())[()]
