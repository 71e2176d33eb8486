"""How a notebook runs: warm parents fork, for each notebook, a judge and a confined student's process.

    grader ──▶ parent (judge) ──fork──▶ judge ◀── the wire: data only ──▶ child ◀──fork── parent (student)
                has `solutions`                                          in the sandbox; never had `solutions`

`warm` starts the parents, `parent` is their program; `child` runs cells and answers calls inside the sandbox (`shell`,
`agent`); `judge` drives the notebook and runs the tests (`remote` stands for the student's objects); `frames` and
`values` are the wire.
"""
