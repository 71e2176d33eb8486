"""Runs one experiment over its seeds and writes its record; a stopped one goes on where it was.

python -m experiments NAME [JOBS]   (from book/; `make experiment NAME=…` does it)
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from unrolled.lab import provenance
from unrolled.lab.records import Record, circumstances, rounded, write

ROOT = provenance.ROOT
HERE = Path(__file__).parent


def names() -> list[str]:
    """The experiments there are."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def module_of(name: str) -> ModuleType:
    """An experiment's module. Raises SystemExit, with the names there are, for another."""
    if name not in names():
        raise SystemExit(f"experiment: there is none called {name!r}; there are: {', '.join(names()) or 'none'}")
    return import_module(f"experiments.{name}")


def digest(name: str) -> str:
    """The hash of everything that decides about an experiment's results."""
    module = module_of(name)
    source = (HERE / f"{name}.py").read_text(encoding="utf-8")
    return provenance.digest([source], more=getattr(module, "DATA", ()), libraries=module.LIBRARIES)


def one_run(name: str, seed: int, budget: int) -> dict[str, Any]:
    """A run's results, rounded as a record has them, and its processor time; on one thread, on which results depend."""
    import torch

    torch.set_num_threads(1)
    started = time.process_time()
    result = rounded(module_of(name).run(seed, budget))
    return {"seconds": time.process_time() - started, "result": result}


def first_updates(name: str) -> dict[str, Any]:
    """What tests run again: the first seed's first updates, of all that every Python has alike."""
    import torch

    torch.set_num_threads(1)
    module = module_of(name)
    return rounded(getattr(module, "probe", module.run)(module.SEEDS[0], module.PROBE))


def _finished(name: str, seeds: list[int], budget: int, jobs: int) -> Iterator[tuple[int, dict[str, Any]]]:
    # One after the other in this process, or as they are done in several.
    if jobs == 1:
        yield from ((seed, one_run(name, seed, budget)) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(one_run, name, seed, budget): seed for seed in seeds}
        yield from ((waiting[future], future.result()) for future in as_completed(waiting))


def record(name: str, jobs: int) -> Record:
    """Run what is missing, some seeds at a time, and write the record."""
    module, key = module_of(name), digest(name)
    folder = ROOT / "_build/experiments" / name / key
    folder.mkdir(parents=True, exist_ok=True)
    todo = [seed for seed in module.SEEDS if not (folder / f"{seed}.json").is_file()]
    print(f"{name}: {len(todo)} of {len(module.SEEDS)} runs to do, {jobs} at a time", flush=True)
    started = time.monotonic()
    for done, (seed, found) in enumerate(_finished(name, todo, module.BUDGET, jobs), start=1):
        beside = folder / f"{seed}.part"
        beside.write_text(json.dumps(found), encoding="utf-8")
        beside.replace(folder / f"{seed}.json")
        left = (time.monotonic() - started) / done * (len(todo) - done)
        print(f"  seed {seed}: {found['seconds']:.0f} s; about {left / 60:.0f} min left", flush=True)
    runs = [json.loads((folder / f"{seed}.json").read_text(encoding="utf-8")) for seed in module.SEEDS]
    made = Record(
        name=name,
        hash=key,
        **circumstances(module.LIBRARIES),
        seconds=round(sum(run["seconds"] for run in runs), 1),
        seeds=list(module.SEEDS),
        runs=[run["result"] for run in runs],
        probe=first_updates(name),
    )
    print(f"{name}: {write(made).relative_to(ROOT)}")
    return made


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1]:
        raise SystemExit(f"experiment: say which one, as in `make experiment NAME={(names() or ['…'])[0]}`")
    try:
        record(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1)
    except KeyboardInterrupt:
        raise SystemExit("experiment: stopped; finished runs are kept, the same command goes on from there") from None
