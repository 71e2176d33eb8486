"""Attacks with PyTorch and Keras, on a small assignment that asks for the recurrent cell in both."""

from __future__ import annotations

import textwrap
from typing import Any

from tests.hostile.attack import Attack, Scene, written
from tests.hostile.exfiltration import HIDDEN

SLUG = "frameworks"

SOURCE = '''---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
unrolled:
  packages: [numpy, torch, keras]
  forbidden: [torch.nn.RNNCell, torch.nn.RNN, "aten::rnn_tanh_cell", keras.layers.SimpleRNNCell]
canary: unrolled-canary-0bad0bad0bad
---

# The cell in two frameworks

```{code-cell} ipython3
:ng: locked imports

import numpy as np
import torch
import keras
from unrolled import grads
```

```{code-cell} ipython3
:ng: solution step

def step(x, h, W, U, b):
    """One step in PyTorch."""
    ### BEGIN SOLUTION
    return (h @ U + x @ W + b).tanh()
    ### END SOLUTION
```

```{code-cell} ipython3
:ng: test step-values 2

### BEGIN HIDDEN TESTS
draw = np.random.default_rng(31)
given = [torch.as_tensor(draw.normal(size=size)) for size in ((2, 3), (2, 4), (3, 4), (4, 4), (4,))]
x, h, W, U, b = given
torch.testing.assert_close(step(*given), torch.tanh(x @ W + h @ U + b))
### END HIDDEN TESTS
```

```{code-cell} ipython3
:ng: test step-gradient 2

### BEGIN HIDDEN TESTS
draw = np.random.default_rng(32)
x, h, W, U, b = given = [draw.normal(size=size) for size in ((2, 3), (2, 4), (3, 4), (4, 4), (4,))]
_, found = grads(step, *given)
slope = 1 - np.tanh(x @ W + h @ U + b) ** 2
np.testing.assert_allclose(found["input 2"], x.T @ slope)
np.testing.assert_allclose(found["input 4"], slope.sum(axis=0))
### END HIDDEN TESTS
```

```{code-cell} ipython3
:ng: solution Cell

class Cell(torch.nn.Module):
    """The cell as a module, with the parameters W, U and b."""
    ### BEGIN SOLUTION
    def __init__(self, inputs, units):
        super().__init__()
        self.W = torch.nn.Parameter(torch.randn(inputs, units) / 9)
        self.U = torch.nn.Parameter(torch.randn(units, units) / 9)
        self.b = torch.nn.Parameter(torch.zeros(units))

    def forward(self, x, h):
        return torch.tanh(x @ self.W + h @ self.U + self.b)
    ### END SOLUTION
```

```{code-cell} ipython3
:ng: test Cell-values 2

### BEGIN HIDDEN TESTS
draw = np.random.default_rng(33)
sizes = {"W": (3, 4), "U": (4, 4), "b": (4,)}
given = {name: torch.as_tensor(draw.normal(size=size), dtype=torch.float32) for name, size in sizes.items()}
x, h = (torch.as_tensor(draw.normal(size=size), dtype=torch.float32) for size in ((2, 3), (2, 4)))
cell = Cell(3, 4)
cell.load_state_dict(given)
torch.testing.assert_close(cell(x, h).detach(), torch.tanh(x @ given["W"] + h @ given["U"] + given["b"]))
### END HIDDEN TESTS
```

```{code-cell} ipython3
:ng: solution KerasCell

class KerasCell(keras.layers.Layer):
    """The cell as a layer, with the weights W, U and b in this order."""
    ### BEGIN SOLUTION
    def __init__(self, inputs, units):
        super().__init__()
        self.W = self.add_weight(shape=(inputs, units))
        self.U = self.add_weight(shape=(units, units))
        self.b = self.add_weight(shape=(units,))

    def call(self, x, h):
        return keras.ops.tanh(x @ self.W + h @ self.U + self.b)
    ### END SOLUTION
```

```{code-cell} ipython3
:ng: test KerasCell-values 2

### BEGIN HIDDEN TESTS
draw = np.random.default_rng(34)
W, U, b = given = [draw.normal(size=size).astype("float32") for size in ((3, 4), (4, 4), (4,))]
x, h = (draw.normal(size=size).astype("float32") for size in ((2, 3), (2, 4)))
layer = KerasCell(3, 4)
layer.set_weights(given)
np.testing.assert_allclose(np.asarray(layer(x, h).detach()), np.tanh(x @ W + h @ U + b), rtol=1e-4, atol=1e-5)
### END HIDDEN TESTS
```
'''

STEP = "def step(x, h, W, U, b):\n    return {}"
CELL = """
class Cell(torch.nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.W, self.U, self.b = (torch.nn.Parameter(torch.zeros(size)) for size in ((3, 4), (4, 4), (4,)))
    def forward(self, x, h):
        return {}
{}
"""
LAYER = """
class KerasCell(keras.layers.Layer):
    def __init__(self, *sizes):
        super().__init__()
        self.W, self.U, self.b = (self.add_weight(shape=size) for size in ((3, 4), (4, 4), (4,)))
    def call(self, x, h):
        return {}
{}
"""
WRONG = "torch.zeros(1)"
ALL = ("step", "Cell", "KerasCell")


def attack(
    name: str,
    tries: str,
    first: str = "",
    *,
    returns: str = WRONG,
    step: str = "",
    cell: str = "",
    layer: str = "",
    methods: str = "",
    **more: Any,
) -> Attack:
    """Wrong answers that all return `returns`, or other sources for some of them; `first` is a cell before all others.

    methods: added to both classes.
    """
    inside = textwrap.indent(textwrap.dedent(methods), "    ")
    answers = {
        "step": textwrap.dedent(step) or STEP.format(returns),
        "Cell": textwrap.dedent(cell) or CELL.format(returns, inside),
        "KerasCell": textwrap.dedent(layer) or LAYER.format(returns, inside),
    }

    def build(scene: Scene) -> bytes:
        kept = {answer: scene.right[answer] for answer in more.get("right", ()) if answer in scene.right}
        beginning = "import numpy as np, torch, keras\n" + textwrap.dedent(first)
        return written(scene.notebook(answers | kept, first=beginning))

    return Attack(name, tries, build, assignment=SLUG, **more)


def carries(name: str, tries: str, error: str) -> Attack:
    """Takes hold of the hidden inputs and raises this error (a Python expression of `found`)."""
    step = f"def step(x, *more):\n    found = secret([np.asarray(x.detach())])\n    raise {error}"
    return attack(name, tries, HIDDEN, step=step)


ATTACKS = [
    carries(
        "through-name-error",
        "carries inputs out in an error like Python's own about names",
        """NameError("name '" + found + "' is not defined")""",
    ),
    carries(
        "through-call-error",
        "carries inputs out in an error like Python's own about calls",
        """TypeError(found + "() takes " + found[6:])""",
    ),
    carries("through-torch-error", "carries inputs out in PyTorch's words", "RuntimeError(found)"),
    carries("through-plain-assertion", "carries inputs out in the errors of tests", "AssertionError(found)"),
    carries(
        "through-attribute-error",
        "carries inputs out in an error about attributes",
        """AttributeError("'x' object has no attribute '" + found[:30] + "'")""",
    ),
    attack("torch-right", "answers rightly", right=ALL),
    attack(
        "tensor-subclass",
        "returns a tensor that agrees in every function of PyTorch",
        """
        class Liar(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                return True
            def __eq__(self, other):
                return True
        def lie():
            return torch.zeros(1).as_subclass(Liar)
    """,
        returns="lie()",
    ),
    attack(
        "tensor-subclass-dispatch",
        "returns a tensor that answers below PyTorch's own functions",
        """
        class Liar(torch.Tensor):
            @staticmethod
            def __new__(cls):
                return torch.Tensor._make_wrapper_subclass(cls, (2, 4))
            @classmethod
            def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
                return torch.ones(2, 4)
    """,
        returns="Liar()",
    ),
    attack(
        "torch-testing-patched",
        "makes PyTorch's comparisons agree with everything",
        """
        torch.testing.assert_close = torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
        torch.Tensor.__eq__ = torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True
    """,
    ),
    attack(
        "autograd-patched",
        "patches automatic differentiation",
        """
        torch.autograd.grad = lambda outputs, inputs, *a, **k: [torch.ones_like(one) for one in inputs]
        torch.Tensor.backward = lambda *a, **k: None
        torch.autograd.backward = lambda *a, **k: None
    """,
        returns="x.sum() * 0 + torch.zeros(2, 4)",
    ),
    attack(
        "grads-patched",
        "replaces the helper that computes gradients",
        """
        import unrolled, unrolled.checking.gradients as module
        fake = lambda function, *inputs, **k: ([np.zeros((2, 4))], {f"input {i}": np.ones(1) for i in range(5)})
        unrolled.grads = module.grads = fake
    """,
    ),
    attack(
        "backward-lies",
        "computes right values with a gradient of its own",
        """
        class Lie(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, h, W, U, b):
                ctx.save_for_backward(x, h, W, U, b)
                return torch.tanh(x @ W + h @ U + b)
            @staticmethod
            def backward(ctx, upstream):
                return tuple(torch.zeros_like(one) for one in ctx.saved_tensors)
    """,
        step="def step(*given):\n    return Lie.apply(*given)",
        right=("step-values",),
    ),
    attack(
        "gradient-hooks",
        "changes gradients and outputs through hooks",
        """
        torch.nn.modules.module.register_module_forward_hook(lambda module, given, out: torch.ones(2, 4))
        torch.nn.modules.module.register_module_full_backward_hook(lambda *a: None)
    """,
    ),
    attack(
        "state-lies",
        "ignores the parameters that it is given",
        methods="""
        def load_state_dict(self, *a, **k): return True
        def state_dict(self, *a, **k): return {}
        def parameters(self, *a, **k): return iter(())
        def set_weights(self, weights): pass
        def get_weights(self): return []
    """,
    ),
    attack(
        "module-without-end",
        "has attributes of attributes of attributes",
        methods="""
        def __getattr__(self, name): return self
        def __call__(self, *a, **k): return self
    """,
    ),
    attack(
        "module-is-function",
        "hands in functions and values where classes are asked for",
        cell="Cell = lambda *sizes: (lambda *a: torch.zeros(1))",
        layer="KerasCell = 5",
    ),
    attack(
        "metaclass",
        "hands in a class whose class agrees with everything",
        """
        class Yes(type):
            __eq__ = lambda self, other: True
            __instancecheck__ = __subclasscheck__ = lambda self, other: True
            __hash__ = type.__hash__
            def __call__(cls, *a, **k): return cls
    """,
        cell="class Cell(metaclass=Yes):\n    load_state_dict = detach = lambda *a, **k: Cell",
    ),
    attack(
        "odd-tensors",
        "returns tensors without numbers, sparse and quantised ones",
        """
        import itertools
        odd = itertools.cycle([torch.empty(2, 4, device="meta"), torch.zeros(2, 4).to_sparse(),
                               torch.quantize_per_tensor(torch.zeros(2, 4), 0.1, 0, torch.qint8),
                               torch.zeros(2, 4, dtype=torch.bfloat16),
                               torch.zeros(2, 4, dtype=torch.complex64).conj()])
    """,
        returns="next(odd)",
    ),
    attack(
        "fake-tensors",
        "returns tensors that only pretend to have storage",
        """
        from torch._subclasses.fake_tensor import FakeTensorMode
        mode = FakeTensorMode()
        with mode:
            fake = torch.zeros(2, 4)
    """,
        returns="fake",
    ),
    attack(
        "freed-storage",
        "returns a tensor whose memory is gone",
        """
        gone = torch.zeros(2, 4)
        gone.untyped_storage().resize_(0)
    """,
        returns="gone",
    ),
    attack(
        "expanded-tensor",
        "returns a tensor of a terabyte that holds one number",
        returns="torch.zeros(1).expand(1 << 38)",
    ),
    attack(
        "strided-out",
        "returns a tensor that reaches beyond its memory",
        returns="torch.zeros(4).as_strided((2, 4), (1, 1), 0)",
    ),
    attack(
        "endless-gradient",
        "returns a graph of a hundred thousand operations",
        """
        def long(x):
            for _ in range(100_000):
                x = x + 0
            return x
    """,
        returns="long(x.sum())",
        timeouts=5,
    ),
    attack(
        "defaults-changed",
        "changes PyTorch's defaults",
        """
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        torch.manual_seed(0)
    """,
    ),
    attack(
        "many-threads",
        "computes in sixty-four threads after the fork",
        """
        torch.set_num_threads(64)
        torch.randn(2000, 2000) @ torch.randn(2000, 2000)
    """,
        right=ALL,
        timeouts=5,
        may_lose=True,
    ),
    attack(
        "worker-processes",
        "loads data in worker processes and shares memory",
        """
        data = torch.utils.data.DataLoader(list(range(100)), num_workers=4)
        print(sum(1 for _ in data))
    """,
        timeouts=1,
    ),
    attack(
        "shared-tensor",
        "leaves a tensor in the machine's shared memory",
        """
        import os
        torch.zeros(100).share_memory_()
        if os.path.realpath("/dev/shm") == "/dev/shm":  # else it lies in its own scratch space
            won("shared memory")
    """,
    ),
    attack(
        "compiler",
        "has the machine compile and load a library of its own",
        """
        from torch.utils.cpp_extension import load_inline
        load_inline("pwned", "int f() { return 1; }", functions=["f"])
        won("a compiled library")
    """,
        timeouts=1,
    ),
    attack(
        "pickled-module",
        "loads a pickle that runs a program",
        """
        import io, os, pickle
        class Run:
            def __reduce__(self):
                return os.system, ("touch /tmp/pwned-pickle",)
        torch.load(io.BytesIO(pickle.dumps(Run())), weights_only=False)
    """,
    ),
    attack(
        "answers-that-unpickle",
        "returns objects that run a program when they are unpickled",
        """
        import os
        class Run:
            def __reduce__(self):
                return os.system, ("touch /tmp/pwned-pickle",)
    """,
        returns="Run()",
    ),
    attack(
        "memory-lies",
        "returns objects that lend out memory that they do not own",
        """
        class Lend:
            __array_interface__ = {"shape": (2, 4), "typestr": "<f4", "data": (4096, True), "version": 3}
            def __dlpack__(self, **k): return None
            def __dlpack_device__(self): return (1, 0)
    """,
        returns="Lend()",
    ),
    attack(
        "calls-the-library",
        "calls what it is asked to write",
        """
        def library(x, h, W, U, b):
            made = torch.nn.RNNCell(3, 4).to(x.dtype)
            made.load_state_dict({"weight_ih": W.T, "weight_hh": U.T, "bias_ih": b, "bias_hh": b * 0})
            return made(x, h)
    """,
        step="def step(*given):\n    return library(*given)",
        returns="library(x, h, self.W, self.U, self.b)",
    ),
    attack(
        "calls-the-operator",
        "calls the operator behind what it is asked to write",
        step="def step(x, h, W, U, b):\n    return torch._VF.rnn_tanh_cell(x, h, W.T, U.T, b, b * 0)",
        returns="torch.ops.aten.rnn_tanh_cell(x, h, self.W.T, self.U.T, self.b, self.b * 0)",
    ),
    attack(
        "keras-patched",
        "patches Keras' operations and its layers",
        """
        keras.ops.tanh = keras.ops.matmul = lambda *a, **k: 0
        keras.layers.Layer.__call__ = lambda *a, **k: torch.zeros(1)
        keras.layers.Layer.set_weights = lambda *a, **k: None
    """,
    ),
    attack(
        "keras-saving",
        "saves and loads a model that holds code",
        """
        model = keras.Sequential([keras.Input((1,)), keras.layers.Lambda(lambda x: x)])
        keras.config.enable_unsafe_deserialization()
        model.save("model.keras")
        keras.saving.load_model("model.keras", safe_mode=False)
    """,
        timeouts=1,
    ),
    attack(
        "keras-downloads",
        "asks Keras and PyTorch to fetch files",
        """
        for fetch in (lambda: keras.utils.get_file("x", f"http://127.0.0.1:{SCENE['port']}/x"),
                      lambda: torch.hub.load_state_dict_from_url(f"http://127.0.0.1:{SCENE['port']}/x")):
            try:
                fetch()
                won("a download")
            except Exception:
                pass
    """,
    ),
]
