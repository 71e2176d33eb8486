"""Contract of `LSTM`, the LSTM over a batch of sequences of different lengths, as a PyTorch module.

unrolled-canary-aaf392195c9d
"""

import numpy as np
import torch
from torch import nn

from solutions.exercises.lstm_forward import step
from solutions.exercises.pytorch_cells import cell
from solutions.exercises.pytorch_cells.cell import GateByGate as LSTMCell
from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.reference import pytorch_cells

READ = "lstm#eq-lstm-sequence"
LONGER = kit.Sizes(batch=3, steps=5, inputs=2, hidden=4, outputs=2)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Sizes and weights, X, h0, c0, lengths, and the gradients of the three answers; in float32, as modules are made.

    Behind the end of a sequence stand numbers like any other. Where there is room, one sequence fills all steps, and
    another does not.
    """
    one = cell.draw(rng, sizes, dtype)
    lengths = 1 + rng.permutation(max(sizes.batch, sizes.steps))[: sizes.batch] % sizes.steps
    lengths[rng.integers(sizes.batch)] = sizes.steps if sizes.batch > 1 else max(1, sizes.steps - 1)
    if lengths.min() == sizes.steps > 1:
        lengths[np.argmin(lengths)] -= 1
    shapes = {"X": (sizes.steps, sizes.inputs), "dHs": (sizes.steps, sizes.hidden)}
    X, dHs = (kit.normal(rng, sizes.batch, *shape, dtype=np.float32) for shape in shapes.values())
    weights = {name: one[name] for name in ("inputs", "hidden", "W", "U", "b")}
    states = {"h0": one["h"], "c0": one["c"], "lengths": lengths}
    return {**weights, "X": X, **states, "dHs": dHs, "dh_last": one["dh_next"], "dc_last": one["dc_next"]}


def _of_lengths(*lengths: int) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        return draw(rng, LONGER, np.float32) | {"lengths": np.array(lengths)}

    return special


def _with_zero(rng: np.random.Generator) -> kit.Arguments:
    arguments = draw(rng, LONGER, np.float32)
    return arguments | {name: np.zeros_like(arguments[name]) for name in ("h0", "c0")}


def _padding_leaks(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = draw(rng, LONGER, np.float32)
    X, lengths = arguments["X"], arguments["lengths"]
    behind = np.arange(X.shape[1]) >= lengths[:, None]
    other = np.where(behind[..., None], X + rng.choice([-3, 3], X.shape).astype(np.float32), X)
    one, two = (function(*(arguments | {"X": inputs}).values()) for inputs in (X, other))
    dX = np.asarray(one[3])
    return (
        bool(dX[behind].any())
        or not dX[~behind].any()
        or not all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in zip(one, two, strict=True))
    )


LEAKS = "what stands behind the end of a sequence changes nothing, and gradients go to its own steps alone."
LSTM = kit.Contract(
    reference=pytorch_cells.LSTM,
    outputs=kit.near("Hs", "h_last", "c_last", "dX", "dh0", "dc0", "dW", "dU", "db"),
    read=READ,
    parts=cell.small_parts(
        draw,
        kit.Special("no padding", _of_lengths(5, 5, 5)),
        kit.Special("all end early", _of_lengths(3, 1, 2)),
        kit.Special("an empty sequence", _of_lengths(0, 5, 2)),
        kit.Special("h0 and c0 zero", _with_zero),
    ),
    rules=(
        kit.Rule("padding-leaks", LEAKS, _padding_leaks, READ),
        step.mixes_rows(draw, "X", "h0", "c0", "lengths", "dHs", "dh_last", "dc_last", read=READ),
    ),
    probe=kit.Probe("module", {"sizes": 2, "weights": ["W", "U", "b"], "outputs": 3}),
)
WORDS = {"h": "the hidden state", "c": "the cell state", "states": "the hidden states", "lengths": "the lengths"}
WORDS |= {"h0": "the initial hidden state", "c0": "the initial cell state", "alive": "which sequences go on"}
WORDS |= {"h_next": "the new hidden state", "c_next": "the new cell state"}


@LSTM.derivation(
    words=WORDS,
    families=written_with("torch", kit.ARRAYS),
    # Of two outputs nobody sees which is missing, nor of two axes over which one the loop runs.
    without=("answer-missing-2", "answer-missing-3", "other-number-1", "other-number-1-2"),
)
class KeptByWhere(LSTMCell):
    def forward(self, X, h0, c0, lengths):
        h, c = h0, c0
        states = []
        for t in range(X.shape[1]):
            h_next, c_next = super().forward(X[:, t], h, c)  #: eq-lstm-sequence
            alive = (t < lengths)[:, None]  #: eq-lstm-sequence
            h = torch.where(alive, h_next, h)  #: eq-lstm-sequence
            c = torch.where(alive, c_next, c)  #: eq-lstm-sequence
            states.append(h)
        return torch.stack(states, dim=1), h, c


@LSTM.variant
class KeptByMask(LSTMCell):
    def forward(self, X, h0, c0, lengths):
        states = [(h0, c0)]
        mask = (torch.arange(X.size(1)) < lengths.unsqueeze(1)).to(X.dtype)
        for x, m in zip(X.unbind(1), mask.T, strict=True):
            old, m = states[-1], m[:, None]
            new = super().forward(x, *old)
            states.append(tuple(m * one + (1 - m) * other for one, other in zip(new, old, strict=True)))
        h, c = states[-1]
        return torch.stack([one for one, _ in states[1:]], dim=1), h, c


@LSTM.variant
class InputsFirst(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden) / 2)
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden) / 4)
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, X, h0, c0, lengths):
        h, c, states = h0, c0, []
        for t, a in enumerate((X @ self.W + self.b).transpose(0, 1)):
            i, f, g, o = torch.chunk(a + h @ self.U, 4, dim=-1)
            new_c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            new_h = torch.sigmoid(o) * torch.tanh(new_c)
            over = (lengths <= t).unsqueeze(-1)
            h, c = torch.where(over, h, new_h), torch.where(over, c, new_c)
            states += [h]
        return [torch.stack(states).transpose(0, 1), h, c]


@LSTM.variant
class GatheredAtTheEnd(LSTMCell):
    def forward(self, X, h0, c0, lengths):
        hs, cs = [h0], [c0]
        for t in range(X.shape[1]):
            h, c = super().forward(X[:, t], hs[-1], cs[-1])
            hs.append(h)
            cs.append(c)
        hs, cs = torch.stack(hs, 1), torch.stack(cs, 1)
        rows = torch.arange(len(X))
        when = torch.minimum(torch.arange(1, X.shape[1] + 1), lengths[:, None])
        return hs[rows[:, None], when], hs[rows, lengths], cs[rows, lengths]


LSTM.say(
    "over-the-batch-X",
    "Your loop counts another axis than the steps. X is (B, T, D): the steps are X.shape[1], and step t is X[:, t].",
)
LSTM.say("answer-alone-1", "You return all hidden states alone. Three are asked for: Hs, h_last, c_last.")
LSTM.say("answer-missing-1", "You return two tensors. Three are asked for: Hs, h_last and c_last, in this order.")
STATES = "h = torch.where(alive, h_next, h)", "c = torch.where(alive, c_next, c)"
for name, hint, edits in (
    (
        "padding-not-left-out",
        "Sequences that have ended go on over the padding: the last states are those behind it. Keep both states where "
        "t is not below the length.",
        [(STATES[0], "h = h_next"), (STATES[1], "c = c_next")],
    ),
    (
        "hidden-state-alone-kept",
        "Of a sequence that has ended you keep h, and c goes on over the padding. Both stay.",
        [(STATES[1], "c = c_next")],
    ),
    (
        "cell-state-alone-kept",
        "Of a sequence that has ended you keep c, and h goes on over the padding. Both stay.",
        [(STATES[0], "h = h_next")],
    ),
    (
        "zeros-behind-the-end",
        "Behind the end of a sequence your Hs is zero, as pad_packed_sequence has it. Here it repeats the last state.",
        [("states.append(h)", "states.append(h * alive)")],
    ),
    (
        "states-zero-behind-the-end",
        "The states of a sequence that has ended become zero: you multiply with the mask. They stay what they were.",
        [(STATES[0], "h = h_next * alive"), (STATES[1], "c = c_next * alive")],
    ),
    (
        "one-step-too-many",
        "Each sequence takes one step of padding along: step t counts where t < length, for steps begin with 0.",
        [("t < lengths", "t <= lengths")],
    ),
    (
        "one-step-too-few",
        "The last step of each sequence is left out: step t counts where t < length, for steps begin with 0.",
        [("t < lengths", "t + 1 < lengths")],
    ),
    (
        "mask-turned-round",
        "You keep the state where the sequence goes on, and step where it has ended. It is the other way round.",
        [("t < lengths", "t >= lengths")],
    ),
    (
        "stops-at-the-longest",
        "Your loop ends with the longest sequence. Hs has as many steps as X, also where all sequences end early.",
        [("range(X.shape[1])", "range(int(lengths.max()))")],
    ),
    (
        "stops-at-the-shortest",
        "Your loop ends with the shortest sequence, for all of them. Each goes on to its own end.",
        [("(t < lengths)[:, None]", "(t < lengths.min() + 0 * lengths)[:, None]")],
    ),
    (
        "unpadded-states-in-Hs",
        "h_last and c_last are right, but Hs holds the states that went on over the padding. Store what is kept.",
        [("states.append(h)", "states.append(h_next)")],
    ),
    (
        "last-state-of-the-padding",
        "Hs is right, but h_last is the state behind the padding. It is that after the last real step.",
        [("stack(states, dim=1), h, c", "stack(states, dim=1), h_next, c")],
    ),
    (
        "last-cell-of-the-padding",
        "Hs and h_last are right, but c_last is the state behind the padding. It is that after the last real step.",
        [("stack(states, dim=1), h, c", "stack(states, dim=1), h, c_next")],
    ),
    (
        "initial-states-ignored",
        "Your sequence begins with zeros in the place of h0 and c0.",
        [("h, c = h0, c0", "h, c = torch.zeros_like(h0), torch.zeros_like(c0)")],
    ),
    (
        "nothing-carried",
        "Every step begins with h0 and c0. Each begins with both states of the step before.",
        [("X[:, t], h, c", "X[:, t], h0, c0")],
    ),
    (
        "detached-in-every-step",
        "You detach the states from step to step: no gradient flows back in time. Who trains detaches, at the border "
        "of a window.",
        [("X[:, t], h, c", "X[:, t], h.detach(), c.detach()")],
    ),
    (
        "initial-states-detached",
        "You detach h0 and c0: they get no gradient. Who trains detaches, before the call.",
        [("h, c = h0, c0", "h, c = h0.detach(), c0.detach()")],
    ),
    (
        "answer-detached",
        "You detach the last states before you return them. Who trains detaches, where that is wanted.",
        [("stack(states, dim=1), h, c", "stack(states, dim=1), h.detach(), c.detach()")],
    ),
    (
        "time-first",
        "Hs has time first, (T, B, H), as nn.LSTM has without batch_first=True. Stack along dim=1.",
        [("dim=1", "dim=0")],
    ),
    (
        "over-the-batch-by-index",
        "You take X[t], the t-th sequence. Step t of all sequences is X[:, t].",
        [("X[:, t]", "X[t]")],
    ),
    (
        "state-kept",
        "The module keeps its last states and begins the next call with them. They come in as h0 and c0.",
        [
            (
                "h, c = h0, c0",
                "h, c = getattr(self, 'last', (h0, c0)); h, c = (h, c) if len(h) == len(h0) else (h0, c0)",
            ),
            ("return torch", "self.last = h.detach(), c.detach(); return torch"),
        ],
    ),
    (
        "backwards-in-time",
        "The sequences are gone through from the last step to the first. Begin with step 0.",
        [("range(X.shape[1])", "reversed(range(X.shape[1]))")],
    ),
):
    LSTM.slip(name, hint, *edits)
