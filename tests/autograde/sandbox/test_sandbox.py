"""The sandbox, tried from inside: what a submission can reach, ask for and use up."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import unrolled
from autograde.machine.advice import remedy
from autograde.machine.probe import open_doors, probe
from autograde.machine.probe import source as probing
from autograde.runner import warm
from autograde.runner.frames import Channel, Deadline
from autograde.runner.warm import Kind, parent
from autograde.sandbox import filter
from autograde.sandbox.limits import MIB, Limits
from tests.autograde.notebooks import answer, error, graded, points, printed, run
from tests.places import ROOT

pytestmark = pytest.mark.slow

SECRET = ROOT / "solutions"
SMALL = Limits(memory=256 * MIB, scratch=8 * MIB, threads=8, open_files=32)


def test_every_door_that_the_probe_tries_is_closed():
    assert open_doors(probe([SECRET])) == []


@pytest.fixture
def inside(monkeypatch):
    """What codes print that run at a time in one world, whose warm parent is told what to show and to hide in it."""

    def printed(*sources, as_root=None, visible=(), private=()):
        program = (
            "import sys\nfrom autograde.sandbox import view, world\nenter = world.enter\n"
            f"view.SYSTEM = (*view.SYSTEM, *{[str(folder) for folder in visible]!r})\n"
            f"world.enter = lambda hidden, private: enter(hidden, private, as_root={as_root})\n"
            "from autograde.runner import parent\nparent.main()"
        )
        monkeypatch.setattr(warm, "PROGRAM", ("-c", program))
        own = warm.Parent(Kind("student", ("numpy",), ("torch",), private=tuple(map(str, private))))
        children = [own.fork([], SMALL) for _ in sources]
        texts = [_said(child, source) for child, source in zip(children, sources, strict=True)]
        for child in children:
            child.wire.close()
            child.kill()
        assert own._process is not None and own._control is not None
        own._control.close()
        assert own._process.wait(20) == 0
        return texts

    return printed


def _said(child, source):
    channel = Channel(child.wire)
    channel.send({"do": "cell", "cell": 0, "last_test": -1, "source": source, "seconds": 20})
    message, _ = channel.receive(deadline=Deadline(60))
    return message["output"]["text"]


def test_a_user_without_privileges_has_the_same_sandbox(inside):
    # The parent's program, told that it is not root: it makes a user namespace first.
    assert open_doors(json.loads(inside(probing([SECRET], SMALL), as_root=False)[0])) == []


REFUSED = {
    "a process": "os.fork()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a shell": "__import__('subprocess').run(['true'])",
    "a socket": "socket.socket()",
    "a local socket": "socket.socket(socket.AF_UNIX)",
    "a namespace": "call(libc.unshare, 0x10000000)",
    "a mount": "call(libc.mount, b'none', b'/scratch', b'tmpfs', 0, None)",
    "tracing": "call(libc.ptrace, 0, 0, 0, 0)",
    "memory in a file": "os.memfd_create('x')",
    "shared memory": "call(libc.shmget, 0, 4096, 0o1600)",
    "another user": "os.setuid(1)",
    "a device": "os.mknod('/scratch/sda', 0o60600, os.makedev(8, 0))",
    "another root": "os.chroot('/scratch')",
    "another's process": "os.pidfd_open(1)",
    "a life of its own": "call(libc.prctl, 1, 0, 0, 0, 0)",
    "more memory": "resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)",
    "the clock": "time.clock_settime(time.CLOCK_REALTIME, 0)",
    "the system": "open('/usr/new', 'w')",
    "Python": "open(os.__file__, 'a')",
    "a package": "open(np.__file__, 'a')",
    "the root": "open('/new', 'w')",
    "a setting of the kernel": "open('/proc/sys/net/ipv4/ping_group_range', 'r+')",
    "a device's time": "os.utime('/dev/null')",
    "a watch on files": "call(libc.inotify_init)",
    "a watch on a folder": "fcntl.fcntl(os.open('/usr', 0), fcntl.F_NOTIFY, 1)",
    "a lease on a package": "fcntl.fcntl(open(np.__file__), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "the network's names": "socket.if_nameindex()[1]",
    "the wire's network": "[fcntl.ioctl(wire(), request, bytes(40)) for request in (0x8910, 0x8912, 0x894C)]",
    "larger buffers": "socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)",
    "a larger pipe": "fcntl.fcntl(os.pipe()[1], fcntl.F_SETPIPE_SZ, 1 << 20)",
    "files on their way": "socket.send_fds(socket.socketpair()[0], [b'x'], [0])",
    "attributes": "os.setxattr('tmp', 'user.x', b'x')",
    "a program at a crash": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "a filter": "call(libc.prctl, 22, 2, 0)",
    "a timer more": "[call(libc.timer_create, 1, None, ctypes.byref(ctypes.c_void_p())) for _ in range(1000)]",
}
REFUSALS = ("PermissionError", "OSError", "ValueError", "BlockingIOError")
TRY = """
import ctypes, fcntl, os, resource, socket, stat, time, numpy as np
def wire():
    return next(number for number in range(3, 32) if os.path.islink(f"/proc/self/fd/{{number}}") and is_socket(number))
def is_socket(number):
    return stat.S_ISSOCK(os.fstat(number).st_mode)
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")
def attempt(source):
    try:
        return f"got {{eval(source)}}"
    except Exception as error:
        return type(error).__name__
print({{what: attempt(source) for what, source in {tries!r}.items()}})
"""


@pytest.mark.parametrize("as_root", [None, False])
def test_what_a_submission_may_not_do_is_refused(inside, as_root):
    found = eval(inside(TRY.format(tries=REFUSED), as_root=as_root)[0])
    allowed = {what: got for what, got in found.items() if got not in REFUSALS}
    assert allowed == {}


def test_what_a_submission_needs_works():
    source = (
        "import os, pwd, tempfile, threading\n"
        "from pathlib import Path\n"
        "Path('here.txt').write_text('kept'); Path.home().joinpath('there.txt').write_text('x')\n"
        "with tempfile.NamedTemporaryFile() as file: print(file.name.startswith('/scratch/tmp/'))\n"
        "thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()\n"
        "import sqlite3, decimal, scipy.linalg\n"
        "import asyncio, fcntl, multiprocessing, shutil\n"
        "asyncio.run(asyncio.sleep(0)); multiprocessing.get_context('fork').Lock()\n"
        "with open('lock', 'w') as file:\n"
        "    fcntl.flock(file, fcntl.LOCK_EX); fcntl.lockf(file, fcntl.LOCK_EX); os.fsync(file)\n"
        "shutil.copy2(os.__file__, 'os.py')\n"
        "with sqlite3.connect('base') as base: base.execute('create table t(x)'); base.commit()\n"
        "print(Path('here.txt').read_text(), os.getcwd())"
    )
    (cell,) = run(source)
    assert printed(cell) == "True\nthread\nkept /scratch\n", cell.outputs


def test_nothing_of_ours_is_in_the_files_or_the_memory_of_a_submission():
    source = (
        "import os, sys\n"
        "seen = [os.path.join(folder, name) for top in ('/',) for folder, _, names in os.walk(top)\n"
        "        if not folder.startswith(('/proc', '/usr', '/dev')) and 'site-packages' not in folder\n"
        "        and not folder.startswith((sys.base_prefix, sys.prefix)) for name in names]\n"
        "print(seen)\nprint(dict(os.environ))\nfiles = [f'/proc/self/fd/{n}' for n in os.listdir('/proc/self/fd')]\n"
        "print([os.readlink(file) for file in files if os.path.lexists(file)])"
    )
    seen, environment, files = map(eval, printed(run(source)[0]).splitlines())
    outside = [name for name in seen if not name.startswith(("/scratch", "/etc/passwd", "/etc/ld.so.cache"))]
    package = str(Path(unrolled.__file__).parent)
    assert outside and all(name.startswith(package) for name in outside)
    assert not {"UNROLLED_KEY", "SSH_AUTH_SOCK", "PWD"} & set(environment)
    assert sorted(Path(name).name for name in files if "socket" not in name) == ["null"] * 3
    assert sum("socket" in name for name in files) == 1


EXHAUSTION = {
    "memory": "kept = [bytearray(1 << 20) for _ in range(10_000)]",
    "mappings": "import mmap; kept = [mmap.mmap(-1, 1 << 20) for _ in range(10_000)]",
    "disk": "for n in range(100):\n    with open(f'f{n}', 'wb') as file: file.write(bytes(1 << 20))",
    "names": "for n in range(100_000): open(f'f{n}', 'w').close()",
    "open files": "kept = [open('/dev/null') for _ in range(1_000)]",
    "threads": "import threading, time\n"
    "for _ in range(1_000): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "recursion": "def f(): f()\nf()",
}


@pytest.mark.parametrize("what", EXHAUSTION)
def test_what_is_used_up_costs_its_cell_only(what):
    cells = run("x = 1", EXHAUSTION[what], graded("assert x == 1"), limits=SMALL)
    assert error(cells[1]) is not None
    assert points(cells[2]) == 3


def test_a_notebook_that_takes_too_long_as_a_whole_ends():
    begun = time.monotonic()
    cells = run(*["import time; time.sleep(1)"] * 6, graded("pass"), limits=Limits(notebook_seconds=2.0))
    assert time.monotonic() - begun < 30
    assert [error(cell) for cell in cells][-2:] == ["TimeLimit", "TimeLimit"]
    assert points(cells[-1]) == 0


@pytest.mark.parametrize("as_root", [None, False])
def test_what_is_used_up_is_no_one_else_s(inside, as_root):
    # Limits that count by user: a user namespace has a single one.
    start = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    create = "assert ctypes.CDLL(None).timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0"
    source = (
        "import ctypes, threading, time\ndone = [0, 0]\ntry:\n    for _ in range({0}):\n        {1}; done[0] += 1\n"
        "except Exception: pass\ntry:\n    for _ in range({0}):\n        {2}; done[1] += 1\nexcept Exception: pass\n"
        "print(done)"
    )
    _, second = inside(source.format(1000, start, create), source.format(4, start, create), as_root=as_root)
    assert eval(second) == [4, 4]


def test_nothing_is_left_for_the_next_submission():
    leave = (
        "import os, tempfile, threading, time\n"
        "for folder in ('/scratch', tempfile.gettempdir(), '/scratch/.ipython/profile_default/startup'):\n"
        "    os.makedirs(folder, exist_ok=True)\n"
        "    open(folder + '/left.py', 'w').write('x = 42')\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()"
    )
    run(leave)
    look = "import os, tempfile\nprint(os.listdir('/scratch'), os.listdir(tempfile.gettempdir()), 'x' in globals())"
    (cell,) = run(look)
    assert printed(cell) == "['tmp'] [] False\n", cell.outputs


def test_no_process_of_a_submission_outlives_it():
    run("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()", answer("y = 1"))
    deadline = time.monotonic() + 10
    while (left := _children_of_parents()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def _children_of_parents() -> list[str]:
    # Living children of the warm parents, zombies aside.
    from autograde.runner.warm import _parents

    parents = {str(one._process.pid) for one in _parents.values() if one._process is not None}
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, above = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if above in parents and state != "Z":
            found.append(status.parent.name)
    return found


def test_the_grader_s_death_takes_everything_along(tmp_path):
    # A grader in the middle of a submission is killed: nothing of it goes on.
    program = (
        "from tests.autograde.notebooks import run\n"
        "import os; print(os.getpid(), flush=True)\n"
        "run('import time; time.sleep(600)', timeout=600)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as grader:
        assert grader.stdout is not None
        grader.stdout.readline()
        deadline = time.monotonic() + 60
        while len(family := _family(grader.pid)) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        grader.kill()
        assert len(family) >= 4  # two parents, a judge and the submission
        while any(Path("/proc", pid).exists() and _state(pid) != "Z" for pid in family) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [pid for pid in family if Path("/proc", pid).exists() and _state(pid) != "Z"] == []


def _state(pid: str) -> str:
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _family(pid: int) -> list[str]:
    above = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            above[status.parent.name] = status.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
    found: list[str] = []
    level = {str(pid)}
    while level:
        level = {child for child, parent_pid in above.items() if parent_pid in level}
        found += sorted(level)
    return found


def test_the_filter_is_made_for_this_machine():
    assert len(filter.compiled()) > 8 * len(filter.REFUSED) // 2
    assert "execve" in filter.REFUSED and "socket" in filter.REFUSED


@pytest.mark.parametrize(
    ("why", "setting", "word"),
    [
        ("libseccomp is missing", {}, "libseccomp2"),
        ("unshare: Operation not permitted", {"kernel/apparmor_restrict_unprivileged_userns": "1"}, "AppArmor"),
        ("unshare: Operation not permitted", {"kernel/unprivileged_userns_clone": "0"}, "unprivileged_userns_clone=1"),
        ("unshare: No space left on device", {"user/max_user_namespaces": "0"}, "max_user_namespaces"),
        ("unshare: Operation not permitted", {}, "Docker"),
    ],
)
def test_the_advice_fits_the_machine(why, setting, word, tmp_path, monkeypatch):
    monkeypatch.setattr("autograde.machine.advice.SETTINGS", tmp_path)
    for name, value in setting.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(value)
    assert word in remedy(why)


def test_a_parent_of_another_kind_is_another_process():
    assert parent(Kind("student", ("numpy",))) is not parent(Kind("student", ("numpy",), ("torch",)))


@pytest.mark.parametrize("as_root", [None, False])
def test_what_is_private_in_a_visible_folder_is_not_there(inside, as_root, tmp_path):
    # A course, an exchange and a clone where student code can look; in the clone lies what it may see.
    system = tmp_path / "system"
    private = [system / name for name in ("course", "exchange", "clone")]
    shown = system / "clone" / "env"
    for folder in (*private, shown, system / "share"):
        (folder / "deeper").mkdir(parents=True)
        (folder / "file").write_text("x")
    (text,) = inside(LOOK.format(str(system)), as_root=as_root, visible=[system, shown], private=private)
    seen, left = text.splitlines()
    assert eval(seen) == [str(shown / "file"), str(system / "share" / "file")]
    assert eval(left) == []


LOOK = """
import os
folders = list(os.walk({!r}))
print([os.path.join(folder, name) for folder, _, names in sorted(folders) for name in names])
left = []
for folder, _, _ in folders:
    try:
        open(folder + "/left", "w")
        left.append(folder)
    except OSError:
        pass
print(left)
"""
