"""Attacks on the wire between the student's process and the judge: forged, huge, malformed or missing messages."""

from tests.hostile.attack import WRONG, Attack, cell

# The student's end of the wire: the agent that answers, the channel, and the bare socket.
WIRE = """
import gc, json, struct, sys, time
Agent = sys.modules["autograde.runner.agent"].Agent
def channel():
    Channel = sys.modules["autograde.runner.frames"].Channel
    return next(thing for thing in gc.get_objects() if isinstance(thing, Channel))
def raw(data):
    channel().connection.sendall(data)
def frame(message, blob=b""):
    text = json.dumps(message).encode()
    return struct.pack("!II", len(text), len(blob)) + text + blob
def told(message, answer):
    several = message["do"] == "calls" and "answers" not in answer
    return {"answers": [answer] * len(message["calls"])} if several else answer
def reply(make, to=("call", "calls", "attribute", "grads", "tape")):
    usual = Agent.answer
    def answer(self, message, blob):
        if message["do"] in to:
            make(self.channel, message, blob)
        else:
            usual(self, message, blob)
    Agent.answer = answer
"""
EVERY_TEST = 21  # test cells, each of which may use its time up
LIVES = 3  # processes that a submission gets, each of which may be stuck once
CALLS, NAMES = '("call", "calls", "attribute", "grads")', '("test",)'  # kinds of the judge's questions
ALL_AT_ONCE = '("calls",)'
ARMED = '\nprint("ARM" + "ED")\n'


def wire(name: str, tries: str, code: str, *, returns: str = WRONG, last: str = "", timeouts: int = 0) -> Attack:
    """An attack that plays the agent's part itself, with wrong answers."""
    return cell(name, tries, WIRE + code + ARMED, returns=returns, last=last, timeouts=timeouts, guarded=True)


def forged(name: str, tries: str, *messages: str, blob: str = 'b""', to: str = CALLS, **more: int) -> Attack:
    """Each question of the judge of this kind is answered with these messages (Python expressions)."""
    sends = "".join(
        f"    channel.send(told(message, {answer}), [{blob}] * len(message.get('calls', 'x')))\n" for answer in messages
    )
    return wire(name, tries, f"def make(channel, message, blob):\n{sends}\nreply(make, {to})", **more)


def bytes_for_answer(name: str, tries: str, data: str, **more: int) -> Attack:
    """Each question of the judge is answered with these bytes (a Python expression)."""
    return wire(name, tries, f"reply(lambda channel, message, blob: channel.connection.sendall({data}))", **more)


def value(tree: str) -> str:
    """A well-formed answer with this value."""
    return f'{{"value": {tree}, "changed": []}}'


ATTACKS = [
    forged("answers-true", "answers every question with True", value('["bool", True]')),
    forged("answers-with-object", "answers every question with an object", value('["theirs", 1, True]')),
    forged("answers-with-judges-object", "answers with objects of the judge", value('["yours", 1]')),
    forged("answers-all-objects", "answers with a tuple of objects", value('["tuple", [["theirs", 1, False]] * 2]')),
    forged("answers-missing", "gives fewer answers than there were calls", '{"answers": []}', to=ALL_AT_ONCE),
    forged(
        "answers-odd",
        "gives answers that are none",
        '{"answers": [5, None, [], {}, {"value": 1}, {"changed": 5}][:len(message["calls"])]}',
        to=ALL_AT_ONCE,
    ),
    wire(
        "answers-twice",
        "says that the calls were too many at once, and then that all are right",
        """
def make(channel, message, blob):
    channel.send({"raised": "ValueError"})
    channel.send({"answers": [{"value": ["bool", True]}] * len(message["calls"])})
reply(make, ("calls",))
""",
    ),
    forged("names-true", "says True where names are asked for", value('["bool", True]'), to=NAMES),
    forged(
        "names-objects",
        "gives the same made-up object for every name, and names that nobody asked for",
        value(
            '["dict", [[["text", name], ["theirs", 1, True]] for name in [*message["names"], "check", "np", "print"]]]'
        ),
        to=NAMES,
    ),
    forged(
        "names-values",
        "gives True for every name",
        value('["dict", [[["text", name], ["bool", True]] for name in message["names"]]]'),
        to=NAMES,
    ),
    wire(
        "names-refused",
        "says that the names are too many at once, and then that each is True",
        """
def make(channel, message, blob):
    if message["do"] == "test":
        channel.send({"raised": "ValueError"})
    else:
        channel.send({"value": ["dict", [[["text", name], ["bool", True]] for name in message["names"]]]})
reply(make, ("test", "names"))
""",
    ),
    forged(
        "verdict-forged",
        "sends verdicts instead of answers",
        '{"done": "ok", "count": 1}',
        '{"verdict": "passed", "points": 26}',
        '{"passed": True, "score": 26, "ok": 1}',
    ),
    forged(
        "score-forged",
        "sends a score as the output of a test",
        '{"output": {"output_type": "execute_result", "data": {"text/plain": "5.0"}, "metadata": {}}}',
        '{"done": "ok", "count": 1}',
    ),
    forged("late-forged", "says that it is late", '{"late": True}'),
    forged(
        "raises-judges-errors",
        "claims that the judge's own exceptions were raised",
        '{"raised": "SystemExit", "text": "0"}',
    ),
    forged(
        "raises-check-failed",
        "claims the message of a check, with a tag of its own",
        '{"raised": "CheckFailed", "text": "right\\n[sigmoid \\u00b7 values \\u00b7 right]"}',
    ),
    forged("raises-nonsense", "claims exceptions that are no names", '{"raised": ["x"], "text": {"a": 1}}'),
    forged("message-without-fields", "sends messages without any field", "{}", "{}", "{}"),
    forged("objects-on-wire", "sends an array of objects", value('["array", "|O", [4], "C"]'), blob='b"x" * 32'),
    forged(
        "record-array",
        "sends arrays of records and of arrays",
        value('["array", "(100000,)f8", [1], "C"]'),
        blob='b"x" * 800000',
    ),
    forged(
        "type-bomb",
        "sends the name of a type of a hundred thousand parts",
        value('["array", ",".join(["f8"] * 100000), [1], "C"]'),
        blob='b"x" * 8',
    ),
    forged("endless-shape", "sends an array of an exabyte", value('["array", "<f8", [1 << 57], "C"]')),
    forged(
        "empty-huge-shape",
        "sends an empty array of impossible shape",
        value('["array", "<f8", [0, 1 << 62, 1 << 62], "C"]'),
    ),
    forged(
        "negative-shape", "sends arrays of negative sizes", value('["array", "<f8", [-1, -8], "C"]'), blob='b"x" * 64'
    ),
    forged("wide-type", "sends numbers of a gigabyte each", value('["array", "V1000000000", [1], "C"]')),
    forged(
        "spread-bomb",
        "sends an array whose layout doubles it",
        value('["array", "|i1", [60 << 20], "spread"]'),
        blob='b"x" * (60 << 20)',
        timeouts=EVERY_TEST,
    ),
    forged(
        "nested-value",
        "sends a value nested a thousand times",
        value('__import__("functools").reduce(lambda tree, _: ["list", [tree]], range(900), ["none"])'),
    ),
    forged("wide-value", "sends a value of a hundred thousand parts", value('["list", [["none"]] * 100000]')),
    forged(
        "clashing-keys",
        "sends a table whose keys all clash",
        value('["dict", [[["int", str(10 ** 280 + i * (2 ** 61 - 1))], ["none"]] for i in range(20000)]]'),
    ),
    forged("unhashable-keys", "sends a table with lists for keys", value('["dict", [[["list", []], ["none"]]]]')),
    forged("huge-integer", "sends integers of a million digits", value('["int", "9" * 1000000]')),
    forged("odd-numbers", "sends numbers that are none", value('["float", "0x1p99999999"]')),
    forged(
        "generator-state",
        "sends a random generator in a state of its own",
        value('["generator", ["0", "0", "7", str(1 << 400)]]'),
    ),
    forged("surrogates", "sends text that no file can hold", value('["text", chr(0xD800) * 10]')),
    forged(
        "changes-everything",
        "claims that calls changed the judge's arguments",
        '{"value": ["none"], "changed": [[0, ["array", "<f8", [1], "C"]], [1 << 40, ["none"]], [-1, ["none"]]]}',
        blob='b"\\0" * 8',
    ),
    forged(
        "changes-endlessly",
        "claims a hundred thousand changes",
        '{"value": ["none"], "changed": [[0, ["none"]]] * 100000}',
    ),
    forged("changes-nonsense", "claims changes that are none", '{"value": ["none"], "changed": {"0": 5}}'),
    forged(
        "asks-unasked",
        "calls functions of the judge that it was never given",
        '{"asks": 1, "arguments": ["tuple", []]}',
        '{"asks": 0, "arguments": ["tuple", []]}',
        value('["none"]'),
    ),
    wire(
        "asks-endlessly",
        "answers each question with a question, for ever",
        """
def make(channel, message, blob):
    while True:
        channel.send({"asks": 1, "arguments": ["tuple", []]})
reply(make)
""",
        timeouts=LIVES,
    ),
    bytes_for_answer(
        "huge-header",
        "announces a message of four gigabytes",
        'struct.pack("!II", 4_000_000_000, 4_000_000_000) + b"x" * 100',
    ),
    bytes_for_answer(
        "large-header",
        "announces the largest message and never sends it",
        'struct.pack("!II", 8 << 20, 64 << 20) + b"x" * 100',
        timeouts=LIVES,
    ),
    bytes_for_answer(
        "deep-json", "sends JSON of two hundred thousand brackets", 'struct.pack("!II", 200_000, 0) + b"[" * 200_000'
    ),
    bytes_for_answer(
        "deep-json-closed",
        "sends valid JSON that is nested too deeply",
        '(lambda text: struct.pack("!II", len(text), 0) + text)('
        'b\'{"value": \' + b"[" * 100_000 + b"]" * 100_000 + b"}")',
    ),
    bytes_for_answer(
        "long-json-number",
        "sends a number of a million digits",
        '(lambda text: struct.pack("!II", len(text), 0) + text)(b\'{"value": \' + b"9" * 1_000_000 + b"}")',
    ),
    bytes_for_answer(
        "noise-for-json", "sends bytes that are no text", 'struct.pack("!II", 4, 0) + b"\\xff\\xfe\\x00\\x80"'
    ),
    bytes_for_answer("no-object", "sends JSON that is no object", 'struct.pack("!II", 4, 0) + b"null"'),
    bytes_for_answer("empty-messages", "sends a million empty messages", 'struct.pack("!II", 0, 0) * 1_000_000'),
    bytes_for_answer(
        "pickled",
        "sends a pickle that would run a program",
        'frame({"value": ["bytes"]}, b"cos\\nsystem\\n(S\'touch /tmp/pwned-pickle\'\\ntR.")',
    ),
    wire(
        "silence",
        "never answers",
        """
usual = Agent.answer
def answer(self, message, blob):
    if "sigmoid" in message.get("names", []):
        time.sleep(1e6)
    usual(self, message, blob)
Agent.answer = answer
""",
        timeouts=2,
    ),
    wire(
        "trickle",
        "answers one byte at a time",
        """
def make(channel, message, blob):
    for byte in frame(told(message, {"value": ["none"], "changed": []})) * 1000:
        channel.connection.sendall(bytes([byte]))
        time.sleep(0.05)
reply(make)
""",
        timeouts=LIVES,
    ),
    wire(
        "flood-in-answer",
        "sends outputs without end while it is asked",
        """
def make(channel, message, blob):
    while True:
        channel.send({"output": {"output_type": "stream", "name": "stdout", "text": "x" * 100_000}})
reply(make)
""",
        timeouts=LIVES,
    ),
    wire(
        "flood-in-cell",
        "sends outputs without end while a cell runs",
        """
def flood():
    while True:
        raw(frame({"output": {"output_type": "stream", "name": "stdout", "text": "x" * 100_000}}))
""",
        last="flood()",
        timeouts=1,
    ),
    wire(
        "noise-in-cell",
        "writes noise into every descriptor that is a socket",
        """
import os, socket, stat
noise = [b"\\xff" * 64, b'{"done": "ok"}\\n', frame({"done": "ok", "count": 1}), struct.pack("!II", 2 ** 31, 0)]
print("ARM" + "ED", flush=True)
for number in range(3, 1024):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            for piece in noise:
                os.write(number, piece)
    except OSError:
        pass
""",
    ),
    wire(
        "answers-ahead",
        "sends a thousand answers before it is asked",
        """
for _ in range(1000):
    raw(frame({"done": "ok", "count": 1}))
    raw(frame({"value": ["bool", True], "changed": []}))
""",
    ),
    wire(
        "done-ahead",
        "says that all cells are done before they are",
        """
for number in range(200):
    raw(frame({"done": "ok", "count": number}))
""",
    ),
    wire(
        "answers-later",
        "answers the question before last",
        """
answers = []
def make(channel, message, blob):
    answers.append({"value": ["none"], "changed": []})
    if len(answers) > 1:
        channel.send(answers.pop(0))
        channel.send({"value": ["bool", True], "changed": []})
reply(make)
""",
        timeouts=LIVES,
    ),
    wire(
        "wire-closed",
        "closes the wire in the middle of an answer",
        """
import socket
def make(channel, message, blob):
    channel.connection.sendall(b"\\0\\0")
    channel.connection.shutdown(socket.SHUT_RDWR)
reply(make)
""",
    ),
    wire(
        "descriptors-sent",
        "sends file descriptors along with its answers",
        """
import array, os, socket
def make(channel, message, blob):
    numbers = array.array("i", [os.open("/dev/null", os.O_RDONLY) for _ in range(20)])
    for byte in frame({"value": ["none"], "changed": []}):
        channel.connection.sendmsg([bytes([byte])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
    for number in numbers:
        os.close(number)
reply(make)
""",
    ),
    wire(
        "outputs-malformed",
        "sends outputs that no notebook can hold",
        """
for output in ({"output_type": "evil"}, 5, None, [], {}, {"output_type": "stream"},
               {"output_type": "stream", "name": "stdxyz", "text": {"a": 1}},
               {"output_type": "stream", "name": "stdout", "text": chr(0xD800) + "\\0"},
               {"output_type": "display_data", "data": [1, 2], "metadata": 5},
               {"output_type": "display_data", "data": {"text/plain": 5, "": None}, "metadata": {}},
               {"output_type": "execute_result", "data": {"text/plain": "5.0"}, "execution_count": "x"},
               {"output_type": "error", "ename": 5, "evalue": None, "traceback": "text"},
               {"output_type": "error", "ename": chr(0xDFFF), "evalue": "", "traceback": [5]},
               {"output_type": "update", "data": {}, "display_id": []},
               {"output_type": "update_display_data", "data": {}, "transient": {"display_id": 5}},
               {"output_type": "clear", "wait": "x"}):
    raw(frame({"output": output}))
""",
    ),
    wire(
        "one-bad-output",
        "sends one output with text that no file can hold",
        """
raw(frame({"output": {"output_type": "stream", "name": "stdout", "text": chr(0xD800) + "\\0" + chr(0xDFFF)}}))
half = chr(0xD800)
raw(frame({"output": {"output_type": "error", "ename": half, "evalue": half, "traceback": [half]}}))
""",
    ),
    wire(
        "done-malformed",
        "ends cells with counts and states that are none",
        """
raw(frame({"done": ["ok"], "count": "many"}))
raw(frame({"done": None, "count": -10 ** 400}))
raw(frame({"done": "error", "count": 1.5}))
""",
    ),
    wire(
        "agent-gone",
        "takes the agent's methods away",
        """
for name in ("answer", "_test", "_names", "_call", "_calls", "_send"):
    if hasattr(Agent, name):
        delattr(Agent, name)
""",
    ),
    wire(
        "limits-lifted",
        "takes the limits off its own side of the wire",
        """
from autograde.runner import frames, values
frames.LARGEST_JSON = frames.LARGEST_BLOB = 1 << 32
values.MOST_NODES = values.DEEPEST = values.LONGEST_TEXT = 1 << 32
""",
        returns='"x" * (30 << 20)',
        timeouts=EVERY_TEST,
    ),
    wire(
        "blob-flood",
        "sends the largest arrays that are allowed, many at a time",
        """
import numpy as np
big = np.zeros(60 << 17)
""",
        returns="big",
        timeouts=EVERY_TEST,
    ),
    wire(
        "encoder-patched",
        "lets the encoder say that every value is right",
        """
from autograde.runner import values
values.encode = lambda value, blobs, give=None: ["bool", True]
""",
    ),
    wire(
        "names-lie",
        "gives another object each time a name is asked for",
        """
class Names(dict):
    def __contains__(self, name): return True
    def __getitem__(self, name): return lambda *arguments: arguments[0] if arguments else None
def make(channel, message, blob):
    thing = ["theirs", id(message), bool(id(message) % 2)]
    names = ["dict", [[["text", name], thing] for name in message.get("names", [])]]
    channel.send(told(message, {"value": names if "names" in message else thing, "changed": []}))
reply(make, ("test", "call", "calls"))
""",
    ),
]
