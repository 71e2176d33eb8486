"""`python tree.py COMMANDS`: run commands and tell their time, and the processor time of all that they started.

A process of its own, so that all that it waits for is theirs, and so are the orphans that they leave behind: a process
that nobody waits for counts nowhere. It prints a JSON list of the two, in seconds.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress

from autograde.sandbox.linux import PR_SET_CHILD_SUBREAPER, prctl


def main() -> None:
    """Run the commands in turn, and end as one that failed does."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    begun = time.perf_counter()
    for command in json.loads(sys.argv[1]):
        done = subprocess.run(command, stdout=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(done.returncode)
    ended = time.perf_counter()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps([ended - begun, used.ru_utime + used.ru_stime]))


if __name__ == "__main__":
    main()
