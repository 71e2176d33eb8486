"""`grads(function, *inputs)`: outputs and gradients of a PyTorch function, module or Keras layer, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

INPUT = "input {}"  # how the gradient of an input is called


def grads(
    function: Callable[..., Any], *inputs: np.ndarray, upstream: Sequence[np.ndarray] | None = None
) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Call `function` on tensors made of `inputs`, then go backward.

    Args:
        function: a function of tensors, a `torch.nn.Module`, or a Keras layer on the PyTorch backend. It returns a
            tensor, or a tuple or list of them, nested or not.
        inputs: arrays; those of real numbers get a gradient.
        upstream: the gradient of the loss with respect to each output, each of its output's shape. Default: ones,
            which makes the loss the sum of all outputs.

    Returns:
        The outputs, and the gradients by name: "input 0", "input 1", …, and the parameters' own names for a module.
        A parameter or input that the outputs do not depend on has a gradient of zeros.

    Raises:
        TypeError: an output is not a tensor, or no output depends on any input or parameter.
        ValueError: `upstream` does not fit the outputs.
    """
    # Where hidden tests run outside the student's process, what stands for the function knows how to get there.
    elsewhere = getattr(type(function), "__unrolled_grads__", None)
    if elsewhere is not None:
        found: tuple[list[np.ndarray], dict[str, np.ndarray]] = elsewhere(function, inputs, upstream)
        return found
    import torch

    tensors = [torch.tensor(value) for value in inputs]
    for tensor in tensors:
        tensor.requires_grad_(tensor.is_floating_point())
    outputs = list(_tensors(function(*tensors)))
    wanted = {INPUT.format(i): tensor for i, tensor in enumerate(tensors) if tensor.requires_grad}
    wanted |= {name: parameter for name, parameter in _parameters(function) if parameter.requires_grad}
    found_grads = _backward(outputs, wanted, upstream)
    return [output.detach().numpy() for output in outputs], found_grads


def _backward(
    outputs: list[Any], wanted: dict[str, Any], upstream: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    import torch

    if upstream is None:
        upstream = [np.ones(tuple(output.shape)) for output in outputs]
    if [np.shape(one) for one in upstream] != [tuple(output.shape) for output in outputs]:
        raise ValueError("upstream has to hold one array for each output, of its shape")
    pairs = [(o, torch.as_tensor(u, dtype=o.dtype)) for o, u in zip(outputs, upstream, strict=True) if o.requires_grad]
    if not pairs:
        raise TypeError("no output depends on an input or a parameter: was something detached, or made by NumPy?")
    with_grad, weights = zip(*pairs, strict=True)
    found = torch.autograd.grad(with_grad, list(wanted.values()), weights, allow_unused=True)
    return {
        name: np.zeros(tuple(tensor.shape)) if grad is None else grad.detach().numpy()
        for (name, tensor), grad in zip(wanted.items(), found, strict=True)
    }


def _tensors(answer: Any) -> Iterable[Any]:
    import torch

    if isinstance(answer, torch.Tensor):
        yield answer
    elif isinstance(answer, (tuple, list)):
        for one in answer:
            yield from _tensors(one)
    else:
        raise TypeError(f"an output is {type(answer).__name__}, not a tensor")


def _parameters(function: Any) -> Iterable[tuple[str, Any]]:
    import torch

    if isinstance(function, torch.nn.Module) and not hasattr(function, "trainable_variables"):
        return list(function.named_parameters())
    return [(variable.path, variable.value) for variable in getattr(function, "trainable_variables", [])]
