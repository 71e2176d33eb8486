"""Random arguments for cells whose kernels hold several blocks side by side (LSTM, GRU).

unrolled-canary-2e2f755db915
"""

import numpy as np

from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes


def kernels(rng: np.random.Generator, sizes: Sizes, dtype: type, blocks: int) -> Arguments:
    """W (D, kH), U (H, kH) and b (kH,), scaled so that most gates are neither linear nor saturated."""
    width = blocks * sizes.hidden
    return {
        "W": normal(rng, sizes.inputs, width, dtype=dtype, scale=sizes.inputs**-0.5),
        "U": normal(rng, sizes.hidden, width, dtype=dtype, scale=sizes.hidden**-0.5),
        "b": away_from_zero(rng, width, dtype),
    }


def away_from_zero(rng: np.random.Generator, width: int, dtype: type) -> np.ndarray:
    """A bias whose every entry shows where it is forgotten."""
    return (rng.uniform(0.3, 0.9, width) * rng.choice([-1, 1], width)).astype(dtype)


def state(rng: np.random.Generator, sizes: Sizes, dtype: type) -> np.ndarray:
    """A hidden state (B, H) between −1 and 1."""
    return np.tanh(normal(rng, sizes.batch, sizes.hidden, dtype=dtype))


def mixes_rows(step: Function, arguments: Arguments, rows: tuple[str, ...], states: int) -> bool:
    """Whether a step gives a batch anything else than each of its rows alone.

    rows: the arguments that have a row for each sample.
    states: how many states the step returns, before its cache.
    """
    together = [np.asarray(s) for s in step(*arguments.values())[:states]]
    for k in range(len(together[0])):
        alone = step(*(a[k : k + 1] if name in rows else a for name, a in arguments.items()))
        if not all(np.allclose(s[k], a, rtol=1e-4, atol=2e-5) for s, a in zip(together, alone, strict=False)):
            return True
    return False
