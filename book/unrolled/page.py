"""The name under which pages import `unrolled.lab.page`."""

from unrolled.lab.page import difference, direction, interval, note, paired_difference, power, signed, table

__all__ = ["difference", "direction", "interval", "note", "paired_difference", "power", "signed", "table"]
