"""The assignment `keras-cells`: wrong attempts are called by their names, and what learns through padding passes."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import torch
from keras import ops

from autograde.course.cells import grade_id
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of
from solutions.exercises.keras_cells.behaviour import PADDED_SIGN, judge_config, judge_padded_sign
from solutions.judging.judging import KEY_VARIABLE
from solutions.reference.keras_training import MaskedNet, keras_update
from tests.solutions.exercises.attempts import RIGHT, UNNAMED, called, fixtures, run
from unrolled.checking.check import CheckFailed

FRAMEWORKS = {"keras": keras, "torch": torch, "ops": ops}
# As students hand them in: the blocks cut by hand, or the products first.
ANSWERS = {
    "GRUCell": """
class GRUCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        D, H = input_shape[-1], self.units
        self.W = self.add_weight(shape=(D, 3 * H), initializer="glorot_uniform", name="W")
        self.U = self.add_weight(shape=(H, 3 * H), initializer="orthogonal", name="U")
        self.b = self.add_weight(shape=(3 * H,), initializer="zeros", name="b")

    def call(self, x, states):
        h, H = states[0], self.units
        a = ops.matmul(x, self.W) + self.b
        z = ops.sigmoid(a[:, :H] + ops.matmul(h, self.U[:, :H]))
        r = ops.sigmoid(a[:, H:2 * H] + ops.matmul(h, self.U[:, H:2 * H]))
        n = ops.tanh(a[:, 2 * H:] + ops.matmul(r * h, self.U[:, 2 * H:]))
        h_new = z * h + (1 - z) * n
        return h_new, [h_new]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
""",
    "GRUAfterCell": """
class GRUAfterCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        H = self.units
        self.W = self.add_weight(shape=(input_shape[-1], 3 * H), name="W")
        self.U = self.add_weight(shape=(H, 3 * H), name="U")
        self.b = self.add_weight(shape=(3 * H,), initializer="zeros", name="b")
        self.bn = self.add_weight(shape=(H,), initializer="zeros", name="bn")

    def call(self, x, states):
        h = states[0]
        xz, xr, xn = ops.split(x @ self.W + self.b, 3, axis=1)
        hz, hr, hn = ops.split(h @ self.U, 3, axis=1)
        z, r = ops.sigmoid(xz + hz), ops.sigmoid(xr + hr)
        n = ops.tanh(xn + r * (hn + self.bn))
        h_new = (1 - z) * n + z * h
        return h_new, [h_new]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
""",
    "MaskedNet": """
class MaskedNet(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.gru = keras.layers.RNN(GRUCell(units), return_sequences=True)
        self.out = keras.layers.Dense(1)

    def build(self, input_shape):
        B, T, D = input_shape
        self.gru.build(input_shape)
        self.out.build((B, T, self.units))

    def call(self, X, mask):
        H = self.gru(X, mask=mask)
        return self.out(H)
""",
    "masked_loss": """
def masked_loss(p, y, mask):
    off = ops.where(mask, ops.squeeze(p, -1) - y, 0.0)
    count = ops.sum(ops.cast(mask, "float32"))
    return ops.sum(off ** 2) / (2 * ops.maximum(count, 1.0))
""",
    "keras_update": """
def train_step(net, optimizer, X, y, mask):
    p = net(X, mask)
    loss = masked_loss(p, y, mask)
    net.zero_grad()
    loss.backward()
    weights = net.trainable_weights
    gradients = [w.value.grad for w in weights]
    with torch.no_grad():
        optimizer.apply(gradients, weights)
    return float(loss.detach())

def keras_update(X, y, mask, W, U, b, Wy, by, rate, limit):
    net = MaskedNet(len(U))
    net.build(X.shape)
    net.set_weights([W, U, b, Wy, by])
    optimizer = keras.optimizers.SGD(rate, global_clipnorm=limit)
    X, y, mask = (ops.convert_to_tensor(one) for one in (X, y, mask))
    loss = train_step(net, optimizer, X, y, mask)
    return *net.get_weights(), loss
""",
}

BIAS = 'self.add_weight(shape=(3 * H,), initializer="zeros", name="b")'


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    return called(fixtures("keras-cells")[name], run(ANSWERS, name, edits, **FRAMEWORKS)[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("GRUCell", 'initializer="glorot_uniform", name="W"', 'trainable=False, name="W"', "W-not-trained"),
        ("GRUCell", "shape=(H, 3 * H)", "shape=(D, 3 * H)", "U-of-the-inputs-size"),
        ("GRUCell", BIAS, "ops.zeros((3 * H,))", "weight-is-a-plain-tensor"),
        ("GRUCell", "return h_new, [h_new]", "return h_new", "state-missing"),
        ("GRUCell", "return h_new, [h_new]", "return h_new, [h]", "old-state-handed-on"),
        ("GRUCell", "return h_new, [h_new]", "return n, [h_new]", "candidate-is-the-output"),
        ("GRUCell", "h, H = states[0],", "h, H = states[0].detach(),", "state-detached"),
        ("GRUCell", "z * h + (1 - z) * n", "(1 - z) * h + z * n", "update-gate-inverted"),
        ("GRUCell", "z * h + (1 - z) * n", "z * (r * h) + (1 - z) * n", "reset-in-the-update"),
        ("GRUCell", "n = ops.tanh", "n = ops.relu", "relu-for-tanh"),
        ("GRUCell", "ops.matmul(r * h, self.U", "r * ops.matmul(h, self.U", "reset-after-the-product"),
        ("GRUCell", "self.b\n", "0\n", "terms-missing-z-the-bias-b_z-and-b_r-b_n"),
        ("GRUCell", "return h_new", "raise ValueError('mine')\n        return h_new", UNNAMED),
        ("GRUAfterCell", "r * (hn + self.bn)", "r * hn", "recurrent-bias-unused"),
        ("GRUAfterCell", "r * (hn + self.bn)", "r * hn + self.bn", "recurrent-bias-not-reset"),
        ("GRUAfterCell", "xn + r * (hn + self.bn)", "r * (xn + hn + self.bn)", "reset-on-everything"),
        ("GRUAfterCell", "(1 - z) * n + z * h", "n + h", "update-by-sum"),
        ("GRUAfterCell", "shape=(H,),", "shape=(3 * H,),", "recurrent-bias-three-blocks"),
        ("GRUAfterCell", "xz, xr, xn =", "xr, xz, xn =", UNNAMED),
        ("MaskedNet", "GRUCell(units), return_sequences=True", "GRUCell(units)", "last-state-alone"),
        ("MaskedNet", "X, mask=mask", "X", "mask-not-passed-on"),
        ("MaskedNet", "X, mask=mask", "X, mask=~mask", "mask-inverted"),
        ("MaskedNet", "self.gru(X, mask=mask)", "self.gru(X * mask[:, :, None])", "inputs-masked"),
        ("MaskedNet", "return self.out(H)", "return self.out(H * mask[..., None])", "states-zeroed"),
        ("MaskedNet", "return self.out(H)", "return self.out(H) * mask[..., None]", "answers-masked"),
        ("MaskedNet", "Dense(1)", "Dense(1, use_bias=False)", "head-without-bias"),
        ("MaskedNet", "return self.out(H)", "return self.out(H)[:, :, 0]", "last-axis-dropped"),
        ("masked_loss", 'ops.sum(ops.cast(mask, "float32"))', "mask.size", "divided-by-all-steps"),
        ("masked_loss", 'ops.sum(ops.cast(mask, "float32"))', "len(mask)", "divided-by-batch"),
        ("masked_loss", "ops.squeeze(p, -1) - y", "p - y", "y-without-its-axis"),
        ("masked_loss", "ops.maximum(count, 1.0)", "count", "zero-divided-by-zero"),
        ("masked_loss", "(2 * ops.maximum(count, 1.0))", "ops.maximum(count, 1.0)", "not-halved"),
        ("masked_loss", "ops.where(mask, ops.squeeze(p, -1) - y, 0.0)", "(p[..., 0] - y) * mask", "nan-times-zero"),
        ("keras_update", "loss.backward()", "loss.backward(retain_graph=True); loss.backward()", "gradients-twice"),
        ("keras_update", "net(X, mask)", "net(X, ops.ones_like(mask))", "net-without-the-mask"),
        ("keras_update", "masked_loss(p, y, mask)", "masked_loss(p, y, ops.ones_like(mask))", "loss-without-the-mask"),
        ("keras_update", "[w.value.grad for", "[-w.value.grad for", "uphill"),
        ("keras_update", "global_clipnorm", "clipnorm", "each-clipped-alone"),
        ("keras_update", "optimizer.apply(gradients, weights)", "pass", "nothing-applied"),
        ("keras_update", "float(loss.detach())", "masked_loss(net(X, mask), y, mask).item()", "loss-after-the-step"),
        ("keras_update", "weights = net.trainable_weights", "weights = net.out.trainable_weights", "cell-not-trained"),
    ],
)  # fmt: skip
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


CELLS = [("GRUCell", ()), ("GRUAfterCell", ("bn",))]


def configured(name, *edits):
    return run(ANSWERS, name, edits, **FRAMEWORKS)[name]


@pytest.mark.parametrize(("name", "further"), CELLS)
def test_a_cell_is_made_again_from_its_configuration(name, further, capsys):
    judge_config(configured(name), name, further)
    assert "made again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('{**super().get_config(), "units": self.units}', "super().get_config()", "has to hold the units"),
        ('"units": self.units}', '"units": 3 * self.units}', "has to hold the units"),
        ('{**super().get_config(), "units": self.units}', '{"units": self.units}', "the name that the layer was given"),
        ('"units": self.units}', '"units": self.units, "size": 3}', "called with what get_config returns, stopped"),
        ("units, **kwargs", "units, size, **kwargs", "the constructor stopped"),
        ("units, **kwargs):\n", "units):\n        kwargs = {}\n", "which **kwargs takes"),
        ('return {**super().get_config(), "units": self.units}', "return [self.units]", "has to return a dict"),
        ("self.units = units\n", "self.units = 2 * units // 2 + 1\n", "has to hold the units"),
    ],
)  # fmt: skip
def test_a_configuration_that_loses_something_is_told_what(old, new, sentence):
    with pytest.raises(CheckFailed) as failed:
        judge_config(configured("GRUCell", (old, new)), "GRUCell")
    assert sentence in " ".join(str(failed.value).split())


def test_layers_that_hold_one_of_kerass_own_are_refused():
    forbidden = read_source(source_of("keras-cells")).metadata["unrolled"]["forbidden"]
    program = f"""
import keras
from autograde.runner.forbid import NotAllowedError, forbid
forbid({list(forbidden)!r})
class Net(keras.layers.Layer):
    def __init__(self, make):
        super().__init__()
        self.rnn = make()
keras.layers.RNN(keras.layers.StackedRNNCells([]))
for make in (
    lambda: keras.layers.GRU(3),
    lambda: keras.layers.Bidirectional(keras.layers.LSTM(units=3)),
    lambda: keras.layers.RNN(keras.layers.GRUCell(3)),
    lambda: keras.layers.SimpleRNNCell(3),
):
    try:
        Net(make)
    except NotAllowedError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * 4


def notebook():
    """What the notebook's cells for answers define, run in order."""
    cells = {grade_id(cell): cell.source for cell in read_source(source_of("keras-cells")).cells}
    names = ("GRUCell", "GRUAfterCell", "MaskedNet", "masked_loss", "train_step", "keras_update", "train")
    return run({name: cells[name] for name in names}, **FRAMEWORKS), cells


@pytest.mark.slow
def test_the_model_answers_are_right():
    space, _ = notebook()
    for name in ANSWERS:
        assert called(fixtures("keras-cells")[name], space[name]) == RIGHT
    for name, further in CELLS:
        judge_config(space[name], name, further)


@pytest.mark.slow
def test_the_net_of_the_model_answer_passes(capsys):
    judge_padded_sign(notebook()[0]["train"], "padded", steps=12, enough=1)
    assert "✓ train" in capsys.readouterr().out


def readout_of_the_last_step(X, y, rng):
    """A net without memory: z = 0 and U = 0, the best readout of the step at the end of each sequence."""
    hidden = 8
    W = np.zeros((2, 3 * hidden))
    W[:, 2 * hidden :] = rng.standard_normal((2, hidden))
    b = np.repeat([-40.0, 0.0, 0.0], hidden)
    b[2 * hidden :] = rng.standard_normal(hidden)
    last = X[np.arange(len(X)), np.any(X != 0, axis=-1).sum(axis=1) - 1]
    states = np.tanh(last @ W[:, 2 * hidden :] + b[2 * hidden :])
    Wy = np.linalg.lstsq(states, y, rcond=None)[0]
    return W, np.zeros((hidden, 3 * hidden)), b, Wy[:, None], np.zeros(1)


def test_a_net_without_memory_does_not_pass(monkeypatch):
    for number in range(20):
        monkeypatch.setenv(KEY_VARIABLE, f"key {number}")
        with pytest.raises(CheckFailed, match="do not learn"):
            judge_padded_sign(readout_of_the_last_step, "padded", steps=12, enough=1)


def test_the_judges_net_is_that_of_keras():
    rng = np.random.default_rng(0)
    X, _ = next(iter(PADDED_SIGN.draw(rng, 6)))
    X = X[:5].astype(np.float32)
    net = MaskedNet(3)
    net.build(X.shape)
    net.set_weights([rng.standard_normal(w.shape) for w in net.get_weights()])
    p = net(ops.convert_to_tensor(X), ops.convert_to_tensor(np.any(X != 0, axis=-1)))
    np.testing.assert_allclose(
        p.detach().numpy(), PADDED_SIGN.outputs(X, tuple(net.get_weights())), rtol=1e-4, atol=1e-5
    )


def test_the_reference_update_goes_down_as_finite_differences_say():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((3, 4, 2)), rng.standard_normal((3, 4))
    mask = np.arange(4) < np.array([4, 2, 1])[:, None]
    net = [rng.standard_normal(shape) for shape in ((2, 9), (3, 9), (9,), (3, 1), (1,))]
    *after, loss = keras_update(X, y, mask, *net, 1.0, 1e9)
    for k, (old, new) in enumerate(zip(net, after, strict=True)):
        place = tuple(rng.integers(0, n) for n in old.shape)
        losses = []
        for shift in (1e-6, -1e-6):
            moved = [one.copy() for one in net]
            moved[k][place] += shift
            losses.append(keras_update(X, y, mask, *moved, 1.0, 1e9)[-1])
        assert (losses[0] - losses[1]) / 2e-6 == pytest.approx((old - new)[place], rel=1e-5, abs=1e-8)
    assert loss > 0
