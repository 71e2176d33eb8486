"""The machine: release an assignment, grade what comes back, write feedback, reports and grades."""

__version__ = "0.1.0"
