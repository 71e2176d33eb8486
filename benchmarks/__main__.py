"""`python -m benchmarks`: cells against PyTorch, grading against nbgrader; _build/bench.json and _build/bench.svg."""

import os
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "_build"

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# Each of these holds one library alone to older instructions than the processor has.
PINS = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
    "NPY_DISABLE_CPU_FEATURES",
)


def main() -> None:
    """Hold every library to one thread and none to older instructions, before they are imported; then measure."""
    os.environ.update(ONE_THREAD)
    dropped = {name: os.environ.pop(name) for name in PINS if name in os.environ}
    from benchmarks import cells, grading
    from benchmarks.report import write

    for name, value in dropped.items():
        print(f"{name}={value} is left aside, so that both sides use all that the processor can do")
    graded = grading.measure()
    print(grading.told(graded))
    write(cells.measure() | {"left_aside": dropped, "grading": graded}, BUILD)


if __name__ == "__main__":
    main()
