"""Without namespaces: what student code can do in the confinement of a container, where root grades and where not."""

import json
import os
import subprocess
import sys

import pytest

from autograde.grade.history import load_record
from autograde.sandbox import cell
from tests.autograde.sandbox.test_sandbox import REFUSALS, REFUSED, TRY
from tests.places import ROOT

pytestmark = pytest.mark.slow

USERS = ("root", "user") if os.geteuid() == 0 else ("user",)
# There is no file system of its own, in which these could be tried: by what they are called elsewhere.
TRIES = REFUSED | {
    "a mount": "call(libc.mount, b'none', os.getcwd().encode(), b'tmpfs', 0, None)",
    "a device": "os.mknod('sda', 0o60600, os.makedev(8, 0))",
    "another root": "os.chroot(os.getcwd())",
    "a device's time": "before('/dev/null') or os.utime('/dev/null') or same('/dev/null')",
    "another's process": "os.pidfd_open(os.getppid())",
    "a signal to the grader": "os.kill({grader}, 0)",
    "a signal to its parent": "os.kill(os.getppid(), 0)",
    "a signal to everybody": "os.kill(-1, 0)",
    "a limit of the grader's": "resource.prlimit({grader}, resource.RLIMIT_CPU, (1, 1))",
    "the grader's processors": "os.sched_setaffinity({grader}, {{0}})",
    "the grader's patience": "os.setpriority(os.PRIO_PROCESS, {grader}, 19)",
    "the grader's memory": "open('/proc/{grader}/mem', 'rb')",
    "the grader's environment": "open('/proc/{grader}/environ', 'rb')",
    "the grader's command": "open('/proc/{grader}/cmdline', 'rb')",
    "the list of processes": "os.listdir('/proc')",
    "the list of connections": "open('/proc/self/net/tcp')",
    "a thread's list of connections": "open('/proc/thread-self/net/unix')",
    "the list of mounts": "open('/proc/self/mountinfo')",
    "a socket in the abstract space": "datagram().sendto(b'x', b'\\0unrolled-nobody')",
    "a pair of another kind": "socket.socketpair(socket.AF_INET)",
    "who gets a signal": "fcntl.fcntl(wire(), fcntl.F_SETOWN, {grader})",
    "a package that the assignment works without": (
        "open(os.path.join(os.path.dirname(os.path.dirname(np.__file__)), 'torch', '__init__.py'))"
    ),
    "the accounts": "open('/etc/passwd')",
    "the temporary folder": "open('/tmp/new', 'w')",
    "the list of the temporary folder": "os.listdir('/tmp')",
    "shared memory in a file": "open('/dev/shm/new', 'w')",
    "a queue": "call(libc.mq_unlink, b'/x')",
    "the course": "open({secret!r})",
    "the course, by an open folder": "os.open('secret', os.O_RDONLY, dir_fd=os.open({folder!r}, os.O_PATH))",
    "the course, shortened": "os.truncate({secret!r}, 0)",
    "the course, moved": "os.rename({secret!r}, 'mine')",
    "the course, linked": "os.link({secret!r}, 'mine') or open('mine')",
}
MORE = """
times = []
def before(path):
    times.append(os.stat(path).st_mtime_ns)
def same(path):
    if os.stat(path).st_mtime_ns == times[-1]:
        raise PermissionError
def datagram():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]
"""
NEEDED = """
import decimal, os, shutil, sqlite3, tempfile, threading, time
from pathlib import Path
import scipy.linalg, matplotlib.pyplot
Path("here.txt").write_text("kept"); Path.home().joinpath("there.txt").write_text("x")
with tempfile.NamedTemporaryFile() as file: assert file.name.startswith(os.getcwd())
thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
os.mkdir("below"); os.rename("there.txt", "below/there.txt")
shutil.copy2(os.__file__, "os.py"); os.chmod("os.py", 0o600)
shutil.rmtree("below")
with sqlite3.connect("base") as base: base.execute("create table t(x)"); base.commit()
assert open("/proc/self/status").read() and os.listdir("/proc/self/fd")
print(Path("here.txt").read_text())
"""
PROGRAM = """
import json, os, sys
from pathlib import Path
from autograde.course.confinement import Confinement
from autograde.machine.probe import probe, open_doors
from autograde.sandbox.limits import MIB, Limits
from tests.autograde.notebooks import answer, error, graded, points, printed, run
tries, needed, more, folder = json.load(sys.stdin)
secret = folder + "/secret"
tries = {what: source.format(grader=os.getpid(), secret=secret, folder=folder) for what, source in tries.items()}
how = {"confinement": Confinement.CONTAINER}
said = {"doors": open_doors(probe((Path(folder),), **how))}
look = TRY.replace("def attempt", more.replace("{", "{{").replace("}", "}}") + "def attempt").format(tries=tries)
cells = run(look, needed, "open('kept', 'w').write('x')", graded("assert True"), **how)
said["tries"] = printed(cells[0])
said["needed"] = printed(cells[1]), cells[1].outputs
(cell,) = run("import os\\nprint([os.listdir('.'), os.getuid() == os.stat('.').st_uid, os.getuid()])", **how)
said["later"] = printed(cell)
fill = "for n in range(10**6):\\n    with open(f'f{n}', 'wb') as file: file.write(bytes(1 << 20)); os.fsync(file)"
cells = run("x = 1", "import os\\n" + fill, graded("assert x == 1"), limits=Limits(scratch=8 * MIB), **how)
said["full"] = error(cells[1]), points(cells[2])
print(json.dumps(said))
""".replace("TRY.", f"{TRY!r}.")


def in_container(user, *command, **options):
    words = [sys.executable, "-m", "tests.container", *(["--user"] if user == "user" else []), *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("user", USERS)
def test_student_code_is_kept_apart_and_can_do_what_it_needs(user, tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (folder / "secret").write_text("x")
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.getuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o711)  # that nothing but the confinement keeps it secret
    (folder / "secret").chmod(0o666)
    asked = json.dumps([TRIES, NEEDED, MORE, str(folder)])
    done = in_container(user, sys.executable, "-c", PROGRAM, input=asked)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["doors"] == []
    allowed = {what: got for what, got in eval(said["tries"]).items() if got not in REFUSALS}
    assert allowed == {}
    assert said["needed"][0] == "thread\nkept\n", said["needed"]
    seen, own, number = eval(said["later"])
    assert (seen, own) == (["tmp"], True)
    assert (number >= cell.FIRST_USER) == (user == "root")
    assert said["full"] == ["KernelDied", 3]
    assert (folder / "secret").read_text() == "x"


def test_grading_asks_for_it_and_marks_what_it_did(course, hand_in):
    hand_in("ada", {"double": "def double(x):\n    return 2 * x"})
    words = (sys.executable, "-m", "autograde", "grade", "--course", str(course.root))
    refused = in_container(USERS[0], *words)
    assert refused.returncode == 1 and "--confinement container" in refused.stderr
    assert load_record(course, "tiny", "ada") is None
    done = in_container(USERS[0], *words, "--confinement", "container", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["status"], row["points"]) == ("graded", 4.0), row
    assert any("confinement of a container" in remark for remark in row["remarks"])
    assert load_record(course, "tiny", "ada").confinement == "container"
