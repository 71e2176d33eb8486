"""What the tests of all cells share: drawn inputs, numerical gradients of a whole cell, and PyTorch's answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from solutions.reference.cells import Cell, of_step
from solutions.reference.gradients import check_gradient
from tests.rounding import QUOTIENT, ROUNDED, assert_rounded

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMERICAL = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Shapes = Callable[[int, int], list[tuple[int, ...]]]  # from inputs and hidden to the shapes of the parameters


def blocks(k: int) -> Shapes:
    """Shapes of W, U, b with k blocks."""
    return lambda inputs, hidden: [(inputs, k * hidden), (hidden, k * hidden), (k * hidden,)]


@dataclass(frozen=True)
class Drawn:
    """One call of a cell, with the gradients that its outputs and its last state receive."""

    X: np.ndarray
    state: tuple[np.ndarray, ...]
    parameters: tuple[np.ndarray, ...]
    lengths: np.ndarray | None
    d_outputs: np.ndarray
    dlast: tuple[np.ndarray, ...]

    def arrays(self) -> list[np.ndarray]:
        given = [self.X, *self.state, *self.parameters, self.d_outputs, *self.dlast]
        return given if self.lengths is None else [*given, self.lengths]

    def astype(self, dtype: Any) -> Drawn:
        def cast(arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
            return tuple(a.astype(dtype) for a in arrays)

        X, dHs = cast((self.X, self.d_outputs))
        return Drawn(X, cast(self.state), cast(self.parameters), self.lengths, dHs, cast(self.dlast))


def _strided(a: np.ndarray) -> np.ndarray:
    # The same numbers as a view of every second entry of an array in Fortran order.
    wide = np.zeros(tuple(2 * n for n in a.shape), dtype=a.dtype, order="F")
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def drawn(shapes: Shapes, states: int = 1, largest: int = 5) -> st.SearchStrategy[Drawn]:
    """Sizes of one and more, lengths or none, small and saturating inputs, contiguous and strided arrays."""
    size = st.integers(1, largest)

    @st.composite
    def draw(pick: Any) -> Drawn:
        batch, steps, inputs, hidden = (pick(size) for _ in range(4))
        rng = np.random.default_rng(pick(st.integers(0, 2**32 - 1)))
        lengths = pick(st.none() | st.lists(st.integers(0, steps), min_size=batch, max_size=batch).map(np.array))
        scale, lay = pick(st.sampled_from([1.0, 1.0, 0.0, 1e4])), pick(st.sampled_from([np.copy, _strided]))

        def normal(*shape: int) -> np.ndarray:
            return lay(rng.standard_normal(shape))

        state = tuple(normal(batch, hidden) for _ in range(states))
        dlast = tuple(normal(batch, hidden) for _ in range(states))
        parameters = tuple(normal(*shape) for shape in shapes(inputs, hidden))
        X = lay(scale * rng.standard_normal((batch, steps, inputs)))
        return Drawn(X, state, parameters, lengths, normal(batch, steps, hidden), dlast)

    return draw()


def run(cell: Cell, given: Drawn) -> list[np.ndarray]:
    """Hs, last state, dX, gradients of the state and of the parameters; no warning, no input changed."""
    before = [a.copy() for a in given.arrays()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Hs, last, cache = cell.forward(given.X, given.state, given.parameters, given.lengths)
        dX, dstate, dparameters = cell.backward(given.d_outputs, given.dlast, cache)
    for a, b in zip(given.arrays(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    for gradient, of in zip((dX, *dstate, *dparameters), (given.X, *given.state, *given.parameters), strict=True):
        assert gradient.shape == of.shape
    return [Hs, *last, dX, *dstate, *dparameters]


def assert_same(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray], given: Drawn | None = None) -> None:
    """Equal shapes, and numbers that are equal up to rounding, which in a cell's sums is that of its inputs."""
    condition = 1.0 if given is None else max(1.0, float(np.abs(given.X).max(initial=0)))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == np.shape(b)
        assert_rounded(a, b, condition)


def assert_keeps_float32(cell: Cell, given: Drawn) -> None:
    """In float32 the cell returns float32, and up to its precision the same numbers."""
    given = given.astype(np.float32)
    single, double = run(cell, given), run(cell, given.astype(np.float64))
    assert {a.dtype for a in single} == {np.dtype(np.float32)}
    assert_same(single, double, given)


def assert_numerical(cell: Cell, given: Drawn) -> None:
    """The backward pass gives the gradient of Σ Hs ⊙ dHs + Σ last ⊙ dlast, by central differences."""
    names = ["X", *(f"state{k}" for k in range(len(given.state)))]
    names += [f"parameter{k}" for k in range(len(given.parameters))]

    def loss(**inputs: np.ndarray) -> float:
        X, *rest = (inputs[name] for name in names)
        state, parameters = tuple(rest[: len(given.state)]), tuple(rest[len(given.state) :])
        Hs, last, _ = cell.forward(X, state, parameters, given.lengths)
        return float((Hs * given.d_outputs).sum() + sum((s * d).sum() for s, d in zip(last, given.dlast, strict=True)))

    gradients = run(cell, given)[1 + len(given.state) :]
    inputs = dict(zip(names, (given.X, *given.state, *given.parameters), strict=True))
    check_gradient(loss, inputs, dict(zip(names, gradients, strict=True)), tolerance=ROUNDED * QUOTIENT)


def assert_like_its_steps(
    cell: Cell, step: Callable[..., Any], step_backward: Callable[..., Any], given: Drawn
) -> None:
    """The whole-sequence functions equal the step and its backward pass run by the generic driver."""
    assert_same(run(cell, given), run(of_step(step, step_backward), given), given)


def assert_carries_state(cell: Cell, given: Drawn) -> None:
    """A sequence run in two pieces gives what it gives in one."""
    given, cut = replace(given, lengths=None), given.X.shape[1] // 2
    whole, last, _ = cell.forward(given.X, given.state, given.parameters, None)
    if cut:
        first, middle, _ = cell.forward(given.X[:, :cut], given.state, given.parameters, None)
        second, end, _ = cell.forward(given.X[:, cut:], middle, given.parameters, None)
        assert_same([np.concatenate([first, second], axis=1), *end], [whole, *last], given)


TORCH_ORDER = {"GRU": [1, 0, 2]}  # torch's blocks r, z, n from ours z, r, n; its own inverse


def _reordered(kind: str, a: np.ndarray) -> np.ndarray:
    # From our blocks along the last axis to torch's, or back.
    k = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    parts = np.split(a, k, axis=-1)
    return np.concatenate([parts[n] for n in TORCH_ORDER.get(kind, range(k))], axis=-1)


def torch_module(kind: str, given: Drawn, **options: Any) -> torch.nn.RNNBase:
    """torch.nn.RNN, LSTM or GRU with the drawn parameters; a fourth one is the GRU's recurrent candidate bias."""
    W, U, b, *more = given.parameters
    module = getattr(torch.nn, kind)(W.shape[0], U.shape[0], batch_first=True, dtype=torch.float64, **options)
    bias_hh = np.zeros_like(b)
    if more:
        bias_hh[-len(U) :] = more[0]
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(_reordered(kind, W).T.copy()))
        module.weight_hh_l0.copy_(torch.from_numpy(_reordered(kind, U).T.copy()))
        module.bias_ih_l0.copy_(torch.from_numpy(_reordered(kind, b)))
        module.bias_hh_l0.copy_(torch.from_numpy(bias_hh))
    return module


def run_torch(kind: str, given: Drawn, **options: Any) -> list[np.ndarray]:
    """What `run` returns, from PyTorch with autograd, one sequence at a time where there are lengths."""
    module = torch_module(kind, given, **options)
    X = torch.tensor(given.X, requires_grad=True)
    state = [torch.tensor(s, requires_grad=True) for s in given.state]
    batch, steps, _ = X.shape
    lengths = np.full(batch, steps) if given.lengths is None else given.lengths
    outputs, lasts = [], []
    for n, length in enumerate(lengths):
        last = [s[None, n : n + 1] for s in state]
        Hs = last[0].new_empty((1, 0, last[0].shape[2]))
        if length:
            Hs, after = module(X[n : n + 1, :length], tuple(last) if len(last) > 1 else last[0])
            last = list(after) if len(last) > 1 else [after]
        outputs.append(torch.cat([Hs, last[0].expand(steps - length, 1, -1).swapaxes(0, 1)], dim=1))
        lasts.append([s[0] for s in last])
    Hs, last = torch.cat(outputs), [torch.cat(parts) for parts in zip(*lasts, strict=True)]
    loss = (Hs * torch.tensor(given.d_outputs)).sum()
    loss = loss + sum((s * torch.tensor(d)).sum() for s, d in zip(last, given.dlast, strict=True))
    loss.backward()

    def numbers(t: torch.Tensor | None, like: torch.Tensor) -> np.ndarray:
        return np.zeros(like.shape) if t is None else t.numpy()

    weights = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0]
    gradients = [_reordered(kind, numbers(p.grad, p).T) for p in weights]
    if len(given.parameters) > 3:
        hh = module.bias_hh_l0
        gradients.append(numbers(hh.grad, hh)[-given.state[0].shape[1] :])
    values = [t.detach().numpy() for t in (Hs, *last)]
    return [*values, numbers(X.grad, X), *(numbers(s.grad, s) for s in state), *gradients]
