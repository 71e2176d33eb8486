"""The attacks that `make test` plays. They take minutes, so half of them have a file: workers run whole files."""

from tests.hostile.corpus import corpus

SECONDS_PER_CELL = 2
CORPUS = corpus()
# What runs into a limit takes its seconds: one of each kind here, all of them in `make attack`.
LIMITED = (
    *("loop-swallows-interrupts", "loop-ignores-signals", "loop-in-c", "deadlock", "many-files", "memory-shared"),
    *("output-displays", "exception-that-loops", "silence", "large-header", "endless-gradient", "reads-everywhere"),
)
PLAYED = [attack for attack in CORPUS if attack.timeouts == 0 or attack.name in LIMITED]
HALVES = PLAYED[::2], PLAYED[1::2]
# On the wire, these end their own process before anything is printed.
DIES_ARMED = ("flood-in-cell", "noise-in-cell", "answers-ahead", "done-ahead", "done-malformed")


def trouble(made, attack) -> list[str]:
    """What an attack earned, read or broke; or that it did nothing."""
    verdict = made.play(attack, timeout=SECONDS_PER_CELL)
    idle = not verdict.armed and attack.theme == "protocol" and attack.name not in DIES_ARMED
    return [*verdict.fails, *(["it never reached the wire"] if idle else [])]
