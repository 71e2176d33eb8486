"""The scratch course in which the corpus plays: released, baited with secrets, watched by tripwires."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import nbformat

from autograde.course.confinement import Confinement
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import reference_answers
from autograde.grade.keys import course_key
from autograde.release.release import release
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.kept import misconceptions_of
from tests.hostile import frameworks
from tests.hostile.attack import EVERYTHING, Scene, written
from tests.places import ROOT

SLUG = "rnn-cell"
PROJECT = ROOT
PEER = "peer"
ENVIRONMENT = "UNROLLED_BAIT"  # holds the marker in the grader's environment
HALF = EVERYTHING[:4]
# Where an attack may have left a file whose name begins with "pwned".
WATCHED = (
    "/",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/run",
    "/etc",
    "/usr/local/bin",
    "/mnt",
    "/srv",
    "/opt",
    "/home",
    "/root",
)


def honest(scene: Scene) -> dict[str, bytes]:
    """Honest submissions by student: right in several styles, half done, wrong, empty."""
    marker = "# " + "".join(scene.known["halves"])
    contracts = contracts_of(SLUG)
    wrong = next(iter(misconceptions_of(contracts["rnn_step"])))
    variants = {name: contract.variants[-1].source(name) for name, contract in contracts.items()}
    made = {
        PEER: scene.right | {"sigmoid": f"{scene.right['sigmoid']}\n{marker}"},
        "honest-variant": scene.right | variants,
        "honest-half": scene.answers(body="raise NotImplementedError", right=HALF),
        "honest-wrong": scene.right | {"rnn_step": wrong.source("rnn_step")},
        "honest-empty": {},
    }
    return {student: written(scene.notebook(answers)) for student, answers in made.items()}


def prepare(
    folder: Path, tripwires: Tripwires, slug: str = SLUG, confinement: Confinement = Confinement.SANDBOX
) -> Scene:
    """Release an assignment into a new course in `folder`, set the bait, and hand in honest submissions of rnn-cell."""
    course = Course(folder / "course")
    course.root.mkdir(parents=True)
    (course.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    if slug == SLUG:
        release(course, [slug])
    else:
        source = source_of(slug, folder / "solutions")
        source.parent.mkdir(parents=True)
        source.write_text(frameworks.SOURCE, "utf-8")
        release(course, [slug], secret=folder / "solutions", fixtures=lambda slug, path: path.write_bytes(b""))
    course_key(course)
    os.environ[ENVIRONMENT] = tripwires.marker
    home = folder / "home"
    home.mkdir()
    (home / "notes.txt").write_text(tripwires.marker)
    (folder / f"{tripwires.marker}.txt").write_text(tripwires.marker)
    notebook = nbformat.read(course.release / slug / f"{slug}.ipynb", 4)
    right = reference_answers(nbformat.read(course.source / slug / f"{slug}.ipynb", 4))
    known = {
        "course": str(course.root),
        "project": str(PROJECT),
        "home": str(home),
        "slug": slug,
        "peer": PEER,
        "halves": [tripwires.marker[:10], tripwires.marker[10:]],
        "account": pwd.getpwall()[-1].pw_name,
        "pid_namespace": str(Path("/proc/self/ns/pid").readlink()),
        "grader": os.getpid(),
        "outside": [str(path) for path in (folder, course.root, course.submitted, home, PROJECT, PROJECT / "book")],
        "port": tripwires.port,
        "socket": str(tripwires.socket_path),
        "abstract": tripwires.abstract,
        "confinement": confinement,
    }
    scene = Scene(course, slug, notebook, right, known, confinement)
    if slug == SLUG:
        for student, content in honest(scene).items():
            hand_in(course, student, content)
    return scene


def hand_in(course: Course, student: str, content: bytes) -> None:
    """Put an honest notebook into the course."""
    path = course.submitted / student / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@dataclass
class Tripwires:
    """Sockets that nobody should reach, and a marker that nobody should see; `take` says what happened."""

    folder: Path
    marker: str = field(default_factory=lambda: f"bait-{secrets.token_hex(8)}")
    touched: SimpleQueue[str] = field(default_factory=SimpleQueue)
    port: int = 0

    @property
    def abstract(self) -> str:
        """Name of the socket in the abstract space."""
        return f"unrolled-{self.port}"

    @property
    def socket_path(self) -> Path:
        """The socket in a file."""
        return self.folder / "bait.sock"

    def take(self) -> list[str]:
        """What has been touched since the last time; a touch in this moment is in this answer or in the next."""
        found = []
        with contextlib.suppress(Empty):
            while True:
                found.append(self.touched.get_nowait())
        return found


@contextlib.contextmanager
def tripwires(folder: Path) -> Iterator[Tripwires]:
    """Listen on a TCP and a UDP port, a socket in a file and one in the abstract space."""
    made = Tripwires(folder)
    tcp = socket.create_server(("127.0.0.1", 0))
    made.port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", made.port))
    listening = [tcp, udp]
    for address in (str(made.socket_path), f"\0{made.abstract}"):
        listening.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listening[-1].bind(address)
        listening[-1].listen()
    for one in listening:
        threading.Thread(target=_watch, args=(one, made.touched), daemon=True).start()
    try:
        yield made
    finally:
        for one in listening:
            one.close()


def _watch(listening: socket.socket, touched: SimpleQueue[str]) -> None:
    stream = listening.type == socket.SOCK_STREAM
    with contextlib.suppress(OSError):
        while True:
            listening.accept() if stream else listening.recvfrom(100)
            touched.put(f"a connection to {listening.getsockname()!r}")


def left_behind(scene: Scene) -> list[str]:
    """Files outside the sandbox and processes whose names begin with "pwned"; they are removed and ended."""
    found = []
    for folder in dict.fromkeys([*WATCHED, *scene.known["outside"], str(PROJECT / "book" / "unrolled")]):
        with contextlib.suppress(OSError):
            for path in Path(folder).glob("pwned*"):
                found.append(f"the file {path}")
                path.unlink()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if (process / "comm").read_text().startswith("pwned") and not dead:
                found.append(f"the process {process.name}")
                os.kill(int(process.name), 9)
    return found
