"""Attacks through the kernel that all share: what others do, marks and locks for all, memory that no limit counts."""

from tests.hostile.attack import cell
from tests.hostile.escape import CALLS, system_call

# A machine is hurt by less than this; a sandbox with many small things open may well hold some of it.
MUCH = 40 << 20

SOCKETS = """
import os, socket
def sockets():
    for name in os.listdir("/proc/self/fd"):
        try:
            if "socket" in os.readlink(f"/proc/self/fd/{name}"):
                yield int(name)
        except OSError:
            pass
"""

FILL = f"""
MUCH = {MUCH}
def fill(write):
    total = 0
    try:
        while True:
            total += write(bytes(65536))
    except OSError:
        return total
"""

SHARED = """
import fcntl, glob, os, struct
shared = [path for path in (os.__file__, *glob.glob("/usr/lib/*-linux-gnu/libc.so.6"), "/dev/null")]
LOCK = "hhqqi4x"
def is_locked(path):
    # Asked on behalf of an open file, before which every other lock stands.
    with open(path) as file:
        return struct.unpack(LOCK, fcntl.fcntl(file, 36, struct.pack(LOCK, fcntl.F_WRLCK, 0, 0, 0, 0)))[0] != 2
"""

ATTACKS = [
    cell(
        "network-interfaces",
        "asks its sockets for the machine's network interfaces and addresses",
        SOCKETS
        + """
import array, fcntl, struct
def ask(number, request, data):
    try:
        fcntl.ioctl(number, request, data)
        return bytes(data)
    except OSError:
        return b""
pair = socket.socketpair()
for number in sockets():
    for index in range(1, 32):
        name = ask(number, 0x8910, bytearray(struct.pack("16si20x", b"", index)))[:16].rstrip(b"\\0")
        if name not in (b"", b"lo"):
            won("the interface", name, ask(number, 0x8927, bytearray(struct.pack("16s24x", name)))[18:24].hex())
    room = array.array("B", bytes(4096))
    found = ask(number, 0x8912, bytearray(struct.pack("iL", len(room), room.buffer_info()[0])))
    if found and struct.unpack("iL", found)[0]:
        won("addresses", room.tobytes()[:struct.unpack("iL", found)[0]])
    if ask(number, 0x894C, bytearray(8)):
        won("the network namespace of a socket")
""",
        guarded=True,
    ),
    cell(
        "who-is-there",
        "asks the wire who is at its other end",
        CALLS
        + SOCKETS
        + """
for number in sockets():
    for option in (17, 31, 59, 77):  # user, label, groups, a handle of the process
        value, length = ctypes.create_string_buffer(256), ctypes.c_int(256)
        if libc.getsockopt(number, 1, option, value, ctypes.byref(length)) == 0:
            won("option", option, value.raw[:length.value].hex())
""",
        guarded=True,
    ),
    system_call(
        "watches-files",
        "watches which files others open (inotify)",
        """
import os
watch = max(call("inotify_init1", 0), libc.inotify_init())
for folder in (os.path.dirname(os.__file__), "/usr/lib", "/dev/null", "/"):
    if call("inotify_add_watch", watch, folder.encode(), 0xFFF) > 0:
        won("watches", folder)
""",
    ),
    cell(
        "watches-folders",
        "watches which files others open (F_NOTIFY)",
        """
import fcntl, os, signal
signal.signal(signal.SIGIO, signal.SIG_IGN)
for folder in (os.path.dirname(os.__file__), "/usr/lib", "/"):
    try:
        fcntl.fcntl(os.open(folder, os.O_RDONLY), fcntl.F_NOTIFY, 0x8000003F)
        won("watches", folder)
    except OSError:
        pass
""",
        guarded=True,
    ),
    system_call(
        "page-cache",
        "looks which parts of the system's files others have read",
        """
import os
number = os.open(os.__file__, os.O_RDONLY)
ranges, counts = (ctypes.c_uint64 * 2)(0, 1 << 20), (ctypes.c_uint64 * 5)()
if call("cachestat", number, ranges, counts, 0) == 0:
    won("pages in memory", list(counts))
try:
    os.preadv(number, [bytearray(10)], 0, os.RWF_NOWAIT)
    won("a page is in memory")
except BlockingIOError:
    won("a page is not in memory")
except OSError:
    pass
""",
    ),
    cell(
        "locks-system-files",
        "locks files of the system for the whole machine",
        SHARED
        + """
for path in shared:
    with open(path) as one, open(path) as other:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            won("holds a lock (flock) on", path)
    for command, mode, kind in ((6, "r", fcntl.F_RDLCK), (37, "r", fcntl.F_RDLCK), (7, "r", 0), (38, "r", 0)):
        with open(path, mode) as file:
            try:
                fcntl.fcntl(file, command, struct.pack(LOCK, kind, 0, 0, 0, 0))
            except OSError:
                continue
            if is_locked(path):
                won("holds a lock (fcntl, command", command, ") on", path)
    for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
        with open(path) as file:
            try:
                fcntl.fcntl(file, fcntl.F_SETLEASE, kind)
                won("holds a lease on", path)
            except OSError:
                pass
""",
        guarded=True,
    ),
    cell(
        "lease-of-its-own",
        "takes a lease, which keeps whoever opens a file waiting",
        """
import fcntl, os
for command in (fcntl.F_SETLEASE, 1040):
    number = os.open("own", os.O_RDONLY | os.O_CREAT)
    try:
        fcntl.fcntl(number, command, fcntl.F_RDLCK if command == fcntl.F_SETLEASE else bytes(16))
        won("a lease")
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "marks-devices",
        "leaves a time on devices that all share, for a later submission to read",
        """
import glob, os
for path in glob.glob("/dev/*"):
    if os.path.islink(path):  # leads to a folder of its own
        continue
    before = os.stat(path).st_mtime_ns
    try:
        os.utime(path)
    except OSError:
        pass
    if os.stat(path).st_mtime_ns != before:
        won("marked", path)
""",
        guarded=True,
    ),
    cell(
        "network-settings",
        "changes settings of the network that later submissions share",
        """
import glob
for path in glob.glob("/proc/sys/net/**/*", recursive=True):
    try:
        open(path, "r+").close()
        won("may change", path)
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "memory-in-sockets",
        "keeps memory in socket pairs with large buffers",
        FILL
        + """
import socket
kept, total = [], 0
try:
    while True:
        pair = socket.socketpair()
        kept += pair
        for end in pair:
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 20)
            except OSError:
                pass
            end.setblocking(False)
            total += fill(end.send)
except OSError:
    pass
[end.close() for end in kept]
if total > MUCH:
    won("bytes in sockets", total)
""",
        guarded=True,
    ),
    cell(
        "memory-on-its-way",
        "keeps full sockets as messages in others, beside the limit of open files",
        FILL
        + """
import socket
kept, total = [], 0
carrier = socket.socketpair()
carrier[0].setblocking(False)
try:
    for _ in range(200):
        pair = socket.socketpair()
        for end in pair:
            end.setblocking(False)
            total += fill(end.send)
        socket.send_fds(carrier[0], [b"x"], [end.fileno() for end in pair])
        [end.close() for end in pair]
except OSError:
    pass
if total > MUCH / 2:
    won("bytes in sockets on their way", total)
""",
        guarded=True,
    ),
    cell(
        "memory-in-pipes",
        "keeps memory in pipes that it makes large",
        FILL
        + """
import fcntl, os
kept, total = [], 0
try:
    while True:
        reading, writing = os.pipe()
        kept += [reading, writing]
        try:
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass
        os.set_blocking(writing, False)
        total += fill(lambda data: os.write(writing, data))
except OSError:
    pass
[os.close(number) for number in kept]
if total > MUCH / 2:
    won("bytes in pipes", total)
""",
        guarded=True,
    ),
    cell(
        "memory-in-locks",
        "keeps memory in locks on single bytes of a file",
        SHARED
        + """
with open("own", "w+") as file:
    for number in range(2000):
        for command in (6, 37):
            fcntl.fcntl(file, command, struct.pack(LOCK, fcntl.F_WRLCK, 0, 4 * number + command % 2, 1, 0))
    if is_locked("own"):
        won("locks without a limit")
""",
        guarded=True,
    ),
    cell(
        "memory-in-attributes",
        "keeps memory in long lists of who may read a file",
        """
import os, struct
entries = [(1, 7, -1), *((2, 7, number) for number in range(1, 8000)), (4, 7, -1), (16, 7, -1), (32, 7, -1)]
attribute = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
open("own", "w").close()
os.mkdir("folder")
for path, name, value in (("own", "access", attribute), ("folder", "default", attribute)):
    try:
        os.setxattr(path, f"system.posix_acl_{name}", value)
        won("a list of", len(value), "bytes that no limit counts")
    except OSError:
        pass
""",
        guarded=True,
    ),
    system_call(
        "memory-in-timers",
        "keeps memory in a hundred thousand timers",
        """
event, timer, made = (ctypes.c_int * 16)(), ctypes.c_int(), 0
event[3] = 1  # tells nobody
while made < 100_000 and call("timer_create", 1, event, ctypes.byref(timer)) == 0:
    made += 1
if made > 10_000:
    won("timers", made)
""",
    ),
    system_call(
        "memory-in-rules",
        "keeps memory in rules of further sandboxes and filters",
        """
if call("landlock_create_ruleset", ctypes.byref(ctypes.c_uint64(1)), 8, 0) >= 0:
    won("a set of rules (landlock)")
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]
allow = ctypes.create_string_buffer(b"\\x06\\0\\0\\0\\0\\0\\xff\\x7f", 8)
program = Program(1, ctypes.addressof(allow))
if libc.prctl(22, 2, ctypes.byref(program)) == 0 or call("seccomp", 1, 0, ctypes.byref(program)) == 0:
    won("a filter of its own")
""",
    ),
]
