"""Probes: what a student writes, as a function of plain data, so that a case is data whatever it is put to.

A probe takes the student's object, or several of them, and gives a function of the arguments that a case holds. It has
a name and options, with which a fixture stores it; it holds no solution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unrolled.checking.gradients import INPUT, grads
from unrolled.checking.tape import Account, counted_call

Function = Callable[..., Any]

DRAWS = 32
FAR = 5.5  # standard deviations; with so few draws as 32, fair signs stray that far only if all agree: 1 in 2³¹


# A hidden check tells no more of an error than its name, so the names say what is wrong.
class NotAPairError(ValueError):
    """A function that has to return two things returned another number of them."""


class NotOneArrayError(TypeError):
    """A function that has to return one array returned a tuple."""


class WrongForSizeOneError(ValueError):
    """A function of a size returned another shape than (1, 1) where the size is 1."""


class NotTheShapeOfXError(ValueError):
    """A function f(x) whose gradient is asked for was called with an array of another shape than x has."""


class NotTheseParametersError(AttributeError):
    """A module or layer has no parameter of a name that it has to have, or further ones, or one of another shape."""


class NotSoManyArraysError(ValueError):
    """A function that has to return a number of arrays returned another number of them."""


class NotSoManyOutputsError(ValueError):
    """A module or layer that has to return a number of tensors returned another number of them."""


def counted(
    function: Function, *, outputs: int, sizes: Mapping[str, Sequence[int]], least: int, **allowed: str
) -> Function:
    """A function of arrays, whose work is counted: it gives the outputs, and what `outputs.work` describes.

    Args:
        outputs: how many it returns.
        sizes: by letter, the argument and the axis of it that has this size; T stands for steps.
        least: with fewer steps, or other arrays than contiguous ones of real numbers, nothing is counted.
        allowed: of products, calls, bytes, each a sum such as "2 T B + 4".

    Raises, when called:
        NotSoManyArraysError: it returned another number of arrays.
    """

    def on_arrays(*arguments: Any) -> Any:
        letters = {letter: np.shape(arguments[place])[axis] for letter, (place, axis) in sizes.items()}
        arrays = [one for one in arguments if isinstance(one, np.ndarray)]
        plain = all(one.flags.c_contiguous and one.dtype.kind == "f" for one in arrays)
        counts = plain and letters["T"] >= least
        found, used = counted_call(function, *arguments) if counts else (function(*arguments), Account())
        if found is None:
            return None
        answers = found if isinstance(found, tuple | list) and outputs > 1 else (found,)
        if len(answers) != outputs or (outputs == 1 and isinstance(found, tuple)):
            raise NotSoManyArraysError(f"it has to return arrays, {outputs} of them")
        work = [letters["T"]]
        for name in ("products", "calls", "bytes"):
            work += [getattr(used, name), _sum_of(allowed[name], letters)]
        return (*answers, work)

    return on_arrays


def _sum_of(text: str, letters: Mapping[str, int]) -> int:
    terms = (term.split() for term in text.split(" + "))
    return sum(math.prod(letters[factor] if factor in letters else int(factor) for factor in term) for term in terms)


def layer(build: Function, *, sizes: int, weights: Sequence[str], outputs: int) -> Function:
    """A class of Keras layers on the PyTorch backend as a function: the same as `module`, by its weights' names.

    It is built for the shape of the first input.
    """

    def built(sizes: tuple[Any, ...], inputs: tuple[Any, ...]) -> Any:
        made = build(*sizes)
        made.build(inputs[0].shape)
        return made

    return _with_gradients(built, sizes, weights, outputs)


def module(build: Function, *, sizes: int, weights: Sequence[str], outputs: int) -> Function:
    """A class of `torch.nn.Module`s as a function of arrays, which gives outputs and gradients.

    Its arguments are the constructor's `sizes`, an array for each of the `weights` (names in the state dict), the
    inputs, and for each of the `outputs` the gradient of the loss with respect to it. It gives the outputs, then the
    gradients of those inputs that are real numbers, then those of the weights. It calls the module twice.

    Raises, when called:
        NotTheseParametersError: the module has other parameters than `weights`, or of other shapes.
        NotSoManyOutputsError: it returned another number of tensors.
    """
    return _with_gradients(lambda sizes, inputs: build(*sizes), sizes, weights, outputs)


def _with_gradients(made_for: Function, sizes: int, weights: Sequence[str], outputs: int) -> Function:
    def on_arrays(*arguments: Any) -> Any:
        first, last = sizes + len(weights), len(arguments) - outputs
        values = dict(zip(weights, arguments[sizes:first], strict=True))
        inputs, upstream = arguments[first:last], arguments[last:]
        made = made_for(arguments[:sizes], inputs)
        _load(made, values)
        names = [INPUT.format(k) for k, value in enumerate(inputs) if np.asarray(value).dtype.kind == "f"]
        names += weights
        # Twice, so that what the first call leaves in it shows in the second.
        found, _ = grads(made, *inputs)
        if len(found) != len(upstream):
            raise NotSoManyOutputsError(f"it has to return tensors, {len(upstream)} of them; it returned {len(found)}")
        if [output.shape for output in found] != [one.shape for one in upstream]:
            # The check tells of the shapes; the gradients, which cannot be had, are of the right ones.
            given = {INPUT.format(k): value for k, value in enumerate(inputs)} | values
            return (*found, *(np.zeros(np.shape(given[name])) for name in names))
        found, gradients = grads(made, *inputs, upstream=upstream)
        gradients = {_own_name(name): gradient for name, gradient in gradients.items()}
        if missing := [name for name in names if name not in gradients]:
            raise NotTheseParametersError(f"{', '.join(missing)} cannot be trained: register it as a parameter")
        return (*found, *(gradients[name] for name in names))

    return on_arrays


def _load(made: Any, values: Mapping[str, np.ndarray]) -> None:
    import torch

    shapes = {name: tuple(tensor.shape) for name, tensor in made.state_dict().items()}
    if {_own_name(name) for name in shapes} != set(values):
        have, wanted = ", ".join(map(_own_name, shapes)) or "none", ", ".join(values)
        raise NotTheseParametersError(f"its parameters have to be called {wanted}; it has {have}")
    for name, shape in shapes.items():
        wanted_shape = values[_own_name(name)].shape
        if shape != wanted_shape:
            raise NotTheseParametersError(f"{_own_name(name)} has to be of shape {wanted_shape}; it is of {shape}")
    made.load_state_dict({name: torch.tensor(values[_own_name(name)]) for name in shapes})


def _own_name(name: str) -> str:
    return name.rpartition("/")[2]  # Keras: "layer_1/W"


def on_a_cubic(numerical_gradient: Function) -> Function:
    """`numerical_gradient(f, x)` for f(x) = offset + ½ xᵀ curvature x + Σ cubic x³, x flattened.

    f couples all entries, curves strongly and has a third derivative. f does not change x, and takes arrays of its
    shape alone, as nearly every function does.
    """

    def on_arrays(x: np.ndarray, offset: float, curvature: np.ndarray, cubic: np.ndarray) -> Any:
        shape = x.shape

        def f(x: Any) -> float:
            if np.shape(x) != shape:
                raise NotTheShapeOfXError(f"f was called with an array {np.shape(x)}; it takes those of x, {shape}")
            flat = np.asarray(x, dtype=np.float64).reshape(-1)
            return float(offset + 0.5 * flat @ curvature @ flat + cubic @ flat**3)

        return numerical_gradient(f, x)

    return on_arrays


def on_a_list(clip: Function) -> Function:
    """`clip(gradients, limit) -> clipped, norm` with each of the gradients, then limit, as an argument of its own.

    An entry of the list that is replaced counts as an array that is overwritten.
    """

    def on_arrays(*arguments: Any) -> Any:
        *arrays, limit = arguments
        gradients = list(arrays)
        answer = clip(gradients, limit)
        for array, entry in zip(arrays, gradients, strict=False):
            if entry is not array:
                array[...] = entry
        if not isinstance(answer, tuple | list):
            return answer
        if len(answer) != 2:
            # Never as it is: as many numbers as are derived from a pair would pass for them.
            raise NotAPairError(f"return two things, the list of gradients and the norm; these are {len(answer)}")
        clipped, norm = answer
        return (*clipped, norm)

    return on_arrays


def on_generators(orthogonal: Function) -> Function:
    """`orthogonal(rng, size) -> Q` as numbers that every right one gives, whatever it draws.

    They are Q Qᵀ; 1 where two equal generators give different Q, else 0; the share of zeros in Q; and, over many draws,
    0 where a quantity is balanced, else the sign that it leans to. These are, in order, the signs of all entries, of
    the determinant, and of their first entry times the determinant, the size of the entries on the diagonal, and the
    sign of a kernel of size 1: there, factorisations show their own rule best.
    """

    def on_numbers(seed: int, size: int, draws: int = DRAWS) -> Any:
        rng = np.random.default_rng(seed)
        matrices = []
        for generator in (rng, np.random.default_rng(seed), *[rng] * draws):
            answer = orthogonal(generator, size)
            if answer is None:
                return None
            if isinstance(answer, tuple):
                raise NotOneArrayError("return one array, not a tuple")
            if np.shape(answer) != (size, size):
                # In the place of Q Qᵀ, so that the check tells of its shape. What is 0 where all is right is 1.
                return answer, 1.0, 1.0, np.ones(size**2 + 4)
            matrices.append(np.asarray(answer, dtype=np.float64))
        Q, again, *drawn = matrices
        of_one_unit = [orthogonal(rng, 1) for _ in range(draws)]
        if any(np.shape(answer) != (1, 1) for answer in of_one_unit):
            raise WrongForSizeOneError("where size is 1, return an array of shape (1, 1)")
        ones = np.reshape(np.asarray(of_one_unit, dtype=np.float64), -1)
        leaning = np.append(_leaning(np.array(drawn)), _leaning_sign(ones))
        return Q @ Q.T, float(not np.allclose(Q, again)), float(np.mean(np.abs(Q) < 1e-12)), leaning

    return on_numbers


def _leaning(Q: np.ndarray) -> np.ndarray:
    # Of draws (N, n, n). Multiplying a row of Q by −1 makes another one that is as likely: so each sign is balanced.
    n = Q.shape[1]
    determinant = np.linalg.det(Q)
    product = determinant * Q[:, 0, 0] if n > 1 else np.zeros(1)
    signs = [*Q.reshape(len(Q), -1).T, determinant, product]
    # The square of an entry has the mean 1/n, and 2 (n − 1)/(n² (n + 2)) is its variance.
    deviation = np.mean(np.diagonal(Q, axis1=1, axis2=2) ** 2) - 1 / n
    far = FAR * np.sqrt(2 * (n - 1) / (n**2 * (n + 2)) / len(Q))
    return np.array([*map(_leaning_sign, signs), np.sign(deviation) * (abs(deviation) > far) + 0.0])


def _leaning_sign(values: np.ndarray) -> float:
    # The sign that these numbers lean to, 0 where their signs are balanced.
    mean_sign = np.mean(np.sign(values))
    return float(np.sign(mean_sign) * (abs(mean_sign) * np.sqrt(len(values)) > FAR)) + 0.0


def _lean_in_words(leaning: np.ndarray) -> str:
    *entries, determinant, product, diagonal, of_one_unit = leaning
    n = math.isqrt(len(entries))
    signs = [(f"Q[{k}, {k}]", entries[k * (n + 1)]) for k in range(n)] + [("Q of size 1", of_one_unit)]
    leans = [(entry, "positive" if sign > 0 else "negative") for entry, sign in signs if sign]
    if len({sign for _, sign in leans}) == 1 and len(leans) == len(signs):
        return f"every entry of its diagonal was {leans[0][1]} in every draw"
    if determinant and not any(entries):
        return "the determinant has the same sign in every draw: rotations alone, or mirrors alone"
    if product and not any(entries):
        return "Q[0, 0] and the determinant change their signs together: one sign for the whole matrix is not enough"
    if leans:
        return "in every draw, " + ", ".join(f"{entry} was {sign}" for entry, sign in leans)
    if any(entries):
        k = int(np.flatnonzero(entries)[0])
        return f"Q[{k // n}, {k % n}] was {'positive' if entries[k] > 0 else 'negative'} in every draw"
    return f"entries of the diagonal are {'larger' if diagonal > 0 else 'smaller'} than the others on average"


def on_linear_regression(train: Function) -> Function:
    """`train(gradient, w, batches, …)` for a linear model's mean squared error, halved.

    Its arguments are the weights w (D,), inputs (steps, B, D) and targets (steps, B), and what `train` takes besides.
    A batch is one step's inputs and targets; gradient(w, batch) gives the loss and its gradient (D,).
    """

    def on_arrays(w: np.ndarray, inputs: np.ndarray, targets: np.ndarray, *others: Any) -> Any:
        def gradient(w: Any, batch: Any) -> tuple[float, np.ndarray]:
            x, y = (np.asarray(one) for one in batch)
            error = x @ np.asarray(w) - y
            return float(np.mean(error**2) / 2), error @ x / len(y)

        return train(gradient, w, list(zip(inputs, targets, strict=True)), *others)

    return on_arrays


def on_a_table(search: Function) -> Function:
    """`search(score, …)` where score(prefix) gives the log-probabilities of the next token, (V,).

    In the place of `score` stands a table (steps, V, V): they depend on the length of the prefix and its last token. A
    prefix longer than the table counts as one of its length.
    """

    def on_arrays(table: np.ndarray, *others: Any) -> Any:
        def score(prefix: Any) -> np.ndarray:
            return table[min(len(prefix), len(table)) - 1, int(prefix[-1])].copy()

        return search(score, *others)

    return on_arrays


def plain(function: Function) -> Function:
    """The function itself."""
    return function


def through_cache(backward: Function, forward: Function, *, upstream: int) -> Function:
    """A backward function as a function of the arguments of `forward`, then of its own `upstream` last ones.

    The cache, which is the last thing that `forward` returns, goes from one to the other unseen. Two functions that
    live in another process are composed there.
    """
    elsewhere = getattr(type(backward), "__unrolled_after__", None)
    if elsewhere is not None and type(forward) is type(backward):
        there: Function = elsewhere(backward, forward, upstream)
        return there

    def composed(*arguments: Any) -> Any:
        split = len(arguments) - upstream
        *_, cache = forward(*arguments[:split])
        return backward(*arguments[split:], cache)

    return composed


PROBES: dict[str, Callable[..., Function]] = {
    probe.__name__: probe
    for probe in (
        counted,
        layer,
        module,
        on_a_cubic,
        on_a_list,
        on_a_table,
        on_generators,
        on_linear_regression,
        plain,
        through_cache,
    )
}


@dataclass(frozen=True)
class Probe:
    """A probe by its name in PROBES, with its options: numbers, texts, lists of texts."""

    name: str = "plain"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *objects: Any) -> Function:
        return PROBES[self.name](*objects, **self.options)

    @property
    def upstream(self) -> int:
        """How many of the arguments go to a backward function itself; 0 where there is no forward function."""
        return int(self.options.get("upstream", 0))


# What a wrong number means, by `Output.words`: in general, and in particular from the numbers that came back.
IN_WORDS: dict[str, tuple[str, Callable[[np.ndarray], str]]] = {
    "different": (
        "two equal generators give different matrices",
        lambda different: "equal generators give equal numbers, so some of yours come from somewhere else",
    ),
    "zeros": (
        "the matrix has entries that are zero",
        lambda share: f"{100 * float(share):.0f} % of them; in a random orthogonal matrix none is",
    ),
    "leaning": ("the matrix prefers directions: over many draws, something does not vary as it should", _lean_in_words),
}
