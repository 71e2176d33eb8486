"""The assignment `compression`: wrong attempts are called by their names; a net that fits badly is refused."""

import re

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.compression.behaviour import judge_compression
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import (
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    practised,
    run,
    said,
)
from unrolled.checking.check import CheckFailed

ANSWERS = {
    "magnitude_masks": """
def magnitude_masks(W, U, keep):
    flat = np.concatenate((W.flatten(), U.flatten()))
    idx = np.argsort(-np.abs(flat), kind="stable")
    m = np.zeros(flat.shape)
    for i in idx[:keep]:
        m[i] = 1
    n = W.shape[0] * W.shape[1]
    return m[:n].reshape(W.shape), m[n:].reshape(U.shape)
""",
    "quantise": """
def quantise(x, bits):
    qmin = -2 ** (bits - 1)
    qmax = 2 ** (bits - 1) - 1
    lo = min(x.min(), 0)
    hi = max(x.max(), 0)
    scale = (hi - lo) / (qmax - qmin)
    if scale == 0:
        scale = 1.0
    zero = int(np.round(qmin - lo / scale))
    q = np.round(x / scale) + zero
    q = np.clip(q, qmin, qmax)
    return q, scale, zero
""",
    "dequantise": """
def dequantise(q, scale, zero):
    return (q.astype("float64") - zero) * scale
""",
    "quantise_channels": """
def quantise_channels(W, bits):
    qmax = 2 ** (bits - 1) - 1
    m = np.max(np.abs(W), axis=0)
    scales = m / qmax
    scales[m == 0] = 1
    q = np.round(W / scales).astype(int)
    return q, scales
""",
    "factorise": """
def factorise(W, rank):
    u, s, vt = np.linalg.svd(W, full_matrices=False)
    A = u[:, :rank] * s[:rank]
    B = vt[:rank].copy()
    for k in range(rank):
        if B[k].sum() < 0:
            B[k] = -B[k]
            A[:, k] = -A[:, k]
    return A, B
""",
    "compressed_bytes": """
def compressed_bytes(W, rank):
    d, h = W.shape
    nnz = np.sum(W != 0)
    dense = 4 * d * h
    int8 = d * h + 4 * h
    sparse = 4 * nnz + 4 * nnz + 4 * (d + 1)
    low = 4 * (d * rank + rank * h)
    binary = int(np.ceil(d * h / 8)) + 4 * h
    return dense, int8, sparse, low, binary
""",
}


def answer(name, *edits):
    """The answer to `name` after the edits."""
    return run({name: ANSWERS[name]}, name, edits)[name]


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    return called(fixtures("compression")[name], answer(name, *edits))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT
    assert not lost_parts(contract_of(name), answer(name), "key")


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("magnitude_masks", "-np.abs(flat)", "np.abs(flat)", "smallest-kept"),
        ("magnitude_masks", "-np.abs(flat)", "-flat", "signed-weights-compared"),
        ("magnitude_masks", "idx[:keep]", "idx[: keep + 1]", "one-too-many"),
        ("magnitude_masks", "idx[:keep]", "idx[keep:]", "mask-turned-round"),
        (
            "magnitude_masks",
            'np.argsort(-np.abs(flat), kind="stable")',
            "np.argsort(np.abs(flat), kind='stable')[::-1]",
            "later-of-equal-ones",
        ),
        (
            "magnitude_masks",
            "    for i in idx[:keep]:\n        m[i] = 1\n",
            "    if keep > 0:\n        m[np.abs(flat) >= np.abs(flat)[idx[keep - 1]]] = 1\n",
            "all-of-equal-magnitude-kept",
        ),
        ("magnitude_masks", "m[i] = 1", "m[i] = flat[i]", "weights-returned"),
        ("quantise", "lo = min(x.min(), 0)\n    hi = max(x.max(), 0)", "lo, hi = x.min(), x.max()", "range-without-0"),
        ("quantise", "(qmax - qmin)", "2**bits", "levels-for-steps"),
        ("quantise", "int(np.round(qmin - lo / scale))", "qmin - lo / scale", "zero-point-not-rounded"),
        ("quantise", "int(np.round(qmin - lo / scale))", "int(qmin - lo / scale)", "zero-point-cut-off"),
        ("quantise", "np.round(x / scale) + zero", "(x / scale).astype(int) + zero", "cut-off-not-rounded"),
        ("quantise", "np.round(x / scale) + zero", "np.floor(x / scale) + zero", "rounded-down"),
        ("quantise", "np.round(x / scale) + zero", "np.floor(x / scale + 0.5) + zero", "halves-up"),
        ("quantise", "np.round(x / scale) + zero", "np.round(x / scale)", "zero-point-forgotten"),
        ("quantise", "    q = np.clip(q, qmin, qmax)\n", "", "not-clipped"),
        ("dequantise", 'q.astype("float64")', "q", "int8-overflows"),
        ("dequantise", "- zero", "+ zero", "zero-point-added"),
        ("dequantise", '(q.astype("float64") - zero) * scale', "q * scale - zero", "zero-point-not-scaled"),
        ("quantise_channels", "np.max(np.abs(W), axis=0)", "np.max(W, axis=0)", "largest-for-largest-magnitude"),
        ("quantise_channels", "np.max(np.abs(W), axis=0)", "np.abs(np.max(W, axis=0))", "magnitude-of-the-largest"),
        (
            "quantise_channels",
            "np.max(np.abs(W), axis=0)",
            "np.full(W.shape[1], np.max(np.abs(W)))",
            "one-scale-for-all",
        ),
        ("quantise_channels", "2 ** (bits - 1) - 1", "2 ** (bits - 1)", "one-level-too-many"),
        ("quantise_channels", "np.round(W / scales)", "(W / scales)", "cut-off-not-rounded"),
        ("factorise", "u[:, :rank] * s[:rank]", "u[:, :rank].copy()", "singular-values-forgotten"),
        ("factorise", "vt[:rank].copy()", "s[:rank, None] * vt[:rank]", "singular-values-twice"),
        ("factorise", "            A[:, k] = -A[:, k]\n", "", "signs-of-b-alone"),
        ("factorise", "if B[k].sum() < 0", "if B[k].sum() > 0", "signs-turned-round"),
        ("factorise", "if B[k].sum() < 0", "if B[k, 0] < 0", "signs-of-the-first-entries"),
        ("factorise", "if B[k].sum() < 0", "if False", "signs-as-they-come"),
        ("compressed_bytes", "int8 = d * h + 4 * h", "int8 = d * h", "scales-forgotten-int8"),
        ("compressed_bytes", "int8 = d * h + 4 * h", "int8 = d * h + 4", "one-scale-int8"),
        ("compressed_bytes", "4 * nnz + 4 * nnz + 4 * (d + 1)", "4 * nnz", "values-alone"),
        ("compressed_bytes", "+ 4 * (d + 1)", "+ 4 * d", "one-row-start-too-few"),
        ("compressed_bytes", "4 * nnz + 4 * nnz + 4 * (d + 1)", "12 * nnz", "rows-and-columns-of-each"),
        ("compressed_bytes", "4 * (d * rank + rank * h)", "4 * d * h * rank", "factors-multiplied"),
        ("compressed_bytes", "int(np.ceil(d * h / 8))", "d * h // 8", "rounded-down-to-bytes"),
        ("compressed_bytes", "int(np.ceil(d * h / 8))", "d * h", "a-byte-for-each-sign"),
        ("compressed_bytes", "dense = 4 * d * h", "dense = W.astype(float).nbytes", "float64"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("magnitude_masks", "share-for-each-matrix")
def each_by_itself(W, U, keep):
    share = keep / (W.size + U.size)
    masks = []
    for M in (W, U):
        mask = np.zeros(M.size)
        mask[np.argsort(-np.abs(M.ravel()), kind="stable")[: round(share * M.size)]] = 1
        masks.append(mask.reshape(M.shape))
    return tuple(masks)


@ATTEMPTS.at("magnitude_masks", "all-of-equal-magnitude-kept")
def by_a_quantile_of_ranks(W, U, keep):
    flat = np.sort(np.abs(np.concatenate([W.ravel(), U.ravel()])))
    limit = flat[len(flat) - keep] if keep else np.inf
    return (np.abs(W) >= limit).astype(int), (np.abs(U) >= limit).astype(int)


@ATTEMPTS.at("quantise", "symmetric")
def around_zero(x, bits):
    most = 2 ** (bits - 1) - 1
    scale = np.max(np.abs(x)) / most
    if scale == 0:
        return np.zeros(x.shape), 1.0, 0
    return np.round(x / scale), scale, 0


@ATTEMPTS.at("quantise_channels", "scale-for-each-row")
def rows(W, bits):
    scales = np.abs(W).max(axis=1) / (2 ** (bits - 1) - 1)
    scales[scales == 0] = 1
    return np.round(W / scales[:, None]), scales


@ATTEMPTS.at("factorise", "roots-on-both-sides")
def shared_out(W, rank):
    u, s, vt = np.linalg.svd(W)
    root = np.sqrt(s[:rank])
    A, B = u[:, :rank] * root, root[:, None] * vt[:rank]
    sign = np.where(B.sum(axis=1) > 0, 1, -1)
    return A * sign, B * sign[:, None]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("compression")[attempt.function], attempt.answer) == attempt.misconception


@pytest.mark.parametrize("dtype", [bool, np.int8, float])
def test_masks_may_be_of_any_type(dtype):
    right = answer("magnitude_masks")

    def masks(W, U, keep):
        return tuple(one.astype(dtype) for one in right(W, U, keep))

    assert called(fixtures("compression")["magnitude_masks"], masks) == RIGHT
    assert not lost_parts(contract_of("magnitude_masks"), masks, "key")


KEYS = ["key 0", "key 1", "key 2"]


def test_the_model_answer_passes_under_many_keys(monkeypatch):
    assert not any(said(judge_compression, model_answer("compression", "compress_net"), monkeypatch, KEYS))


def all_of(kind, made):
    """An answer to the question that gives each matrix the same form."""
    return lambda *given: [(kind, *made(M)) for M in given[:3]]


def factors(M, rank=4):
    left, sizes, right = np.linalg.svd(M)
    return left[:, :rank] * sizes[:rank], right[:rank]


def few(M, keep=380):
    return (M * (np.abs(M) >= np.sort(np.abs(M).ravel())[-keep]),)


def int8(M):
    scales = np.abs(M).max(axis=0) / 127
    return np.round(M / scales), scales


SIGNS = all_of("binary", lambda M: (np.where(M < 0, -1, 1), np.abs(M).mean(axis=0)))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (all_of("dense", lambda M: (M,)), "take 49,152 bytes"),
        (all_of("int8", int8), "take 13,056 bytes"),
        (all_of("sparse", few), "most is lost in"),
        (all_of("low_rank", factors), "most is lost in"),
        (SIGNS, "most is lost in"),
        (all_of("sparse", lambda M: (0 * M,)), "most is lost in"),
    ],
    ids=["dense", "int8", "sparse", "low rank", "signs", "zeros"],
)
def test_one_form_for_all_is_refused(wrong, sentence, monkeypatch):
    for text in said(judge_compression, wrong, monkeypatch, KEYS):
        assert sentence in " ".join(text.split())


SQUARE, COLUMN = np.ones((64, 64)), np.ones(64)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (None, "something else"),
        ((), "something else"),
        (("zip", SQUARE), "something else"),
        ((["dense"], SQUARE), "something else"),
        (("dense", SQUARE, COLUMN), "behind 'dense' stand other things"),
        (("int8", SQUARE), "behind 'int8' stand other things"),
        (("dense", "none"), "no array of numbers"),
        (("dense", np.nan * SQUARE), "not finite"),
        (("dense", SQUARE[:9]), "the shapes of W do not fit"),
        (("int8", SQUARE, COLUMN[:9]), "the shapes of q and scales do not fit"),
        (("int8", 0.5 * SQUARE, COLUMN), "other numbers than the whole ones"),
        (("int8", 128 * SQUARE, COLUMN), "other numbers than the whole ones"),
        (("binary", 0 * SQUARE, COLUMN), "signs are -1 and 1"),
        (("low_rank", SQUARE[:, :3], SQUARE[:4]), "the shapes of A and B do not fit"),
        (("low_rank", COLUMN, SQUARE), "the shapes of A and B do not fit"),
    ],
    ids=lambda one: one if isinstance(one, str) else "form",
)
def test_what_is_no_form_is_named(form, sentence):
    right = ("dense", SQUARE)
    with pytest.raises(CheckFailed) as failure:
        judge_compression(lambda *_: [right, form, right])
    text = " ".join(str(failure.value).split())
    assert sentence in text
    assert "the form of U" in text


@pytest.mark.parametrize("made", [None, [("dense", SQUARE)] * 2], ids=["nothing", "two"])
def test_three_forms_are_asked_for(made):
    with pytest.raises(CheckFailed, match="three forms"):
        judge_compression(lambda *_: made)


def test_what_stops_is_named():
    def stops(*_):
        raise ZeroDivisionError

    with pytest.raises(CheckFailed, match="stopped with ZeroDivisionError"):
        judge_compression(stops)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ small, and nearly the same"),
        ([("range(1, 33)", "range(1, 2)")], "Does each matrix have"),
        ([("<= 0.03", "<= 3")], "In which matrix is most lost"),
        ([("return chosen", "return chosen[:2]")], "Three forms are asked for"),
        ([("    chosen = []", "    raise NotImplementedError\n    chosen = []")], "is not written yet"),
    ],
    ids=["right", "no rank", "far", "two", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised("compression", "compress_net", edits, capsys))
