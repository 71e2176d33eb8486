"""Contract of `compressed_bytes`, what five forms of a matrix take.

unrolled-canary-33be806ad946
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import compression

READ = "compression#eq-bytes"


def _pruned(rng: np.random.Generator, rows: int, columns: int, kept: int) -> np.ndarray:
    weights = np.zeros(rows * columns)
    weights[rng.permutation(len(weights))[:kept]] = rng.standard_normal(kept)
    return weights.reshape(rows, columns)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # An odd number of weights: signs do not fill their last byte.
    rows, columns = 2 * sizes.inputs + 3, 2 * (sizes.hidden + sizes.batch) + 5
    kept = int(rng.integers(rows + columns, rows * columns // 2))
    return {"W": _pruned(rng, rows, columns, kept).astype(dtype), "rank": sizes.outputs + 1}


def _of(rows: int, columns: int, kept: int, rank: int) -> kit.Function:
    return lambda rng: {"W": _pruned(rng, rows, columns, kept), "rank": rank}


def _large(rng: np.random.Generator) -> kit.Arguments:
    return {"W": _pruned(rng, 30, 70, int(rng.integers(200, 400))), "rank": 8}


compressed_bytes = kit.Contract(
    reference=compression.compressed_bytes,
    outputs=tuple(map(kit.exact, ("dense", "int8", "sparse", "low_rank", "binary"))),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("nothing left", _of(5, 6, 0, 2)),
        kit.Special("nothing pruned", _of(5, 7, 35, 3)),
        kit.Special("whole bytes of signs", _of(4, 6, 9, 1)),
        kit.Special("a sign beyond whole bytes", _of(5, 5, 7, 2)),
        kit.Special("one row", _of(1, 9, 4, 1)),
        kit.Special("one column", _of(11, 1, 5, 1)),
        kit.Special("float32", lambda rng: {"W": _pruned(rng, 6, 7, 20).astype(np.float32), "rank": 4}),
        kit.Special("many weights", _large),
    ),
)


@compressed_bytes.derivation(
    words={
        "D": "the number of rows",
        "H": "the number of columns",
        "kept": "the number of weights that are not 0",
        "rank": "the rank",
    }
)
def part_by_part(W, rank):
    D, H = W.shape
    kept = np.count_nonzero(W)
    dense = 4 * D * H  #: eq-bytes
    int8 = D * H + 4 * H  #: eq-bytes
    sparse = 8 * kept + 4 * (D + 1)  #: eq-bytes
    low_rank = 4 * rank * (D + H)  #: eq-bytes
    binary = (D * H + 7) // 8 + 4 * H  #: eq-bytes
    return dense, int8, sparse, low_rank, binary


@compressed_bytes.variant
def of_arrays(W, rank):
    number, index = np.float32(0).nbytes, np.int32(0).nbytes
    scales = W.shape[1] * number
    kept = np.sum(W != 0)
    return (
        W.astype(np.float32).nbytes,
        W.astype(np.int8).nbytes + scales,
        kept * (number + index) + (len(W) + 1) * index,
        (len(W) * rank + rank * W.shape[1]) * number,
        np.packbits(W.ravel() > 0).nbytes + scales,
    )


@compressed_bytes.variant
def with_ceil(W, rank):
    rows, columns = np.shape(W)
    weights = rows * columns
    values = columns_of = len(W[W != 0])
    return [
        weights * 32 // 8,
        weights + columns * 4,
        4 * values + 4 * columns_of + 4 * rows + 4,
        4 * (rows * rank) + 4 * (rank * columns),
        int(np.ceil(weights / 8)) + 4 * columns,
    ]


@compressed_bytes.variant
def counted_in_bits(W, rank):
    D, H = W.shape
    bits = [
        32 * W.size,
        8 * W.size + 32 * H,
        64 * len(np.flatnonzero(W)) + 32 * (D + 1),
        32 * (D * rank + rank * H),
        W.size + (-W.size) % 8 + 32 * H,
    ]
    return tuple(one // 8 for one in bits)


@compressed_bytes.variant
def counted_one_by_one(W, rank):
    dense = int8 = 0
    sparse = 4
    for row in W:
        sparse += 4
        for w in row:
            dense += 4
            int8 += 1
            sparse += 8 if w != 0 else 0
    scales = 4 * len(W[0])
    return dense, int8 + scales, sparse, 4 * rank * sum(W.shape), -(-int8 // 8) + scales


@compressed_bytes.variant
def in_an_array(W, rank):
    D, H = W.shape
    kept = int((np.abs(W) > 0).sum())
    whole, rest = divmod(D * H, 8)
    numbers = np.array([D * H, H, kept + (kept + D + 1), rank * D + rank * H, H])
    return tuple(4 * numbers + np.array([0, D * H, 0, 0, whole + min(rest, 1)]))


DENSE, INT8, SPARSE = "4 * D * H", "D * H + 4 * H", "8 * kept + 4 * (D + 1)"
LOW_RANK, BINARY = "4 * rank * (D + H)", "(D * H + 7) // 8 + 4 * H"
for name, hint, *edits in (
    (
        "scales-forgotten-int8",
        "The scales of int8 are missing: a float32 for each column.",
        (INT8, "D * H"),
    ),
    (
        "one-scale-int8",
        "You count one scale for the int8 matrix. Each column has its own.",
        (INT8, "D * H + 4"),
    ),
    (
        "scale-for-each-row-int8",
        "You count a scale for each row of int8. Each column has one.",
        (INT8, "D * H + 4 * D"),
    ),
    (
        "scales-of-one-byte-int8",
        "Your scales of int8 take one byte. They are float32 numbers: 4 bytes.",
        (INT8, "D * H + H"),
    ),
    (
        "zero-points-counted",
        "You count zero points. Around 0 there are none: a scale for each column is all.",
        (INT8, "D * H + 5 * H"),
    ),
    (
        "scales-forgotten-binary",
        "The scales of the signs are missing: a float32 for each column.",
        (BINARY, "(D * H + 7) // 8"),
    ),
    (
        "scales-forgotten",
        "The scales are missing, of int8 and of the signs: a float32 for each column.",
        (INT8, "D * H"),
        (BINARY, "(D * H + 7) // 8"),
    ),
    (
        "scale-for-each-row",
        "You count a scale for each row. Each column has one.",
        (INT8, "D * H + 4 * D"),
        (BINARY, "(D * H + 7) // 8 + 4 * D"),
    ),
    (
        "one-scale",
        "You count one scale for the whole matrix. Each column has its own.",
        (INT8, "D * H + 4"),
        (BINARY, "(D * H + 7) // 8 + 4"),
    ),
    (
        "column-numbers-forgotten",
        "The column numbers are missing: beside each weight that stays, stands where in its row it stands.",
        (SPARSE, "4 * kept + 4 * (D + 1)"),
    ),
    (
        "row-starts-forgotten",
        "The row starts are missing: D + 1 whole numbers.",
        (SPARSE, "8 * kept"),
    ),
    (
        "values-alone",
        "You count the values alone. Nobody could tell where they stand: column numbers and row starts belong to them.",
        (SPARSE, "4 * kept"),
    ),
    (
        "one-row-start-too-few",
        "There are D + 1 row starts: the last says where the last row ends.",
        (SPARSE, "8 * kept + 4 * D"),
    ),
    (
        "rows-and-columns-of-each",
        "You count a row and a column number for each weight that stays. Row starts take the place of the row numbers.",
        (SPARSE, "12 * kept"),
    ),
    (
        "column-starts",
        "You count column starts. Rows are stored one behind the other: D + 1 row starts.",
        (SPARSE, "8 * kept + 4 * (H + 1)"),
    ),
    (
        "zeros-counted",
        "You count the weights that are 0, too. They are not stored.",
        (SPARSE, "8 * D * H + 4 * (D + 1)"),
    ),
    (
        "pruned-counted",
        "You count the weights that are 0. Those that are not are stored.",
        ("np.count_nonzero(W)", "W.size - np.count_nonzero(W)"),
    ),
    (
        "positive-ones-counted",
        "You count positive weights alone. Negative ones are stored, too.",
        ("np.count_nonzero(W)", "(W > 0).sum()"),
    ),
    (
        "indices-of-eight-bytes",
        "Your indices take 8 bytes. They are int32: 4.",
        (SPARSE, "12 * kept + 8 * (D + 1)"),
    ),
    (
        "factors-multiplied",
        "You count D · H · rank. The factors have D · rank and rank · H numbers.",
        (LOW_RANK, "4 * rank * D * H"),
    ),
    (
        "one-factor",
        "You count one factor. There are two: D · rank and rank · H numbers.",
        (LOW_RANK, "4 * rank * D"),
    ),
    (
        "singular-values-counted",
        "You count the singular values beside the factors. They are in one of them.",
        (LOW_RANK, "4 * rank * (D + H + 1)"),
    ),
    (
        "numbers-of-the-factors",
        "You count the numbers of the factors. Each takes 4 bytes.",
        (LOW_RANK, "rank * (D + H)"),
    ),
    (
        "rounded-down-to-bytes",
        "You round down to whole bytes: the signs that are left over need a byte, too.",
        (BINARY, "D * H // 8 + 4 * H"),
    ),
    (
        "not-rounded-to-bytes",
        "You return parts of bytes. The signs that are left over need a whole byte.",
        (BINARY, "D * H / 8 + 4 * H"),
    ),
    (
        "one-byte-too-many",
        "You always add a byte. Where the signs fill their bytes there is none left over.",
        (BINARY, "D * H // 8 + 1 + 4 * H"),
    ),
    (
        "each-row-padded",
        "Each row begins with a byte of its own in yours. The rows stand one behind the other.",
        (BINARY, "D * ((H + 7) // 8) + 4 * H"),
    ),
    (
        "each-column-padded",
        "Each column begins with a byte of its own in yours. All signs stand one behind the other.",
        (BINARY, "(D + 7) // 8 * H + 4 * H"),
    ),
    (
        "a-byte-for-each-sign",
        "Each sign takes a byte in yours. Eight share one.",
        (BINARY, "D * H + 4 * H"),
    ),
    (
        "signs-in-bits",
        "You count the bits of the signs. Eight are one byte.",
        (BINARY, "D * H + 32 * H"),
    ),
    (
        "float64",
        "You count 8 bytes a number, as W has them here. Stored numbers are float32: 4.",
        (DENSE, "8 * D * H"),
    ),
    (
        "float64-everywhere",
        "You count 8 bytes a number, as W has them here. Stored numbers are float32: 4.",
        (DENSE, "8 * D * H"),
        (INT8, "D * H + 8 * H"),
        (SPARSE, "12 * kept + 4 * (D + 1)"),
        (LOW_RANK, "8 * rank * (D + H)"),
        (BINARY, "(D * H + 7) // 8 + 8 * H"),
    ),
    (
        "bits-for-bytes",
        "You return bits. Bytes are asked for.",
        (
            "return dense, int8, sparse, low_rank, binary",
            "return 8 * dense, 8 * int8, 8 * sparse, 8 * low_rank, 8 * binary",
        ),
    ),
    (
        "numbers-for-bytes",
        "You count the numbers of the dense matrix. Each takes 4 bytes.",
        (DENSE, "D * H"),
    ),
):
    compressed_bytes.slip(name, hint, *edits)
