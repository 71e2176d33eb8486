"""A training loop: gradient descent with clipping, the gradients from a function."""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.families import ARRAYS
from solutions.judging.families.training import training
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe


def regressions(*sizes, label="unequal sizes"):
    def draw(rng):
        for steps, batch, inputs in sizes:
            yield Given(
                label,
                {
                    "w": rng.standard_normal(inputs),
                    "inputs": rng.standard_normal((steps, batch, inputs)),
                    # Gradients on both sides of the limit, and of one.
                    "targets": rng.uniform(0.3, 3) * rng.standard_normal((steps, batch)),
                    "rate": rng.uniform(0.1, 0.3),
                    "limit": rng.uniform(0.4, 0.8),
                },
            )

    return draw


def train_epoch(gradient, w, batches, rate, limit):
    """The loss before each step, and the weights after the last."""
    losses = []
    for batch in batches:
        loss, g = gradient(w, batch)
        norm = np.sqrt((g**2).sum())
        if norm > limit:
            g = limit / norm * g
        w = w - rate * g
        losses.append(loss)
    return np.array(losses), w


epoch = Contract(
    reference=train_epoch,
    probe=Probe("on_linear_regression"),
    outputs=near("losses", "w"),
    read="Goodfellow, Bengio and Courville (2016), section 8.1",
    parts=(
        Part("values", regressions((8, 3, 4), (6, 2, 6), (7, 5, 2))),
        Part("edges", regressions((4, 1, 3), (3, 2, 1), (1, 1, 1), label="batches of one, one weight, one batch")),
    ),
)


@epoch.derivation(
    words={"g": "the gradient", "w": "the weights", "losses": "the losses"},
    families=(training, *ARRAYS),
)
def clipped_descent(gradient, w, batches, rate, limit):
    losses = []
    for batch in batches:
        loss, g = gradient(w, batch)
        g = g * min(1, limit / np.linalg.norm(g))
        w = w - rate * g
        losses.append(loss)
    return np.array(losses), w


@epoch.variant
def by_index(gradient, w, batches, rate, limit):
    losses = np.empty(len(batches))
    mine = w.copy()
    for k in range(len(batches)):
        losses[k], g = gradient(mine, batches[k])
        mine -= rate * g / max(1, np.linalg.norm(g) / limit)
    return losses, mine


epoch.slip(
    "loss-after-the-step",
    "You keep the loss after each step. It is asked for before it.",
    ("losses.append(loss)", "losses.append(gradient(w, batch)[0])"),
)
epoch.say(
    "behind-the-loop-g",
    "The step is taken with the gradient as it came. Clip it in every step, before the step is taken.",
)
epoch.slip("weights-overwritten", "You change the weights that you were given.", ("w = w - rate * g", "w -= rate * g"))
