"""How a notebook runs: warm parents fork, for each notebook, a judge and a confined student's process.

    grader ──▶ parent (judge) ──fork──▶ judge ◀── the wire: data only ──▶ child ◀──fork── parent (student)
                has `solutions`                                          in the sandbox; never had `solutions`

`warm` starts the parents, `parent` is their program: those of one assignment begin as one process, which imports what
both need, and splits (`later` and `missing` are about what they do not import). `child` runs cells and answers calls
inside the sandbox (`shell`, `agent`); `judge` drives the notebook and runs the tests (`remote` stands for the student's
objects); `frames` and `values` are the wire.
"""
