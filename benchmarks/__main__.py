"""`python -m benchmarks`: measure the cells against PyTorch, write _build/bench.json and _build/bench.svg."""

import os
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "_build"


def main() -> None:
    """Hold every library to one thread, which works before they are imported only; then measure."""
    os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
    from benchmarks.cells import measure
    from benchmarks.report import write

    write(measure(), BUILD)


if __name__ == "__main__":
    main()
