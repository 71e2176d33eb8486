"""Leaves the margins of all comparisons of a run where `make portable` asks for them."""

import json
import os
from pathlib import Path

RECORDS_FILE = "UNROLLED_RECORDS"


def pytest_sessionfinish() -> None:
    """Write what the tests compared, as JSON, to the file named by $UNROLLED_RECORDS."""
    if place := os.environ.get(RECORDS_FILE):
        from unrolled.lab.evidence import RECORDS

        Path(place).write_text(json.dumps(RECORDS), encoding="utf-8")
