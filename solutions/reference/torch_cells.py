"""The recurrent cells as PyTorch modules, from the reference's equations and with its parameters W, U, b.

Kernels begin as Glorot uniform (W) and orthogonal per block (U), biases as 0, the LSTM's forget gate's as 1.

So far only tests import it.

unrolled-canary-82089a5ee595
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

State = tuple[Float[Tensor, "B H"], ...]  # its first entry is the output


class Cell(nn.Module):
    """k blocks of kernels and biases: W (D, kH), U (H, kH), b (kH,). A subclass says how they make a step."""

    states = 1

    def __init__(self, inputs: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.inputs, self.hidden = inputs, hidden
        self.W = nn.Parameter(torch.empty(inputs, blocks * hidden))
        self.U = nn.Parameter(torch.empty(hidden, blocks * hidden))
        self.b = nn.Parameter(torch.zeros(blocks * hidden))
        with torch.no_grad():
            for W, U in zip(self.W.chunk(blocks, dim=1), self.U.chunk(blocks, dim=1), strict=True):
                nn.init.xavier_uniform_(W)
                nn.init.orthogonal_(U)

    def initial_state(self, batch: int) -> State:
        """Zeros, one (B, H) for each part of the state."""
        return tuple(self.b.new_zeros(batch, self.hidden) for _ in range(self.states))


class RNNCell(Cell):
    """h_t = φ(x_t W + h_{t−1} U + b) with φ tanh or ReLU (eq-rnn-step; Elman 1990)."""

    def __init__(self, inputs: int, hidden: int, activation: str = "tanh") -> None:
        super().__init__(inputs, hidden, blocks=1)
        self.activation = {"tanh": torch.tanh, "relu": torch.relu}[activation]

    def forward(self, x: Float[Tensor, "B D"], state: State) -> State:
        """(h_{t−1},) -> (h_t,)."""
        (h,) = state
        return (self.activation(x @ self.W + h @ self.U + self.b),)


class LSTMCell(Cell):
    """c_t = f ⊙ c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t), blocks i, f, g, o (eq-lstm-step; Gers et al. 2000)."""

    states = 2

    def __init__(self, inputs: int, hidden: int, forget_bias: float = 1.0) -> None:
        super().__init__(inputs, hidden, blocks=4)
        with torch.no_grad():
            self.b[hidden : 2 * hidden] = forget_bias

    def forward(self, x: Float[Tensor, "B D"], state: State) -> State:
        """(h_{t−1}, c_{t−1}) -> (h_t, c_t)."""
        h, c = state
        a_i, a_f, a_g, a_o = (x @ self.W + h @ self.U + self.b).chunk(4, dim=1)
        c_next = a_f.sigmoid() * c + a_i.sigmoid() * a_g.tanh()
        return a_o.sigmoid() * c_next.tanh(), c_next


class GRUCell(Cell):
    """h_t = z ⊙ h_{t−1} + (1 − z) ⊙ n, blocks z, r, n, the reset before the product (eq-gru-step; 1406.1078v3)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, blocks=3)

    def forward(self, x: Float[Tensor, "B D"], state: State) -> State:
        """(h_{t−1},) -> (h_t,)."""
        (h,) = state
        x_z, x_r, x_n = (x @ self.W + self.b).chunk(3, dim=1)
        U_z, U_r, U_n = self.U.chunk(3, dim=1)
        z, r = (x_z + h @ U_z).sigmoid(), (x_r + h @ U_r).sigmoid()
        n = (x_n + (r * h) @ U_n).tanh()
        return (z * h + (1 - z) * n,)


class GRUAfterCell(Cell):
    """The GRU with the reset after the product, n = tanh(x W_n + b_n + r ⊙ (h U_n + bn)) (eq-gru-step-after)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, blocks=3)
        self.bn = nn.Parameter(torch.zeros(hidden))

    def forward(self, x: Float[Tensor, "B D"], state: State) -> State:
        """(h_{t−1},) -> (h_t,)."""
        (h,) = state
        x_z, x_r, x_n = (x @ self.W + self.b).chunk(3, dim=1)
        h_z, h_r, h_n = (h @ self.U).chunk(3, dim=1)
        z, r = (x_z + h_z).sigmoid(), (x_r + h_r).sigmoid()
        n = (x_n + r * (h_n + self.bn)).tanh()
        return (z * h + (1 - z) * n,)


class Recurrent(nn.Module):
    """Runs a cell over a sequence, with the same parameters at every step (eq-unrolled)."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(
        self, X: Float[Tensor, "B T D"], state: State | None = None, lengths: Int[Tensor, "B"] | None = None
    ) -> tuple[Float[Tensor, "B T H"], State]:
        """All outputs and the last state; a sequence that has ended keeps its state, as in the reference."""
        state = self.cell.initial_state(len(X)) if state is None else state
        outputs = []
        for t in range(X.shape[1]):
            new = self.cell(X[:, t], state)
            if lengths is not None:
                alive = (t < lengths)[:, None]
                new = tuple(torch.where(alive, n, s) for n, s in zip(new, state, strict=True))
            state = new
            outputs.append(state[0])
        return torch.stack(outputs, dim=1), state
