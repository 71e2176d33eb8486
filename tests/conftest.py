"""Tiers (markers in pyproject.toml), neighbours, and the margins of a run where `make portable` asks for them."""

import json
import os
import signal
from pathlib import Path

import tests.depth  # noqa: F401 - its profile of Hypothesis has to be there before it is asked for

RECORDS_FILE = "UNROLLED_RECORDS"

# A shell lets its background jobs ignore Ctrl-C, and these the programs that tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    """Write what the tests compared, as JSON, to the file named by $UNROLLED_RECORDS."""
    if place := os.environ.get(RECORDS_FILE):
        from unrolled.lab.evidence import RECORDS

        Path(place).write_text(json.dumps(RECORDS), encoding="utf-8")
