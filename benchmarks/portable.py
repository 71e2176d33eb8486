"""Runs every page's cells and the numeric tests under other arithmetic and other luck (`make portable`).

A variant stands for a kind of machine that is emulated by environment variables, or for other seeds. A result is kept
under the hash of what it depends on, so that a second run only does what changed. `benchmarks/portable.json` is the
record that the tests read: each subject's smallest margins. A subject that it knows as it is today is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import yaml

from unrolled.lab import provenance
from unrolled.lab.records import circumstances, records_read

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "_build/portable"
RECORD = ROOT / "benchmarks/portable.json"

# One machine a variant, and every setting of each library in some variant: runs grow with the pages alone.
VARIANTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "SSE only": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    },
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "AVX512": {"ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX"},
    # Passive waiting: two busy threads a process would wait for each other where other work fills the cores.
    "two threads": {
        "UNROLLED_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",
    },
    "seeds + 1": {"UNROLLED_SEED_SHIFT": "1"},
    "seeds + 2": {"UNROLLED_SEED_SHIFT": "2"},
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
NEEDS = {"AVX2": "avx2", "AVX512": "avx512f"}

# The tests that compare the reference with frameworks and finite differences; the judge's have keys of their own.
TESTS = "tests"
NUMERIC = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.glob("tests/solutions/reference/test_*.py"),
        *(ROOT / f"tests/unrolled/{name}.py" for name in ("checking/test_probes", "lab/test_page", "test_layouts")),
        *(ROOT / f"tests/unrolled/data/test_{name}.py" for name in ("data", "tasks")),
    )
)

# A margin below which a bound or a claim counts as set to what this machine happened to give.
ENOUGH = {"rounding": 100.0, "approximation": 1.5, "outcome": 1.5}


def pages() -> dict[str, Path]:
    """The chapters of the book that have cells, by their short name."""
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = [ROOT / f"{chapter['file']}.md" for part in parts for chapter in part["chapters"]]
    return {file.stem: file for file in files if "```{code-cell}" in file.read_text(encoding="utf-8")}


def cells(page: Path) -> list[str]:
    """The code of a page, cell by cell."""
    return [cell.source for cell in jupytext.read(page).cells if cell.cell_type == "code"]


def digest(subject: str) -> str:
    """The hash of all that decides about a subject's results: its cells or tests, what they import, the libraries."""
    if subject == TESTS:
        sources = [(ROOT / name).read_text(encoding="utf-8") for name in NUMERIC]
    else:
        sources = cells(pages()[subject])
    return provenance.digest(sources, [one for source in sources for one in records_read(source)])


def missing(variant: str) -> str:
    """Why this machine cannot emulate the variant; empty where it can."""
    flag = NEEDS.get(variant)
    try:
        known = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        known = []
    return f"no {flag} here" if flag and flag not in known else ""


def run(subject: str, variant: str) -> dict[str, Any]:
    """One subject under one variant, in a process of its own; from the kept result where nothing changed."""
    place = RESULTS / subject / f"{variant}.json"
    key = digest(subject)
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        if kept["hash"] == key:
            return kept
    except (OSError, ValueError, KeyError):
        pass
    place.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **ONE_THREAD, **VARIANTS[variant], "MPLBACKEND": "agg"}
    started = time.monotonic()
    found = _run_tests(environment) if subject == TESTS else _run_page(subject, environment)
    result = {"hash": key, "seconds": round(time.monotonic() - started), **found}
    if not found.pop("ended", False):  # a process that was ended from outside says nothing about the page
        place.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result


def _run_page(subject: str, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.portable", "--cells", subject]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
    try:
        return json.loads(done.stdout.rpartition("\n\0")[2])
    except ValueError:
        words = f"the process ended with {done.returncode}: {done.stderr[-500:]}"
        return {"records": [], "error": words, "ended": done.returncode < 0}


def _run_tests(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *NUMERIC]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "records.json")
        environment = {**environment, "UNROLLED_RECORDS": str(place)}  # tests/conftest.py writes it
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
        records = json.loads(place.read_text(encoding="utf-8")) if place.exists() else []
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    closest: dict[str, dict[str, Any]] = {}  # of each test, what came closest to its bound
    for record in records:
        known = closest.setdefault(record["what"], record)
        if record["margin"] is not None and (known["margin"] is None or record["margin"] < known["margin"]):
            closest[record["what"]] = record
    words = "; ".join(failed)[:2000] or done.stderr[-500:] or done.stdout[-500:]
    return {"records": list(closest.values()), "error": words if done.returncode else ""}


def run_cells(subject: str) -> dict[str, Any]:
    """Run a page's cells in this process and return what it verified and claimed."""
    from IPython.core.interactiveshell import InteractiveShell

    from unrolled.lab.evidence import RECORDS

    page = pages()[subject]
    sources = cells(page)
    os.chdir(page.parent)
    shell = InteractiveShell.instance()
    error = ""
    for number, source in enumerate(sources, start=1):
        done = shell.run_cell(source)
        if problem := done.error_before_exec or done.error_in_exec:
            error = f"cell {number}: {type(problem).__name__}: {problem}"
            break
    return {"records": RECORDS, "error": error}


def trouble(result: dict[str, Any]) -> list[str]:
    """What is wrong with a result: an error, a claim that failed, a margin that is too small."""
    found = [result["error"]] if result["error"] else []
    for record in result["records"]:
        if not record["holds"]:
            found.append(f"did not hold: {record['what']} (margin {record['margin']})")
        elif record["margin"] is not None and record["margin"] < ENOUGH.get(record["rests"], 0):
            found.append(f"too tight: {record['what']} (margin {record['margin']:.2g}, {record['rests']})")
    return found


PROBE = """
import json, numpy, scipy.linalg, threadpoolctl, torch
from numpy._core._multiarray_umath import __cpu_features__ as features
print(json.dumps({
    "torch": torch.backends.cpu.get_cpu_capability(),
    "openblas": sorted({one["architecture"] for one in threadpoolctl.threadpool_info() if "architecture" in one}),
    "numpy": [name for name in ("X86_V3", "X86_V4") if features.get(name)],
}))
"""


def arithmetic(variant: str) -> dict[str, Any]:
    """What the libraries say they compute with under a variant."""
    environment = {**os.environ, **ONE_THREAD, **VARIANTS[variant]}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def known() -> dict[str, Any]:
    """The record's entries by subject, of those subjects that are as they were when it was made."""
    try:
        record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if record["enough"] != ENOUGH:
        return {}
    subjects, entries = [*pages(), TESTS], record["subjects"]
    return {name: entries[name] for name in subjects if name in entries and entries[name]["hash"] == digest(name)}


def entry_of(results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A subject's entry in the record: when and on what it ran, and for each variant what was wrong and how near."""
    (key,) = {result["hash"] for result in results.values()}
    return {
        "hash": key,
        **circumstances(provenance.VERSIONS),
        "runs": {variant: _summary_of(result) for variant, result in results.items()},
    }


def _is_one_text(results: dict[str, dict[str, Any]]) -> bool:
    """Whether a subject was the same in all of its runs: a page may be edited meanwhile."""
    return len({result["hash"] for result in results.values()}) == 1


def write(subjects: dict[str, Any]) -> None:
    """Write the record."""
    record = {
        "command": "make portable",
        "enough": ENOUGH,
        "variants": {name: missing(name) or {"set": VARIANTS[name], "found": arithmetic(name)} for name in VARIANTS},
        "subjects": subjects,
    }
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _summary_of(result: dict[str, Any]) -> dict[str, Any]:
    records = result["records"]
    claims = [record for record in records if record["kind"] == "claim"]
    tight = [record["margin"] for record in records if record.get("rests") == "rounding" and record["margin"]]
    return {
        "seconds": result["seconds"],
        "failures": trouble(result),
        "verified": sum(record["kind"] == "verify" for record in records),
        "smallest rounding margin": round(min(tight)) if tight else None,
        "claims": {record["what"].partition(":")[0]: round(record["margin"], 2) for record in claims},
    }


def main() -> int:
    """Run what is asked for, print a line for each run, and end with one line; exit status 1 after a failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subjects", nargs="*", help="pages by short name, or `tests`; left out: all that changed")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="only this variant (repeatable)")
    parser.add_argument("--cells", metavar="PAGE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cells:
        print("\n\0" + json.dumps(run_cells(arguments.cells)))
        return 0
    everything = [*pages(), TESTS]
    if unknown := set(arguments.subjects) - set(everything):
        parser.error(f"no page is called {', '.join(sorted(unknown))}; there are {', '.join(everything)}")
    kept = known()
    subjects = arguments.subjects or [name for name in everything if name not in kept]
    variants = [name for name in arguments.variant or VARIANTS if not missing(name)]
    left = len(subjects) * len(variants)
    failures = 0
    started = time.monotonic()
    jobs = [(subject, variant) for variant in variants for subject in subjects]
    results: dict[str, dict[str, dict[str, Any]]] = {subject: {} for subject in subjects}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, ((subject, variant), result) in enumerate(
            zip(jobs, pool.map(lambda job: run(*job), jobs), strict=True), start=1
        ):
            results[subject][variant] = result
            found = trouble(result)
            failures += len(found)
            spent = time.monotonic() - started
            print(
                f"[{done}/{left}] {subject}, {variant}: {result['seconds']} s, "
                f"{'; '.join(found) if found else 'holds'} (about {spent / done * (left - done) / 60:.0f} min left)",
                flush=True,
            )
    if not arguments.variant:
        made = kept | {name: entry_of(results[name]) for name in subjects if _is_one_text(results[name])}
        write({name: made[name] for name in everything if name in made})
    print(f"portable: {len(variants)} variants of {len(subjects)} subjects, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
