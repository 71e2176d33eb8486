"""Contract of `train_stream`, training along a stream with a carried state, a window an update.

unrolled-canary-e9da2131f0d5
"""

import ast
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from solutions.exercises.pytorch_cells.cell import small_parts
from solutions.exercises.pytorch_cells.layer import KeptByWhere as LSTM  # noqa: N814  # as the notebook calls it
from solutions.judging import kit
from solutions.judging.derivation import Derivation, Rewrite
from solutions.judging.families.libraries import written_with
from solutions.judging.families.training import training
from solutions.reference import pytorch_cells

READ = "truncation#eq-truncated-bptt"
NAMES = ("W", "U", "b", "Wy", "by")
WORDS = {"x": "the window's inputs", "y": "the window's targets", "loss": "the loss", "losses": "the losses"}
WORDS |= {"h": "the carried hidden state", "c": "the carried cell state", "p": "the predictions", "rate": "the rate"}
WORDS |= {"limit": "the limit", "window": "the window", "optimiser": "the optimiser", "parameters": "the parameters"}


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Three windows, the last of them shorter; the gradients of some cases are below the limit, of others above it.
    # One case has a batch as long as its window, the other has not: who takes one for the other is told apart.
    window = sizes.batch if sizes.batch in (2, 3) else int(rng.integers(2, 4))
    steps = 1 if sizes.steps == 1 else 2 * window + 1
    clips = sizes.batch < sizes.hidden
    return {
        "X": kit.normal(rng, sizes.batch, steps, sizes.inputs, dtype=dtype),
        "Y": kit.normal(rng, sizes.batch, steps, dtype=dtype, scale=2.0),
        "h": kit.state(rng, sizes, dtype),
        "c": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.kernels(rng, sizes, dtype, blocks=4),
        **kit.readout_of_one(rng, sizes, dtype),
        "window": window,
        "rate": float(rng.uniform(0.5, 1) if clips else rng.uniform(0.2, 0.4)),
        "limit": float(rng.uniform(0.1, 0.3) if clips else rng.uniform(50, 100)),
    }


def _with_window(window: int, steps: int) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        arguments = _draw(rng, kit.Sizes(2, steps, 3, 4, 2), np.float64) | {"window": window}
        return arguments | {
            "X": kit.normal(rng, 2, steps, 3, dtype=np.float64),
            "Y": kit.normal(rng, 2, steps, dtype=np.float64),
        }

    return special


def _breaks_where_cut(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, kit.Sizes(2, 5, 3, 4, 2), np.float64)
    X, Y, h, c, *weights, window, rate, limit = arguments.values()
    whole = function(*arguments.values())
    losses, *weights, h, c = function(X[:, :window], Y[:, :window], h, c, *weights, window, rate, limit)
    others, *last = function(X[:, window:], Y[:, window:], h, c, *weights, window, rate, limit)
    pieces = np.concatenate([losses, others]), *last
    if not np.all(whole[0]):  # no net has a loss of zero with targets drawn at random
        return True
    return not all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in zip(whole, pieces, strict=True))


CUT = "a stream cut in two between windows, the second part going on with weights and state, trains alike."
train_stream = kit.Contract(
    reference=pytorch_cells.train_stream,
    outputs=kit.near("losses", *NAMES, "h", "c"),
    read=READ,
    parts=small_parts(
        _draw,
        kit.Special("a window of one", _with_window(window=1, steps=4)),
        kit.Special("a window longer than the stream", _with_window(window=6, steps=4)),
        kit.Special("windows of equal length", _with_window(window=2, steps=4)),
        shapes=False,
    ),
    rules=(kit.Rule("breaks-where-cut", CUT, _breaks_where_cut, READ),),
)


def _of_the_loop(family: kit.Function) -> kit.Function:
    # What stands before the optimiser, and behind the loop, the notebook gives.
    def rewritten(d: Derivation) -> Iterator[Rewrite]:
        (loop,) = (statement for statement in d.statements if isinstance(statement, ast.For))
        first = next(s.lineno for s in d.statements if ast.unparse(s).startswith("parameters"))
        yield from (one for one in family(d) if first <= one.line.number <= (loop.end_lineno or 0))

    return rewritten


FAMILIES = [_of_the_loop(family) for family in (training, *written_with("torch", kit.ARRAYS))]


@train_stream.derivation(words=WORDS, families=FAMILIES)
def window_by_window(X, Y, h, c, W, U, b, Wy, by, window, rate, limit):
    layer, head = LSTM(len(W), len(U)).double(), nn.Linear(len(U), 1).double()
    layer.load_state_dict({"W": torch.tensor(W), "U": torch.tensor(U), "b": torch.tensor(b)})
    head.load_state_dict({"weight": torch.tensor(Wy.T), "bias": torch.tensor(by)})
    X, Y, h, c = (torch.tensor(one, dtype=torch.float64) for one in (X, Y, h, c))
    parameters = [*layer.parameters(), *head.parameters()]
    optimiser = torch.optim.SGD(parameters, lr=rate)
    losses = []
    for start in range(0, X.shape[1], window):
        x, y = X[:, start : start + window], Y[:, start : start + window]
        lengths = torch.full((len(x),), x.shape[1])
        Hs, h, c = layer(x, h.detach(), c.detach(), lengths)  #: lstm#eq-lstm-sequence
        p = head(Hs)[:, :, 0]
        loss = ((p - y) ** 2).mean() / 2
        losses.append(loss.item())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  #: eq-truncated-bptt
        nn.utils.clip_grad_norm_(parameters, limit)  #: vanishing#eq-clip-norm
        optimiser.step()  #: vanishing#eq-clip-descent
    W, U, b, Wy, by = (one.detach().numpy() for one in (layer.W, layer.U, layer.b, head.weight.T, head.bias))
    return np.array(losses), W, U, b, Wy, by, h.detach().numpy(), c.detach().numpy()


@train_stream.variant
def cleared_behind_the_step(X, Y, h, c, W, U, b, Wy, by, window, rate, limit):
    layer, head = LSTM(len(W), len(U)).double(), nn.Linear(len(U), 1).double()
    layer.load_state_dict({"W": torch.tensor(W), "U": torch.tensor(U), "b": torch.tensor(b)})
    head.load_state_dict({"weight": torch.tensor(Wy.T), "bias": torch.tensor(by)})
    X, Y, h, c = (torch.tensor(one, dtype=torch.float64) for one in (X, Y, h, c))
    net = nn.ModuleList([layer, head])
    optimiser = torch.optim.SGD(net.parameters(), lr=rate)
    losses = []
    for x, y in zip(X.split(window, dim=1), Y.split(window, dim=1), strict=True):
        Hs, h, c = layer(x, h, c, torch.tensor([x.shape[1]] * len(x)))
        loss = nn.functional.mse_loss(head(Hs).squeeze(-1), y) / 2
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), limit)
        optimiser.step()
        net.zero_grad(set_to_none=False)
        losses += [loss.detach().item()]
        h, c = h.detach(), c.detach()
    W, U, b, Wy, by = (one.detach().numpy() for one in (layer.W, layer.U, layer.b, head.weight.T, head.bias))
    return losses, W, U, b, Wy, by, h.numpy(), c.numpy()


@train_stream.variant
def by_hand(X, Y, h, c, W, U, b, Wy, by, window, rate, limit):
    W, U, b, Wy, by = (torch.tensor(one, dtype=torch.float64).requires_grad_() for one in (W, U, b, Wy, by))
    X, Y, h, c = (torch.tensor(one, dtype=torch.float64) for one in (X, Y, h, c))
    weights, losses = [W, U, b, Wy, by], []
    for start in range(0, X.shape[1], window):
        h, c, loss = h.detach(), c.detach(), 0
        steps = range(start, min(start + window, X.shape[1]))
        for t in steps:
            i, f, g, o = torch.chunk(X[:, t] @ W + h @ U + b, 4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            loss = loss + ((h @ Wy + by)[:, 0] - Y[:, t]).square().sum()
        loss = loss / (2 * len(X) * len(steps))
        gradients = torch.autograd.grad(loss, weights)
        norm = torch.sqrt(sum((one**2).sum() for one in gradients))
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= rate * gradient * min(1.0, limit / float(norm))
        losses.append(loss.detach())
    return torch.stack(losses).numpy(), *(one.detach().numpy() for one in (*weights, h, c))


for other in ("window", "rate", "loss"):
    train_stream.say(
        f"another-value-nn-utils-limit-{other}", f"You clip at {other}. Clip at limit.", "vanishing#eq-clip-norm"
    )
train_stream.say("behind-the-loop-optimiser-2", "One step is taken, behind the loop. Every window has its own.")
train_stream.say("behind-the-loop-losses", "One loss is kept, that of the last window. Keep that of every window.")
train_stream.slip(
    "layer-and-readout-clipped-apart",
    "Layer and readout are clipped apart. All five gradients have one norm.",
    (
        "nn.utils.clip_grad_norm_(parameters, limit)",
        "[nn.utils.clip_grad_norm_(some, limit) for some in (parameters[:3], parameters[3:])]",
    ),
    read="vanishing#eq-clip-norm",
)
train_stream.slip(
    "loss-after-the-update",
    "You keep each window's loss after its update. It is asked for before.",
    ("losses.append(loss.item())", "before = h0, c0"),
    ("x, y = X[", "h0, c0 = h.detach(), c.detach(); x, y = X["),
    (
        "optimiser.step()",
        "optimiser.step(); error = head(layer(x, *before, lengths)[0])[:, :, 0] - y; "
        "losses.append((error**2).mean().item() / 2)",
    ),
)
train_stream.mistakes(
    """
    gradients-pile-up: The gradients of earlier windows are added to those of this one: backward adds to what is there.
      Clear them in every window, by optimiser.zero_grad().
        optimiser.zero_grad(set_to_none=True) → pass
    not-clipped: The gradients are not clipped when the step is taken. Clipping comes behind backward, which makes them,
      and before step, which uses them. [vanishing#eq-clip-descent]
        nn.utils.clip_grad_norm_(parameters, limit) → pass
    weights-stay: The weights come back as they were. Either step is missing, or the gradients are cleared between
      backward and step.
        optimiser.step() → pass
    state-not-detached: The way back goes on into the windows before, whose graph is gone. Detach h and c at the border:
      their numbers are carried, the gradient is not. [truncation#eq-bptt-border]
        h.detach(), c.detach() → h, c
    graph-retained: You keep the graph of earlier windows, and go back through weights that have changed since. Detach h
      and c at the border instead. [truncation#eq-bptt-border]
        h.detach(), c.detach() → h, c
        loss.backward() → loss.backward(retain_graph=True)
    state-zero-in-every-window: Every window begins with zeros. The state goes on from window to window.
        h.detach(), c.detach() → 0 * h.detach(), 0 * c.detach()
    state-of-the-start-in-every-window: Every window begins with the state of the stream's beginning. The state goes on
      from window to window.
        losses = [] → losses = []; h0, c0 = h, c
        h.detach(), c.detach() → h0, c0
    cell-state-not-carried: h is carried from window to window, and c is not. Both states are.
        c.detach(), lengths → (c if start == 0 else 0 * c.detach()), lengths
    hidden-state-not-carried: c is carried from window to window, and h is not. Both states are.
        x, h.detach() → x, (h if start == 0 else 0 * h.detach())
    clipped-entry-by-entry: You clip each entry. All gradients together have one norm: clip_grad_norm_.
      [vanishing#eq-clip-norm]
        clip_grad_norm_ → clip_grad_value_
    each-clipped-alone: Each gradient is clipped by a norm of its own. All five have one norm, and one factor.
      [vanishing#eq-clip-norm]
        nn.utils.clip_grad_norm_(parameters, limit) → [nn.utils.clip_grad_norm_([one], limit) for one in parameters]
    readout-not-clipped: The norm is that of the layer's gradients alone, and they alone are clipped. The readout's
      belong to it. [vanishing#eq-clip-norm]
        clip_grad_norm_(parameters, limit) → clip_grad_norm_(layer.parameters(), limit)
    readout-not-trained: The readout does not learn: give the optimiser the parameters of both.
        optim.SGD(parameters, → optim.SGD(layer.parameters(),
    layer-not-trained: The layer does not learn: give the optimiser the parameters of both.
        optim.SGD(parameters, → optim.SGD(head.parameters(),
    adam-for-sgd: Your step is Adam's. Plain descent is asked for: torch.optim.SGD with lr=rate.
        optim.SGD → optim.Adam
    with-momentum: Your step has momentum. Plain descent is asked for: torch.optim.SGD with lr=rate alone.
        lr=rate → lr=rate, momentum=0.9
    uphill: You go up the gradient, so that the loss grows. Is the sign of the loss right?
        loss.backward() → (-loss).backward()
    remainder-lost: The last window is shorter, and you leave it out. It counts, too. [truncation#eq-bptt-border]
        range(0, X.shape[1], window) → range(0, X.shape[1] // window * window, window)
    one-update-at-the-end: One update at the end of the stream. Every window has its own.
        optimiser.zero_grad(set_to_none=True) → pass
        nn.utils.clip_grad_norm_(parameters, limit) → last = start + window >= X.shape[1]
        optimiser.step() → last and (nn.utils.clip_grad_norm_(parameters, limit), optimiser.step())
    first-window-only: You train on the first window alone. The loop goes on to the end of the stream.
        range(0, X.shape[1], window) → range(0, min(window, X.shape[1]), window)
    last-step-of-a-window-alone: The loss of each window is that of its last step alone. It is the mean over them all.
        ((p - y) ** 2).mean() → ((p[:, -1] - y[:, -1]) ** 2).mean()
    y-without-its-axis: y is (B, S), and what head gives is (B, S, 1). Take the axis off: head(Hs)[:, :, 0].
        head(Hs)[:, :, 0] → head(Hs)
    losses-kept-as-tensors: You keep losses that still hang on their graphs. Keep the numbers: loss.item().
        loss.item() → loss
    mean-of-the-losses: You return one loss. Every window has its own.
        np.array(losses) → np.array(losses).mean()
    """
)
