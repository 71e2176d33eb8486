"""`python -m benchmarks`: cells against PyTorch, grading against nbgrader; _build/bench.json and _build/bench.svg.

Twice: each library with all that the processor can do, and each held to AVX2, as on a machine of another kind.
`python -m benchmarks PART FILE` measures one part, under the settings that it is started with.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

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
    "XLA_FLAGS",
)
PARTS = "grading", "cells"
FREE, HELD = "as it is", "AVX2"  # both sides alike
# JAX takes its threads and its instructions from one variable.
XLA = {FREE: "--xla_cpu_multi_thread_eigen=false"}
XLA[HELD] = f"{XLA[FREE]} --xla_cpu_max_isa=AVX2"


def main(arguments: list[str]) -> None:
    """Measure both parts, each in a process whose settings stand before its libraries are imported; or one of them."""
    if arguments:
        part, file = arguments
        _measure_here(part, Path(file))
        return
    from benchmarks.portable import missing
    from benchmarks.report import write

    for name in sorted(set(PINS) & set(os.environ)):
        print(f"{name}={os.environ[name]} is left aside, so that both sides use all that the processor can do")
    found = {FREE: _measured(FREE)}
    if why := missing(HELD):
        print(f"held to {HELD}: not measured, {why}")
    else:
        found[HELD] = _measured(HELD)
    free = found.pop(FREE)
    write(free["cells"] | {"grading": free["grading"]} | found, BUILD)


def _measured(variant: str) -> dict[str, Any]:
    from benchmarks.portable import VARIANTS

    free = {name: value for name, value in os.environ.items() if name not in PINS}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            print(f"{part}, {variant}:", flush=True)
            file = Path(folder, f"{part}.json")
            command = [sys.executable, "-m", "benchmarks", part, str(file)]
            # Nothing that torch.compile made in an earlier run is taken.
            held = {**ONE_THREAD, **VARIANTS[variant], "XLA_FLAGS": XLA[variant], "TORCHINDUCTOR_CACHE_DIR": folder}
            subprocess.run(command, env={**free, **held}, check=True)
            found[part] = json.loads(file.read_text("utf-8"))
    return found


def _measure_here(part: str, file: Path) -> None:
    module = import_module(f"benchmarks.{part}")
    measured = module.measure()
    if hasattr(module, "told"):
        print(module.told(measured), flush=True)
    file.write_text(json.dumps(measured) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
