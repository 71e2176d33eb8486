"""One character LSTM, made smaller in some forty ways: the bytes of its file and its bits per character.

Read by the page `compression`. The text is the language reference of the Python that runs, so the probe trains on
made-up text. The validation part chooses the rate at which each way is trained further; strengths and the temperature
were set beforehand. What a step takes is the experiment `compressed_times`.
"""

from __future__ import annotations

import copy
import io
import json
import math
import platform
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax
from torch.nn.utils import prune

from experiments.next_character import made_up, real

SEEDS = range(1, 6)
BUDGET = 400  # updates of the net, and of each student
PROBE = 8
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "scipy", "torch")

EMBEDDED, UNITS, STUDENTS = 48, 128, (64, 32)
BATCH, STEPS, RATE, NORM = 32, 32, 1e-2, 1.0
SHARE = 5  # fine-tuning takes a fifth of the updates
RATES = (2e-3, 1e-2)  # of fine-tuning; of each way the better one, on the validation part
TEMPERATURE = 2.0
READ, PIECES = 16_000, 16  # characters that are read for measuring, in so many pieces
ZEROS = (0.5, 0.8, 0.9)
STRENGTHS = (0.3, 1.0)  # of L1
RANKS = (0.75, 0.5)  # bytes of the factors as a share of the matrix's
MATRICES = ("embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "head.weight")

Change = Callable[[Tensor], Tensor]  # of a matrix


class Parts(NamedTuple):
    """A text as numbers, in three."""

    train: Tensor
    val: Tensor
    test: Tensor
    size: int

    @classmethod
    def of(cls, text: Any) -> Parts:
        """The last ninth of the training part chooses."""
        cut = len(text.train) * 8 // 9
        return cls(text.train[:cut], text.train[cut:][:READ], text.test[:READ], text.size)


class Net(nn.Module):
    """A character LSTM: ids (B, T) make logits (B, T, V)."""

    def __init__(self, size: int, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, EMBEDDED)
        self.lstm = nn.LSTM(EMBEDDED, units, batch_first=True)
        self.head = nn.Linear(units, size)

    def forward(self, ids: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        states, last = self.lstm(self.embedding(ids), state)
        return self.head(states), last


# Training.


def pieces(text: Tensor, updates: int, rng: np.random.Generator) -> Iterator[tuple[Tensor, bool]]:
    """(BATCH, STEPS + 1) for each update, and whether they go on where the last ones ended; a pass starts anywhere."""
    length = len(text) // BATCH
    streams = text[: BATCH * length].view(BATCH, length)
    in_a_pass = (length - 1) // STEPS
    for update in range(updates):
        place = STEPS * (update % in_a_pass)
        if place == 0:
            streams = streams.roll(int(rng.integers(length)), 1)
        yield streams[:, place : place + STEPS + 1], place > 0


def taught(teacher: Net | None) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The loss of logits (N, V): cross-entropy with labels (N,), or the mean of it and T² times that of the teacher."""

    def loss(logits: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
        hard = cross_entropy(logits, labels)
        if teacher is None:
            return hard
        soft = kl_div(log_softmax(logits / TEMPERATURE, 1), softmax(wanted / TEMPERATURE, 1), reduction="batchmean")
        return (hard + TEMPERATURE**2 * soft) / 2

    return loss


def train(
    net: Net,
    parts: Parts,
    seed: int,
    updates: int,
    rate: float,
    *,
    after: Callable[[int, float], None] | None = None,
    seen_as: Change | None = None,
    teacher: Net | None = None,
) -> Net:
    """Train with Adam and one cycle of the rate; states are carried from piece to piece.

    after: called behind each update with its number and its rate. seen_as: what the net computes with in the place of
    each matrix, while the updates go to the matrix itself; at the end it is what it was seen as.
    """
    learning = list(net.parameters())
    adam = torch.optim.Adam(learning, lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=updates)
    loss = taught(teacher)
    carried = known = None
    for update, (piece, goes_on) in enumerate(pieces(parts.train, updates, np.random.default_rng(seed))):
        ids, labels = piece[:, :-1], piece[:, 1:].flatten()
        kept = matrices(net) if seen_as else {}
        if seen_as:
            put(net, {name: seen_as(one) for name, one in kept.items()})
        wanted = labels
        if teacher is not None:
            with torch.no_grad():
                logits, known = teacher(ids, known if goes_on else None)
                wanted = logits.flatten(0, 1)
        logits, carried = net(ids, carried if goes_on else None)
        carried = (carried[0].detach(), carried[1].detach())
        now = loss(logits.flatten(0, 1), labels, wanted)
        adam.zero_grad()
        now.backward()
        put(net, kept)
        nn.utils.clip_grad_norm_(learning, NORM)
        adam.step()
        if after:
            after(update, schedule.get_last_lr()[0])
        schedule.step()
    if seen_as:
        put(net, {name: seen_as(one) for name, one in matrices(net).items()})
    return net


def matrices(net: Net) -> dict[str, Tensor]:
    """Copies of the matrices, which are compressed; biases are few, and stay."""
    return {name: net.get_parameter(name).detach().clone() for name in MATRICES}


@torch.no_grad()
def put(net: Net, values: dict[str, Tensor]) -> None:
    """Overwrite matrices."""
    for name, value in values.items():
        net.get_parameter(name).copy_(value)


def changed(net: Net, change: Change) -> Net:
    """A copy of the net with each matrix changed."""
    other = copy.deepcopy(net)
    put(other, {name: change(one) for name, one in matrices(net).items()})
    return other


@torch.no_grad()
def measured(net: nn.Module, text: Tensor) -> dict[str, float]:
    """Bits per character, and the share of characters that were the likeliest one, in long pieces."""
    length = len(text) // PIECES
    rows = text[: PIECES * length].view(PIECES, length)
    logits = net(rows[:, :-1])[0].flatten(0, 1)
    labels = rows[:, 1:].flatten()
    bits = float(cross_entropy(logits.double(), labels)) / math.log(2)
    return {"bits": bits, "right": float((logits.argmax(1) == labels).double().mean())}


# Pruning.


def masks_of(values: dict[str, Tensor], zeros: float, together: bool) -> dict[str, Tensor]:
    """1 where a weight stays: all but this share of smallest size, of each matrix or of all together."""
    if together:
        flat = {"all": torch.cat([one.flatten() for one in values.values()])}
        cut = masks_of(flat, zeros, False)["all"].split([one.numel() for one in values.values()])
        return {name: mask.view_as(values[name]) for name, mask in zip(values, cut, strict=True)}
    return {
        name: prune.L1Unstructured(amount=round(zeros * one.numel())).compute_mask(one, torch.ones_like(one))
        for name, one in values.items()
    }


def cut(net: Net, zeros: float) -> Net:
    """A copy with the smallest weights of each matrix at 0."""
    other, values = copy.deepcopy(net), matrices(net)
    masks = masks_of(values, zeros, False)
    put(other, {name: one * masks[name] for name, one in values.items()})
    return other


def gradually(net: Net, zeros: float, updates: int, together: bool = False) -> Callable[[int, float], None]:
    """More and more zeros over the first two thirds of the updates, by a cubic; the same ones from then on."""
    end = max(1, 2 * updates // 3)
    masks: dict[str, Tensor] = {}

    def after(update: int, rate: float) -> None:
        values = matrices(net)
        if update < end and (update % 5 == 0 or update == end - 1):
            now = zeros * (1 - (1 - (update + 1) / end) ** 3)
            masks.update(masks_of(values, now, together))
        put(net, {name: one * masks[name] for name, one in values.items()})

    return after


def penalised(net: Net, strength: float, updates: int, soft: bool) -> Callable[[int, float], None]:
    """L1 over the first two thirds of the updates, by soft thresholds or by plain steps; then what is 0 stays so."""
    end = max(1, 2 * updates // 3)
    masks: dict[str, Tensor] = {}

    def after(update: int, rate: float) -> None:
        now = matrices(net)
        if update < end:
            step = strength * rate
            found = {
                name: nn.functional.softshrink(one, step) if soft else one - step * one.sign()
                for name, one in now.items()
            }
            masks.update({name: (one != 0).float() for name, one in found.items()})
        else:
            found = {name: one * masks[name] for name, one in now.items()}
        put(net, found)

    return after


def zeros_of(net: Net) -> float:
    """Share of exact zeros among the entries of the matrices."""
    every = torch.cat([one.flatten() for one in matrices(net).values()])
    return float((every == 0).double().mean())


def narrower(net: Net, units: int, size: int) -> Net:
    """A net of the units whose way out, to gates and logits, is longest."""
    U, head = net.lstm.weight_hh_l0, net.head.weight
    weight = (U.square().sum(0) + head.square().sum(0)).detach()
    stay = weight.argsort(descending=True)[:units].sort().values
    blocks = torch.cat([stay + gate * UNITS for gate in range(4)])
    small = Net(size, units)
    old = net.state_dict()
    new = {
        "embedding.weight": old["embedding.weight"],
        "lstm.weight_ih_l0": old["lstm.weight_ih_l0"][blocks],
        "lstm.weight_hh_l0": old["lstm.weight_hh_l0"][blocks][:, stay],
        "lstm.bias_ih_l0": old["lstm.bias_ih_l0"][blocks],
        "lstm.bias_hh_l0": old["lstm.bias_hh_l0"][blocks],
        "head.weight": old["head.weight"][:, stay],
        "head.bias": old["head.bias"],
    }
    small.load_state_dict(new)
    return small


# Factors and projections.


def rank_of(matrix: Tensor, share: float) -> int:
    """The rank whose two factors take this share of the matrix's numbers."""
    m, n = matrix.shape
    return max(1, int(share * m * n / (m + n)))


def factors(matrix: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """The best two of that rank."""
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    r = rank_of(matrix, share)
    return left[:, :r] * sizes[:r], right[:r]


def low_rank(share: float) -> Change:
    def change(matrix: Tensor) -> Tensor:
        left, right = factors(matrix, share)
        return left @ right

    return change


def coordinates(matrix: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """A matrix in a random subspace of its longer side, of this share of it, and the subspace's axes."""
    flat = matrix if matrix.shape[1] >= matrix.shape[0] else matrix.T
    generator = torch.Generator().manual_seed(seed)
    axes = torch.linalg.qr(torch.randn(flat.shape[1], int(share * flat.shape[1]), generator=generator))[0]
    return flat @ axes, axes


def projected(share: float, seed: int) -> Change:
    """Each matrix on its random subspace."""

    def change(matrix: Tensor) -> Tensor:
        found, axes = coordinates(matrix, share, seed)
        back = found @ axes.T
        return back if back.shape == matrix.shape else back.T

    return change


# Fewer bits.


def codes(bits: int, kind: str) -> Callable[[Tensor], tuple[Tensor, list[np.ndarray]]]:
    """The matrix as PyTorch rounds it, and what its file holds: scales, a zero point, whole numbers from 0 on.

    kind: "affine", one scale and one zero point; "symmetric", one scale; "channels", a scale for each output.
    """

    def found(matrix: Tensor) -> tuple[Tensor, list[np.ndarray]]:
        rows = matrix if kind == "channels" else matrix.flatten()[None]
        if kind == "affine":
            bottom, top = 0, 2**bits - 1
            low, high = rows.amin(1).clamp(max=0), rows.amax(1).clamp(min=0)
            scale = (high - low) / top
            zero = (-low / scale).round().int()
        else:
            top = 2 ** (bits - 1) - 1
            bottom, scale = -top, (rows.abs().amax(1) / top).clamp(min=1e-12)
            zero = torch.zeros(len(rows), dtype=torch.int32)
        near = torch.fake_quantize_per_channel_affine(rows, scale, zero, 0, bottom, top)
        whole = (near / scale[:, None]).round() + zero[:, None] - bottom
        points = [zero.numpy().astype(np.uint8)] if kind == "affine" else []
        return near.view_as(matrix), [scale.numpy(), *points, in_bits(whole.numpy(), bits)]

    return found


def binary(matrix: Tensor) -> Tensor:
    """Signs, times the mean size of the row."""
    return torch.where(matrix >= 0, 1.0, -1.0) * matrix.abs().mean(1, keepdim=True)


def ternary(matrix: Tensor) -> Tensor:
    """Signs of what is larger than 0.7 of the row's mean size, times the mean size of these; 0 for the others."""
    size = matrix.abs()
    far = (size > 0.7 * size.mean(1, keepdim=True)).float()
    scale = (size * far).sum(1, keepdim=True) / far.sum(1, keepdim=True).clamp(min=1)
    return matrix.sign() * far * scale


def rounded_to(bits: int, kind: str) -> Change:
    return lambda matrix: codes(bits, kind)(matrix)[0]


# Files.


def file_of(arrays: list[np.ndarray]) -> bytes:
    """Arrays as one file: a line that says what they are, then their bytes."""
    head = json.dumps([[one.dtype.str, *one.shape] for one in arrays]).encode() + b"\n"
    return head + b"".join(one.tobytes() for one in arrays)


def arrays_of(data: bytes) -> list[np.ndarray]:
    """Read what `file_of` wrote."""
    head, _, body = data.partition(b"\n")
    found, place = [], 0
    for kind, *shape in json.loads(head):
        count = int(np.prod(shape))
        found.append(np.frombuffer(body, kind, count, place).reshape(shape))
        place += found[-1].nbytes
    return found


def in_bits(codes: np.ndarray, bits: int) -> np.ndarray:
    """Whole numbers of so many bits, packed into bytes."""
    each = np.unpackbits(codes.astype(np.uint8).ravel()[:, None], axis=1)[:, 8 - bits :]
    return np.packbits(each)


def from_bits(packed: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Read what `in_bits` wrote."""
    each = np.unpackbits(packed)[: bits * count].reshape(count, bits)
    return np.packbits(np.pad(each, ((0, 0), (8 - bits, 0))), axis=1)[:, 0]


def dense(matrix: Tensor) -> list[np.ndarray]:
    return [matrix.numpy()]


def as_codes(bits: int, kind: str) -> Callable[[Tensor], list[np.ndarray]]:
    return lambda matrix: codes(bits, kind)(matrix)[1]


def as_signs(matrix: Tensor) -> list[np.ndarray]:
    """A binary matrix: a bit a weight, a scale a row."""
    return [matrix.abs().amax(1).numpy(), in_bits((matrix > 0).numpy(), 1)]


def as_three(matrix: Tensor) -> list[np.ndarray]:
    """A ternary matrix: two bits a weight, a scale a row."""
    return [matrix.abs().amax(1).numpy(), in_bits((matrix.sign() + 1).numpy(), 2)]


def as_csr(matrix: Tensor) -> list[np.ndarray]:
    """What is not 0, row by row: values, columns (one byte: none has more than 256), where rows begin."""
    rows = sparse.csr_array(matrix.numpy())
    return [rows.data, rows.indices.astype(np.uint8), rows.indptr.astype(np.uint32)]


def as_scipy(matrix: Tensor) -> list[np.ndarray]:
    """The same with the whole numbers of four bytes that SciPy computes with."""
    rows = sparse.csr_array(matrix.numpy())
    return [rows.data, rows.indices, rows.indptr]


def as_bitmap(matrix: Tensor) -> list[np.ndarray]:
    """What is not 0, and a bit for each weight that says where."""
    return [matrix[matrix != 0].numpy(), in_bits((matrix != 0).numpy(), 1)]


def as_bitmap_of_codes(matrix: Tensor) -> list[np.ndarray]:
    """The same, what is not 0 in one byte each."""
    values, places = as_bitmap(matrix)
    return [*codes(8, "symmetric")(torch.tensor(values))[1], places]


def as_factors(share: float) -> Callable[[Tensor], list[np.ndarray]]:
    return lambda matrix: [one.contiguous().numpy() for one in factors(matrix, share)]


def as_projection(share: float, seed: int) -> Callable[[Tensor], list[np.ndarray]]:
    """Coordinates in the random subspace, and the seed, which makes its axes again."""
    return lambda matrix: [coordinates(matrix, share, seed)[0].contiguous().numpy(), np.array([seed])]


def written(net: Net, form: Callable[[Tensor], list[np.ndarray]]) -> bytes:
    """The whole net as a file: matrices in this form, biases in float32."""
    arrays = [part for one in matrices(net).values() for part in form(one)]
    arrays += [one.detach().numpy() for name, one in net.named_parameters() if name not in MATRICES]
    return file_of(arrays)


def told(net: Net, test: Tensor, form: Callable[[Tensor], list[np.ndarray]] = dense) -> dict[str, Any]:
    """Bytes of a net's file, before and after zlib, and what the net is worth."""
    data = written(net, form)
    return {"bytes": len(data), "zlib": len(zlib.compress(data, 9)), **measured(net, test)}


# PyTorch's own.


def dynamic(net: Net) -> nn.Module:
    """The net with int8 weights, and inputs and states that are rounded as it runs, by PyTorch's own function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(copy.deepcopy(net), {nn.LSTM, nn.Linear}, dtype=torch.qint8)


def saved(net: nn.Module) -> int:
    """Bytes of PyTorch's own file."""
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    return file.tell()


# The experiment.


def untuned(net: Net, test: Tensor, seed: int) -> dict[str, Any]:
    """Ways that change the net without training it."""
    ways: dict[str, Any] = {"float32": told(net, test)}
    for zeros in ZEROS:
        ways[f"cut {zeros}"] = told(cut(net, zeros), test, as_csr)
    for share in RANKS:
        ways[f"SVD {share}"] = told(changed(net, low_rank(share)), test, as_factors(share))
        ways[f"random {share}"] = told(changed(net, projected(share, seed)), test, as_projection(share, seed))
    for bits in (8, 4, 2):
        for kind in ("affine", "symmetric", "channels"):
            ways[f"{bits} bits, {kind}"] = told(changed(net, rounded_to(bits, kind)), test, as_codes(bits, kind))
    for name, change, form in (("binary", binary, as_signs), ("ternary", ternary, as_three)):
        ways[name] = told(changed(net, change), test, form)
    return ways


def of_pruned(net: Net, test: Tensor) -> dict[str, Any]:
    """The same, and how it is stored otherwise."""
    return told(net, test, as_csr) | {
        "scipy": len(written(net, as_scipy)),
        "bitmap": len(written(net, as_bitmap)),
        "zeros": zeros_of(net),
    }


def students(net: Net, parts: Parts, seed: int, budget: int) -> dict[str, Net]:
    """Smaller nets, trained alone and taught by the net."""
    found = {}
    for units in STUDENTS:
        for name, teacher in (("alone", None), ("taught", net)):
            torch.manual_seed(1000 + seed)
            found[f"{name} {units}"] = train(Net(parts.size, units), parts, seed, budget, RATE, teacher=teacher)
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All ways of one trained net."""
    parts = Parts.of(real())
    torch.manual_seed(seed)
    net = train(Net(parts.size, UNITS), parts, seed, budget, RATE)
    few, test = max(3, budget // SHARE), parts.test

    rates: dict[str, dict[float, float]] = {}

    def tuned(name: str, after: Callable[[Net], Any] | None = None, start: Net = net, **more: Any) -> Net:
        tried = {}
        for rate in RATES:
            other = copy.deepcopy(start)
            tried[rate] = train(other, parts, 100 + seed, few, rate, after=after(other) if after else None, **more)
        rates[name] = {rate: measured(other, parts.val)["bits"] for rate, other in tried.items()}
        return tried[min(RATES, key=lambda rate: rates[name][rate])]

    ways = untuned(net, test, seed)
    ways["longer"] = told(tuned("longer"), test)
    thin = {}
    for zeros in ZEROS:
        thin[zeros] = tuned(f"pruned {zeros}", lambda other, zeros=zeros: gradually(other, zeros, few))
        ways[f"pruned {zeros}"] = of_pruned(thin[zeros], test)
        eighth = changed(thin[zeros], rounded_to(8, "symmetric"))
        ways[f"pruned {zeros}, 8 bits"] = told(eighth, test, as_bitmap_of_codes)
    name = "pruned 0.9, together"
    ways[name] = of_pruned(tuned(name, lambda other: gradually(other, 0.9, few, together=True)), test)
    for strength in STRENGTHS:
        other = tuned(f"L1 {strength}", lambda other, strength=strength: penalised(other, strength, few, True))
        ways[f"L1 {strength}"] = of_pruned(other, test)
    name = "L1 without thresholds"
    ways[name] = of_pruned(tuned(name, lambda other: penalised(other, STRENGTHS[-1], few, False)), test)

    small = narrower(net, STUDENTS[0], parts.size)
    ways["fewer units, cut"] = told(small, test)
    small = tuned("fewer units", start=small)
    ways["fewer units"] = told(small, test)
    ways["fewer units, 4 bits"] = told(changed(small, rounded_to(4, "channels")), test, as_codes(4, "channels"))

    def onto_rank(other: Net) -> Callable[[int, float], None]:
        def after(update: int, rate: float) -> None:
            if update % 5 == 0 or update == few - 1:
                put(other, {name: low_rank(RANKS[-1])(one) for name, one in matrices(other).items()})

        return after

    ways["SVD 0.5, tuned"] = told(tuned("SVD 0.5", onto_rank), test, as_factors(RANKS[-1]))
    for name, change, form in (("binary", binary, as_signs), ("ternary", ternary, as_three)):
        ways[f"{name}, tuned"] = told(tuned(name, seen_as=change), test, form)

    whole = dynamic(net)
    ways["PyTorch's int8"] = {"bytes": saved(whole), "float32 bytes": saved(net), **measured(whole, test)}
    others = students(net, parts, seed, budget)
    name = f"alone {STUDENTS[0]}"
    ways[f"{name}, longer"] = told(tuned(name, start=others[name]), test)
    for name, one in others.items():
        ways[name] = told(one, test)
        ways[f"{name}, 4 bits"] = told(changed(one, rounded_to(4, "channels")), test, as_codes(4, "channels"))

    return {
        "python": platform.python_version(),
        "characters": [len(one) for one in parts[:3]],
        "weights": sum(one.numel() for one in net.parameters()),
        "updates": {"net": budget, "fine-tuning": few},
        "rates": rates,
        "ways": ways,
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up text, and what needs no training."""
    parts = Parts.of(made_up())
    torch.manual_seed(seed)
    net = train(Net(parts.size, UNITS), parts, seed, budget, RATE)
    return {name: [way["bits"], way["bytes"]] for name, way in untuned(net, parts.test, seed).items()}
