"""Lists what is known of a function: every mistake that is told apart, with its sentence and where it sends to.

unrolled-canary-62f7a01bd9e5
"""

import sys

from solutions.exercises.catalogue import contract_of
from solutions.kept import misconceptions_of


def main() -> int:
    """Print the mistakes of the functions that are named; exit status 2 where none is."""
    if not sys.argv[1:]:
        print("usage: python -m solutions.show FUNCTION…", file=sys.stderr)
        return 2
    for name in sys.argv[1:]:
        known = misconceptions_of(contract_of(name))
        print(f"{name}: {len(known)} mistakes")
        for wrong in known:
            print(f"  {wrong.name} ({wrong.origin})\n    {wrong.hint} [{wrong.read}]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
