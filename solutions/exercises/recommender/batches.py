"""Contract of `session_batches`, lanes that read sessions side by side.

unrolled-canary-5d36fcf0d2ff
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-batches"


def _sessions(rng: np.random.Generator, lengths: list[int]) -> list[list[int]]:
    # No item stands twice within a session: a shift by one shows everywhere.
    return [(rng.permutation(40)[:length] + 1).tolist() for length in lengths]


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    size = sizes.batch
    # Enough for each lane to go on twice; short and long ones, and some of one click, the first among them.
    clicked = rng.integers(2, 7, 3 * size + 2).tolist()
    lengths = [1, *clicked]
    for place in rng.integers(1, len(lengths), 2):
        lengths.insert(int(place), 1)
    return {"sessions": _sessions(rng, lengths), "size": size}


def _of(lengths: list[int], size: int) -> kit.Function:
    return lambda rng: {"sessions": _sessions(rng, lengths), "size": size}


session_batches = kit.Contract(
    reference=recommender.session_batches,
    outputs=(kit.exact("inputs"), kit.exact("targets"), kit.exact("starts")),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("as many sessions as lanes", _of([4, 6, 3], 3)),
        kit.Special("one lane", _of([3, 2, 5], 1)),
        kit.Special("one session", _of([5], 1)),
        kit.Special("lanes that are free at once", _of([4, 4, 4, 3, 5, 6, 4], 3)),
        kit.Special("sessions of two clicks", _of([2, 2, 2, 2, 2, 2, 2, 2], 3)),
        kit.Special("a long session beside short ones", _of([9, 2, 3, 2, 2, 4, 3], 2)),
        kit.Special("the last session begins at the end", _of([3, 5, 3, 3, 4], 2)),
        kit.Special("sessions of one click", _of([1, 3, 1, 4, 1, 2, 1, 3, 1], 2)),
    ),
)


@session_batches.derivation(
    words={
        "free": "the steps at which the lanes are free",
        "n": "the lane",
        "begin": "the step at which a session begins",
        "end": "the step at which it ends",
        "N": "the number of steps",
        "steps": "the number of clicks",
        "size": "the number of lanes",
    },
    alike={"n": "0"},
)
def session_by_session(sessions, size):
    sessions = [session for session in sessions if len(session) > 1]
    steps = sum(len(session) for session in sessions)
    inputs, targets, starts = np.zeros((3, steps, size), dtype=int)
    free = np.zeros(size, dtype=int)
    for session in sessions:
        n = free.argmin()
        begin = free[n]
        end = begin + len(session) - 1
        inputs[begin:end, n] = session[:-1]  #: eq-rec-batches
        targets[begin:end, n] = session[1:]  #: eq-rec-batches
        starts[begin, n] = 1  #: eq-rec-batches
        free[n] = end
    N = free.min()
    return inputs[:N], targets[:N], starts[:N]


@session_batches.variant
def step_by_step(sessions, size):
    sessions = [s for s in sessions if len(s) >= 2]
    current, place, following = list(range(size)), [0] * size, size
    inputs, targets, starts = [], [], []
    while True:
        inputs.append([sessions[s][p] for s, p in zip(current, place, strict=True)])
        targets.append([sessions[s][p + 1] for s, p in zip(current, place, strict=True)])
        starts.append([1 if p == 0 else 0 for p in place])
        for lane in range(size):
            place[lane] += 1
            if place[lane] == len(sessions[current[lane]]) - 1:
                if following == len(sessions):
                    return np.array(inputs), np.array(targets), np.array(starts)
                current[lane], place[lane] = following, 0
                following += 1


@session_batches.variant
def queues(sessions, size):
    waiting = [list(session) for session in sessions if len(session) > 1]
    lanes = [(waiting.pop(0), 0) for _ in range(size)]
    rows = []
    while True:
        rows.append([(session[p], session[p + 1], 1 - min(p, 1)) for session, p in lanes])
        for n, (session, p) in enumerate(lanes):
            if p + 2 < len(session):
                lanes[n] = session, p + 1
            elif waiting:
                lanes[n] = waiting.pop(0), 0
            else:
                return tuple(np.moveaxis(np.array(rows), 2, 0))


@session_batches.variant
def flat_with_offsets(sessions, size):
    kept = [session for session in sessions if len(session) > 1]
    clicks = np.concatenate(kept)
    offsets = np.cumsum([0, *map(len, kept)])
    start, end, last = offsets[:size].copy(), offsets[1 : size + 1].copy(), size - 1
    place, inputs, targets, starts = start.copy(), [], [], []
    while True:
        inputs.append(clicks[place])
        targets.append(clicks[place + 1])
        starts.append((place == start) * 1)
        place = place + 1
        for n in np.flatnonzero(place + 1 >= end):
            last += 1
            if last >= len(kept):
                return np.stack(inputs), np.stack(targets), np.stack(starts)
            start[n], end[n] = offsets[last], offsets[last + 1]
            place[n] = start[n]


@session_batches.variant
def columns_joined(sessions, size):
    columns = [[] for _ in range(size)]
    for session in sessions:
        if len(session) < 2:
            continue
        column = min(columns, key=len)
        column += [(session[p], session[p + 1], p == 0) for p in range(len(session) - 1)]
    N = min(len(column) for column in columns)
    return tuple(np.array([[int(column[t][k]) for column in columns] for t in range(N)]) for k in range(3))


@session_batches.variant
def one_more_row_at_a_time(sessions, size):
    following = iter([session for session in sessions if len(session) > 1])
    lanes = [next(following) for _ in range(size)]
    first = [1] * size
    inputs, targets, starts = [], [], []
    while all(len(lane) > 1 for lane in lanes):
        inputs.append([lane[0] for lane in lanes])
        targets.append([lane[1] for lane in lanes])
        starts.append(first)
        lanes, first = [lane[1:] for lane in lanes], [0] * size
        for n in range(size):
            if len(lanes[n]) == 1:
                lanes[n], first[n] = next(following, lanes[n]), 1
    return inputs, targets, starts


@session_batches.variant
def generators(sessions, size):
    kept = (session for session in sessions if len(session) > 1)

    rows, lanes = [], [None] * size
    readers = [iter(()) for _ in range(size)]
    while True:
        for n in range(size):
            lanes[n] = next(readers[n], None)
            if lanes[n] is None:
                session = next(kept, None)
                if session is None:
                    return [np.array([[step[k] for step in row] for row in rows]) for k in range(3)]
                readers[n] = zip(session[:-1], session[1:], [1] + [0] * (len(session) - 2), strict=True)
                lanes[n] = next(readers[n])
        rows.append(list(lanes))


SKIPPED = "Sessions of one click have no target. Leave them out before the lanes begin."
HINTS = (
    (
        "targets-not-shifted",
        "The targets are the inputs themselves. A target is the click behind its input.",
        ("targets[begin:end, n] = session[1:]", "targets[begin:end, n] = session[:-1]"),
    ),
    (
        "inputs-and-targets-exchanged",
        "Inputs and targets are exchanged: the target is the later click.",
        ("inputs[begin:end, n] = session[:-1]", "inputs[begin:end, n] = session[1:]"),
        ("targets[begin:end, n] = session[1:]", "targets[begin:end, n] = session[:-1]"),
    ),
    (
        "last-click-for-all",
        "The target of each step is the session's last click. It is the very next one.",
        ("targets[begin:end, n] = session[1:]", "targets[begin:end, n] = session[-1]"),
    ),
    (
        "backwards",
        "Your sessions run backwards.",
        ("inputs[begin:end, n] = session[:-1]", "inputs[begin:end, n] = session[:0:-1]"),
        ("targets[begin:end, n] = session[1:]", "targets[begin:end, n] = session[-2::-1]"),
    ),
    (
        "first-click-skipped",
        "The first click of each session is skipped. It is an input, too.",
        ("end = begin + len(session) - 1", "session = session[len(session) > 2 :]; end = begin + len(session) - 1"),
    ),
    (
        "last-click-skipped",
        "The last click of each session is never a target. It is the last one's.",
        (
            "end = begin + len(session) - 1",
            "session = session[: len(session) - (len(session) > 2)]; end = begin + len(session) - 1",
        ),
    ),
    (
        "starts-turned-round",
        "starts is turned round: it is 1 where a session begins, and 0 where it goes on.",
        ("starts[:N]", "1 - starts[:N]"),
    ),
    (
        "starts-in-the-first-row-alone",
        "starts is 1 in the first row alone. A lane's state starts anew with each of its sessions.",
        ("starts[:N]", "starts[:N] * (np.arange(N) == 0)[:, None]"),
    ),
    (
        "starts-of-later-sessions-alone",
        "In the first row starts is 0. Every session starts there, too.",
        ("starts[:N]", "starts[:N] * (np.arange(N) > 0)[:, None]"),
    ),
    (
        "ends-for-starts",
        "You mark the last step of each session. The state starts anew at the first one.",
        ("starts[begin, n] = 1", "starts[end - 1, n] = 1"),
    ),
    (
        "starts-one-step-late",
        "Your starts come a step late: at the first click the state still knows the session before.",
        ("starts[begin, n] = 1", "starts[begin + 1, n] = 1"),
    ),
    (
        "all-lanes-start",
        "Where one lane begins a session, you start all lanes anew. The others go on.",
        ("starts[begin, n] = 1", "starts[begin] = 1"),
    ),
    (
        "never-starts",
        "starts is 0 everywhere. It is 1 at the first click of each session.",
        ("starts[:N]", "0 * starts[:N]"),
    ),
    (
        "filled-up-to-the-end",
        "You go on until the last session ends, and fill free lanes up. All ends as soon as a lane is free and no "
        "session is left.",
        ("N = free.min()", "N = free.max()"),
    ),
    (
        "last-step-missing",
        "The last step is missing: the step before a lane is free and no session is left belongs to it.",
        ("N = free.min()", "N = free.min() - 1"),
    ),
    (
        "last-session-ends-all",
        "All ends as soon as the last session begins. It ends when a lane is free and none is left.",
        ("N = free.min()", "N = max(begin, 1)"),
    ),
    (
        "dealt-in-turn",
        "You deal the sessions to the lanes in turn. The next one goes to the lane that is free first.",
        ("n = free.argmin()", "n = sessions.index(session) % size"),
    ),
    (
        "last-lane-first",
        "Of lanes that are free at once, the first takes the next session.",
        ("n = free.argmin()", "n = size - 1 - free[::-1].argmin()"),
    ),
    (
        "longest-first",
        "You sort the sessions by their length. Keep their order.",
        ("if len(session) > 1]", "if len(session) > 1]; sessions = sorted(sessions, key=len, reverse=True)"),
    ),
    (
        "shortest-first",
        "You sort the sessions by their length. Keep their order.",
        ("if len(session) > 1]", "if len(session) > 1]; sessions = sorted(sessions, key=len)"),
    ),
    (
        "from-the-last-session",
        "You begin with the last session. Keep their order.",
        ("if len(session) > 1]", "if len(session) > 1]; sessions = sessions[::-1]"),
    ),
    (
        "sessions-of-two-left-out",
        "You leave out sessions of two clicks. These have an input and a target.",
        ("if len(session) > 1]", "if len(session) > 2 or len(sessions) < 9]"),
    ),
    (
        "lanes-before-steps",
        "Lanes come first in yours: (B, N). The steps come first: turn the arrays round.",
        ("inputs[:N], targets[:N], starts[:N]", "inputs[:N].T, targets[:N].T, starts[:N].T"),
    ),
    (
        "starts-first",
        "Return inputs, targets, starts, in this order.",
        ("inputs[:N], targets[:N], starts[:N]", "starts[:N], inputs[:N], targets[:N]"),
    ),
)
for name, hint, *edits in HINTS:
    session_batches.slip(name, hint, *edits)


@session_batches.misconception(SKIPPED)
def one_click_takes_a_lane(sessions, size):
    waiting, lanes, rows = [*map(list, sessions)], [], []
    lanes = [[waiting.pop(0), 0] for _ in range(size)]
    for _ in range(sum(map(len, sessions))):
        row = []
        for session, p in lanes:
            row.append((session[p], session[p + 1] if p + 1 < len(session) else session[p], int(p == 0)))
        rows.append(row)
        for lane in lanes:
            lane[1] += 1
            if lane[1] >= max(len(lane[0]) - 1, 1):
                if not waiting:
                    return tuple(np.array(rows).transpose(2, 0, 1))
                lane[:] = waiting.pop(0), 0
    return tuple(np.array(rows).transpose(2, 0, 1))


@session_batches.misconception(
    "A session's last click gets the first one of the next session for a target. Nothing leads from one session into "
    "the next: the last click is a target alone."
)
def targets_across_sessions(sessions, size):
    sessions = [session for session in sessions if len(session) > 1]
    columns = [[] for _ in range(size)]
    for session in sessions:
        column = min(columns, key=len)
        column += [(item, p == 0) for p, item in enumerate(session)]
    N = min(map(len, columns)) - 1
    items, starts = np.array([[column[t] for column in columns] for t in range(N + 1)], dtype=int).transpose(2, 0, 1)
    return items[:-1], items[1:], starts[:-1]


@session_batches.misconception(
    "All lanes wait until all of them can begin a new session. A lane that is free goes on with the next session at "
    "once."
)
def blocks_of_sessions(sessions, size):
    sessions = [session for session in sessions if len(session) > 1]
    inputs, targets, starts = [], [], []
    for first in range(0, len(sessions) - size + 1, size):
        block = sessions[first : first + size]
        for t in range(min(map(len, block)) - 1):
            inputs.append([session[t] for session in block])
            targets.append([session[t + 1] for session in block])
            starts.append([int(t == 0)] * size)
    return np.array(inputs), np.array(targets), np.array(starts)


@session_batches.misconception(
    "All lanes wait until the longest of their sessions has ended, filled up with zeros. A lane that is free goes on "
    "with the next session at once."
)
def padded_blocks(sessions, size):
    sessions = [session for session in sessions if len(session) > 1]
    inputs, targets, starts = [], [], []
    for first in range(0, len(sessions) - size + 1, size):
        block = sessions[first : first + size]
        for t in range(max(map(len, block)) - 1):
            inputs.append([session[t] if t + 1 < len(session) else 0 for session in block])
            targets.append([session[t + 1] if t + 1 < len(session) else 0 for session in block])
            starts.append([int(t == 0)] * size)
    return np.array(inputs), np.array(targets), np.array(starts)
