"""Measures the judge of each function under many keys, and keeps what it found (`make verify`).

A record carries the hash of all that decides about it: the contract with what it imports, the judge, the libraries.
While that fits, the tests read the record, and try a few keys themselves.

unrolled-canary-90c1d4be7f26
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from solutions import kept
from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of
from solutions.judging import audit as auditing
from solutions.judging.audit import Audit, audit
from solutions.judging.contract import Contract
from unrolled.lab import provenance
from unrolled.lab.records import circumstances

RECORDS = provenance.ROOT / "records/verifications"
KEYS = tuple(str(k) for k in range(100))  # each draws float64, float32 and non-contiguous inputs


def functions() -> dict[str, str]:
    """Every judged function, in the course's order, and the assignment that asks for it."""
    return {name: assignment for assignment in ASSIGNMENTS for name in contracts_of(assignment)}


def digest(contract: Contract) -> str:
    """The hash of everything that decides about a contract's audit: where hints point to in the book does not."""
    code = [*kept.sources(contract), inspect.getsource(auditing)]
    imported = {file for source in code for file in provenance.closure(source)}
    deciding = sorted(imported - set(provenance.files_of("solutions.judging.places")))
    texts = [*code, *(file.read_text(encoding="utf-8") for file in deciding)]
    return provenance.digest([], map(provenance.without_words, texts), kept.LIBRARIES)


def path_of(function: str) -> Path:
    """Where a function's record stands."""
    return RECORDS / f"{function}.json"


def recorded(function: str) -> dict[str, Any]:
    """A function's record; empty where there is none."""
    try:
        found: dict[str, Any] = json.loads(path_of(function).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def verify(function: str) -> dict[str, Any]:
    """Audit one function's judge under all keys and write its record, which is returned."""
    contract = contract_of(function)
    started = time.process_time()
    found = audit(contract, KEYS, kept.misconceptions_of(contract))
    record = {
        "function": function,
        "command": f"make verify FUNCTIONS={function}",
        "hash": digest(contract),
        **circumstances(kept.LIBRARIES),
        "seconds": round(time.process_time() - started, 1),  # of processor time
        "keys": len(KEYS),
        "audit": asdict(found),
        # It quotes mistakes and the reference, as a contract does.
        "canary": f"unrolled-canary-{sha256(function.encode()).hexdigest()[:12]}",
    }
    path_of(function).parent.mkdir(parents=True, exist_ok=True)
    path_of(function).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return record


def main() -> int:
    """Verify the functions that are named, or those whose record does not fit; exit status 1 where the judge errs."""
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__.splitlines()[0])
    parser.add_argument("functions", nargs="*", help="by name; without: all whose record is missing or of other code")
    asked = parser.parse_args().functions
    known = functions()
    if unknown := set(asked) - set(known):
        parser.error(f"no function is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    todo = asked or [name for name in known if recorded(name).get("hash") != digest(contract_of(name))]
    failures = 0
    with ProcessPoolExecutor(min(len(todo), os.cpu_count() or 1) or 1) as pool:
        for number, record in enumerate(pool.map(verify, todo), start=1):
            name = record["function"]
            trouble = Audit(**record["audit"]).trouble()
            failures += len(trouble)
            print(f"[{number}/{len(todo)}] {name}: {record['seconds']} s, {'; '.join(trouble) or 'holds'}", flush=True)
    print(f"verify: {len(todo)} of {len(known)} functions measured, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
