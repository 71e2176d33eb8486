"""Moves weights between our layout, PyTorch's and Keras' (chapters *PyTorch* and *Keras*).

One direction of one layer is a tuple of arrays:

    rnn (W, U, b)      lstm (W, U, b), blocks i, f, g, o      gru (W, U, b), blocks z, r, n, reset before the product
    gru_after (W, U, b, bn), blocks z, r, n, reset after the product, bn the recurrent bias of the candidate

and a network is a list of layers, each a list of its directions, forward before backward: [[(W, U, b)]] is one layer.
PyTorch's weights are a mapping by the names of its state_dict, kernels transposed, GRU blocks r, z, n. Keras' are a
list for each layer, as get_weights() gives and set_weights() takes them; Bidirectional: forward's, then backward's.

What maps exactly: kernels both ways, in every dtype, bit by bit; own -> PyTorch -> own and own -> Keras -> own.
What does not:

- PyTorch's two biases only act as their sum, which is all that is kept, except in the GRU's candidate, where the
  reset acts on the second alone. The network stays the same function; the split of the sum is lost. The same holds for
  the two bias rows of Keras' GRU with reset_after=True.
- GRU with the reset before the product: PyTorch has none, and in general no weights make the reset after the product
  compute the same: `Unmappable`.
- bias=False and use_bias=False come in as zero biases, and go out with biases.
- PyTorch's proj_size, peepholes, layer normalisation, coupled gates: no counterpart, `Unmappable`.
- Activations, dropout, masks and go_backwards are settings, not weights: set them alike on both sides.
- GRU papers that let z = 1 replace the state: negate W_z, U_z, b_z first (chapter *GRU*).

"""

from collections.abc import Mapping, Sequence

import numpy as np

Array = np.ndarray
Direction = tuple[Array, ...]
Network = list[list[Direction]]

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3, "gru_after": 3}
CELLS = {"torch": ("rnn", "lstm", "gru_after"), "keras": ("rnn", "lstm", "gru", "gru_after")}
UPDATE, RESET, CANDIDATE = 0, 1, 2
TORCH_GRU_ORDER = (RESET, UPDATE, CANDIDATE)  # its own inverse


class Unmappable(ValueError):
    """Weights that the other side cannot hold; the message says why."""


def shapes(cell: str, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """The shapes of our parameters by name, in their order: W (D, kH), U (H, kH), b (kH,), and bn (H,) of gru_after."""
    wide = BLOCKS[cell] * hidden
    own: dict[str, tuple[int, ...]] = {"W": (inputs, wide), "U": (hidden, wide), "b": (wide,)}
    return own | {"bn": (hidden,)} if cell == "gru_after" else own


def to_torch(cell: str, network: Sequence[Sequence[Direction]]) -> dict[str, Array]:
    """The state_dict, as arrays, of the torch.nn.RNN, LSTM or GRU that computes the same (eq-torch-layout).

    Args:
        cell: rnn, lstm or gru_after.
        network: layers of directions.

    Raises:
        Unmappable: a cell that PyTorch lacks.
        ValueError: arrays that do not fit together.
    """
    _check_cell("torch", cell)
    _check_directions(network)
    state: dict[str, Array] = {}
    for layer, directions in enumerate(network):
        for parameters, suffix in zip(directions, ("", "_reverse"), strict=False):
            _check_shapes(cell, parameters)
            W, U, first, second = _two_biases(cell, parameters)
            arrays = [W.T, U.T, first, second]
            if cell == "gru_after":
                arrays = [_reorder(a, axis=0) for a in arrays]
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            state |= {f"{n}_l{layer}{suffix}": np.array(a, order="C") for n, a in zip(names, arrays, strict=True)}
    return state


def from_torch(cell: str, state: Mapping[str, Array]) -> Network:
    """The layers of directions of a torch.nn.RNN, LSTM or GRU, from its state_dict as arrays (eq-torch-layout).

    Args:
        cell: rnn, lstm or gru_after (what torch.nn.GRU is).
        state: its state_dict; arrays in the place of tensors will do.

    Raises:
        Unmappable: a cell that PyTorch lacks, or a projection (proj_size).
        ValueError: arrays that do not fit together, or no layer among them.
    """
    _check_cell("torch", cell)
    state = {name: np.asarray(value) for name, value in state.items()}
    if any(name.startswith("weight_hr") for name in state):
        raise Unmappable("the module projects its state (proj_size > 0); our LSTM has no projection")
    suffixes = ("", "_reverse") if "weight_ih_l0_reverse" in state else ("",)
    layers = sum(name.startswith("weight_ih_l") and not name.endswith("_reverse") for name in state)
    if not layers:
        raise ValueError(f"no weight_ih_l0 among {', '.join(state) or 'nothing'}")
    return [[_direction_from_torch(cell, state, f"_l{layer}{s}") for s in suffixes] for layer in range(layers)]


def to_keras(cell: str, network: Sequence[Sequence[Direction]]) -> list[list[Array]]:
    """For each layer what set_weights() takes: of SimpleRNN, LSTM, GRU, or Bidirectional around them (eq-keras-layout).

    Args:
        cell: rnn, lstm, gru (reset_after=False) or gru_after (reset_after=True).
        network: layers of directions.

    Raises:
        Unmappable: a cell that Keras lacks.
        ValueError: arrays that do not fit together.
    """
    _check_cell("keras", cell)
    _check_directions(network)
    return [[np.array(a) for d in directions for a in _direction_to_keras(cell, d)] for directions in network]


def from_keras(cell: str, weights: Sequence[Sequence[Array]], bidirectional: bool = False) -> Network:
    """The layers of directions from each layer's get_weights() (eq-keras-layout).

    Args:
        cell: rnn, lstm, gru (reset_after=False) or gru_after (reset_after=True).
        weights: for each layer its list.
        bidirectional: whether the lists hold a forward and a backward half.

    Raises:
        Unmappable: a cell that Keras lacks.
        ValueError: a list of another length, or arrays that do not fit together.
    """
    _check_cell("keras", cell)
    count = 2 if bidirectional else 1
    network = []
    for arrays in weights:
        if len(arrays) not in (2 * count, 3 * count):
            raise ValueError(f"{len(arrays)} arrays in a layer of {count} direction(s); each has 2 or 3 (with bias)")
        size = len(arrays) // count
        network.append([_direction_from_keras(cell, arrays[k * size : (k + 1) * size]) for k in range(count)])
    return network


def _direction_from_torch(cell: str, state: Mapping[str, Array], suffix: str) -> Direction:
    if missing := [name for name in (f"weight_ih{suffix}", f"weight_hh{suffix}") if name not in state]:
        raise ValueError(f"no {' and no '.join(missing)} among {', '.join(state)}")
    W, U = state[f"weight_ih{suffix}"].T, state[f"weight_hh{suffix}"].T
    zero = np.zeros(U.shape[1], dtype=U.dtype)
    first, second = (state.get(f"{name}{suffix}", zero) for name in ("bias_ih", "bias_hh"))
    if cell == "gru_after":
        W, U, first, second = (_reorder(a, axis=-1) for a in (W, U, first, second))
    return _one_bias(cell, W, U, first, second)


def _direction_to_keras(cell: str, parameters: Direction) -> Direction:
    _check_shapes(cell, parameters)
    if cell != "gru_after":
        return parameters
    W, U, first, second = _two_biases(cell, parameters)
    return W, U, np.stack([first, second])


def _direction_from_keras(cell: str, arrays: Sequence[Array]) -> Direction:
    W, U, *bias = arrays
    b = bias[0] if bias else np.zeros((2, U.shape[1]) if cell == "gru_after" else U.shape[1], dtype=U.dtype)
    if b.ndim != (2 if cell == "gru_after" else 1):
        raise ValueError(f"a bias of shape {b.shape} is not a {cell}'s: reset_after=True has two rows, False has one")
    if cell == "gru_after":
        return _one_bias(cell, W, U, b[0], b[1])
    return _checked(cell, (np.array(W), np.array(U), np.array(b)))


def _two_biases(cell: str, parameters: Direction) -> tuple[Array, Array, Array, Array]:
    W, U, b, *rest = parameters
    second = np.zeros_like(b)
    if cell == "gru_after":
        second[CANDIDATE * U.shape[0] :] = rest[0]
    return W, U, b, second


def _one_bias(cell: str, W: Array, U: Array, first: Array, second: Array) -> Direction:
    W, U = np.array(W, order="C"), np.array(U, order="C")
    if cell != "gru_after":
        return _checked(cell, (W, U, first + second))
    candidate = CANDIDATE * U.shape[0]
    b = np.concatenate([first[:candidate] + second[:candidate], first[candidate:]])
    return _checked(cell, (W, U, b, np.array(second[candidate:])))


def _reorder(a: Array, axis: int) -> Array:
    blocks = np.split(a, 3, axis=axis)
    return np.concatenate([blocks[k] for k in TORCH_GRU_ORDER], axis=axis)


def _check_cell(framework: str, cell: str) -> None:
    if cell in CELLS[framework]:
        return
    if cell == "gru":
        raise Unmappable(
            "PyTorch's GRU resets after the product, r ⊙ (h U_n + bn); yours before it, (r ⊙ h) U_n. In general no "
            "weights make the two equal: train a gru_after instead"
        )
    raise Unmappable(f"{framework} has no counterpart of {cell!r}; mapped are {', '.join(CELLS[framework])}")


def _check_directions(network: Sequence[Sequence[Direction]]) -> None:
    for layer, directions in enumerate(network):
        if len(directions) not in (1, 2) or len(directions) != len(network[0]):
            raise ValueError(f"layer {layer} has {len(directions)} directions; each layer has one, or each has two")


def _checked(cell: str, parameters: Direction) -> Direction:
    _check_shapes(cell, parameters)
    return parameters


def _check_shapes(cell: str, parameters: Direction) -> None:
    expected = shapes(cell, inputs=len(parameters[0]), hidden=len(parameters[1]))
    if len(parameters) != len(expected):
        raise ValueError(f"{cell} has the parameters {', '.join(expected)}; {len(parameters)} arrays were given")
    for (name, shape), array in zip(expected.items(), parameters, strict=True):
        if array.shape != shape:
            raise ValueError(
                f"{name} of {cell} has shape {array.shape}; next to U of {len(parameters[1])} rows it must be {shape}"
            )
