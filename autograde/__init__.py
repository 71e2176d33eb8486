"""The machine: release an assignment, grade what comes back, write feedback, reports and grades."""

__version__ = "0.1.0"

import sys

# jsonschema, which nbformat loads, builds a grammar of internationalised web addresses on import: seconds at each
# start, in every command, for a check that notebooks never use. It goes without where the package is absent.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None blocks the import
