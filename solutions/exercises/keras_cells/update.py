"""Contract of `keras_update`, one training step of `MaskedNet` with given weights.

unrolled-canary-1a74f9be03d6
"""

from collections.abc import Iterator

import keras
import numpy as np
import torch
from keras import ops

from solutions.exercises.keras_cells import net
from solutions.exercises.keras_cells.loss import where_it_is_real as masked_loss
from solutions.exercises.keras_cells.net import OfTwoLayers as MaskedNet
from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.judging.parts import Given, Part
from solutions.reference import keras_training

READ = "vanishing#eq-clip-norm"
SOME = ("answers", "names", "plain")


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type, *, clipped: bool) -> kit.Arguments:
    """Padded sequences, what is right, a net, a rate and a limit below or above the gradients' norm."""
    _units, W, U, b, Wy, by, X, mask, _ = net.draw(rng, sizes, dtype).values()
    y: np.ndarray = np.where(mask, rng.choice([-1.0, 1.0], mask.shape), 7.0).astype(dtype)
    limit = float(rng.uniform(0.05, 0.1) if clipped else rng.uniform(50, 100))
    rate = float(rng.uniform(0.5, 2))
    return {"X": X, "y": y, "mask": mask, "W": W, "U": U, "b": b, "Wy": Wy, "by": by, "rate": rate, "limit": limit}


def _values(rng: np.random.Generator) -> Iterator[Given]:
    yield Given("below the limit", draw(rng, kit.Sizes(3, 3, 2, 4, 1), np.float64, clipped=False))
    yield Given("above the limit", draw(rng, kit.Sizes(4, 2, 3, 2, 1), np.float64, clipped=True))


def _edges(rng: np.random.Generator) -> Iterator[Given]:
    yield Given("a batch of one", draw(rng, kit.Sizes(1, 2, 2, 3, 1), np.float32, clipped=True))
    gaps = draw(rng, kit.Sizes(3, 3, 1, 2, 1), np.float64, clipped=False)
    yield Given("gaps in the mask", gaps | {"mask": np.array(net.GAPS, dtype=bool)})


keras_update = kit.Contract(
    reference=keras_training.keras_update,
    outputs=kit.near("W", "U", "b", "Wy", "by", "loss"),
    read=READ,
    parts=(Part("values", _values), Part("edges", _edges)),
)


@keras_update.derivation(
    words={"X": "the inputs", "y": "what is right", "mask": "the mask", "rate": "the rate", "limit": "the limit"},
    families=written_with("ops", [family for family in kit.ARRAYS if family.__name__ in SOME]),
)
def by_an_optimizer(X, y, mask, W, U, b, Wy, by, rate, limit):
    net = MaskedNet(len(U))
    net.build(X.shape)
    net.set_weights([W, U, b, Wy, by])
    optimizer = keras.optimizers.SGD(rate, global_clipnorm=limit)  #: eq-clip-norm
    X, y, mask = (ops.convert_to_tensor(one) for one in (X, y, mask))
    loss = masked_loss(net(X, mask), y, mask)  #: rnn-cell#eq-sequence-loss
    net.zero_grad()
    loss.backward()
    gradients = [weight.value.grad for weight in net.trainable_weights]
    with torch.no_grad():
        optimizer.apply(gradients, net.trainable_weights)
    return *net.get_weights(), loss.item()


@keras_update.variant
def by_hand(X, y, mask, W, U, b, Wy, by, rate, limit):
    net = MaskedNet(U.shape[0])
    net.build(X.shape)
    net.set_weights([W, U, b, Wy, by])
    X, y, mask = (torch.as_tensor(one) for one in (X, y, mask))
    loss = masked_loss(net(X, mask), y, mask)
    weights = [weight.value for weight in net.trainable_weights]
    gradients = torch.autograd.grad(loss, weights)
    norm = sum((one**2).sum() for one in gradients) ** 0.5
    shorter = rate * min(1.0, limit / float(norm))
    return *((old - shorter * one).detach().numpy() for old, one in zip(weights, gradients, strict=True)), loss.item()


@keras_update.variant
def by_torch(X, y, mask, W, U, b, Wy, by, rate, limit):
    net = MaskedNet(len(U))
    net.build(X.shape)
    for weight, value in zip(net.weights, [W, U, b, Wy, by], strict=True):
        weight.assign(value)
    X, y, mask = (ops.convert_to_tensor(one) for one in (X, y, mask))
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    optimizer.zero_grad()
    loss = masked_loss(net(X, mask), y, mask)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), limit)
    optimizer.step()
    return [*net.get_weights(), loss.detach().numpy()]


@keras_update.variant
def assigned(X, y, mask, W, U, b, Wy, by, rate, limit):
    net = MaskedNet(len(by) * len(Wy))
    net.build((None, None, X.shape[-1]))
    net.set_weights([W, U, b, Wy, by])
    loss = masked_loss(net(ops.array(X), ops.array(mask)), ops.array(y), ops.array(mask))
    loss.backward()
    gradients = [weight.value.grad for weight in net.trainable_weights]
    norm = ops.sqrt(sum(ops.sum(ops.square(one)) for one in gradients))
    for weight, one in zip(net.trainable_weights, gradients, strict=True):
        weight.assign_sub(rate * one * ops.minimum(1.0, limit / norm))
    return *(weight.numpy() for weight in net.weights), float(loss.detach())


keras_update.rewrite(
    "apply-gradients",
    (
        "optimizer.apply(gradients, net.trainable_weights)",
        "optimizer.apply_gradients(zip(gradients, net.trainable_weights))",
    ),
)
keras_update.rewrite(
    "gradient-of-torch",
    ("    loss.backward()\n", ""),
    (
        "[weight.value.grad for weight in net.trainable_weights]",
        "torch.autograd.grad(loss, [weight.value for weight in net.trainable_weights])",
    ),
)
keras_update.mistakes(
    """
    not-clipped: Nothing is clipped: global_clipnorm=limit.
        , global_clipnorm=limit → 
    each-clipped-alone: clipnorm clips each gradient by a norm of its own, which turns the step. All five have one norm,
      and one factor: global_clipnorm. [vanishing#eq-clip-norm]
        global_clipnorm=limit → clipnorm=limit
    clipped-by-value: clipvalue cuts off each number alone, which turns the step. Scale all by one factor:
      global_clipnorm. [vanishing#eq-clip-value]
        global_clipnorm=limit → clipvalue=limit
    rate-ignored: The optimizer takes its own rate, 0.01. Give it yours.
        SGD(rate, → SGD(
    another-optimizer: Adam scales each number's step by itself. Here plain gradient descent is asked for: SGD.
        optimizers.SGD → optimizers.Adam
    uphill: The step goes uphill: the gradient is taken away from the weights, not added.
        [weight.value.grad for → [-weight.value.grad for
    net-without-the-mask: The net does not get the mask: padded steps change its states. Both need it, net and loss.
        net(X, mask) → net(X, ops.ones_like(mask))
    loss-without-the-mask: The loss does not get the mask: padded steps count. Both need it, net and loss.
        masked_loss(net(X, mask), y, mask) → masked_loss(net(X, mask), y, ops.ones_like(mask))
    gradients-twice: The gradients of two backward passes have piled up. Clear them before each: net.zero_grad().
        loss.backward() → loss.backward(retain_graph=True); loss.backward()
    head-not-trained: The head stays as it was. All weights of the net are trained, net.trainable_weights.
        for weight in net.trainable_weights] → for weight in net.rnn.trainable_weights]
        optimizer.apply(gradients, net.trainable_weights) → optimizer.apply(gradients, net.rnn.trainable_weights)
    cell-not-trained: Only the head is trained. All weights of the net are, net.trainable_weights.
        for weight in net.trainable_weights] → for weight in net.head.trainable_weights]
        optimizer.apply(gradients, net.trainable_weights) → optimizer.apply(gradients, net.head.trainable_weights)
    nothing-applied: The weights come back as they were. The optimizer has to apply the gradients to them.
        optimizer.apply(gradients, net.trainable_weights) → pass
    loss-after-the-step: The loss is that after the step. It is the one before, from which the gradients came.
        loss.item() → masked_loss(net(X, mask), y, mask).item()
    step-twice: The step is taken twice.
        optimizer.apply(gradients, net.trainable_weights) → [optimizer.apply(gradients, net.weights) for _ in range(2)]
    """
)
