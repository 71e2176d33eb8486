"""Experiments too long for a page, one module each; `make experiment NAME=…` records one.

A module has `run(seed, budget)`, which returns numbers, curves and samples of one run (dicts, lists, arrays); and
`SEEDS`, one a run; `BUDGET`, the updates of a whole run; `PROBE`, the few updates that a test runs again;
`TOLERANCE`, how far, relatively, another machine's rounding may carry the probe's numbers; `LIBRARIES`, whose versions
decide. Where a part rests on what each Python has its own of, `probe(seed, budget)` leaves it out. A page reads the
record: `recorded("name")`.
"""
