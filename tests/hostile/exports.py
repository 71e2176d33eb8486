"""Zip files, as a learning platform gives them out, that lead elsewhere, burst, or overwrite what others handed in."""

from __future__ import annotations

import io
import shutil
import stat
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograde.collect.collect import collect
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from tests.hostile.attack import Scene
from tests.hostile.measure import GRACE, Verdict
from tests.hostile.scene import PEER, Tripwires, left_behind

HONEST = "ada_101_201_rnn-cell.ipynb"  # as Canvas names it
SECONDS = 5.0  # for an export of a few hand-ins


@dataclass(frozen=True)
class Export:
    """One hostile zip file. `loses_all`: it may be refused as a whole, honest hand-ins included."""

    name: str
    tries: str
    build: Callable[[bytes], bytes]
    loses_all: bool = False


def members(*named: str | tuple[str, bytes] | zipfile.ZipInfo, text: bytes = b"{}") -> Callable[[bytes], bytes]:
    """A zip file with an honest hand-in first and last, and these members between them."""

    def build(honest: bytes) -> bytes:
        made = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            warnings.simplefilter("ignore")  # names that are there twice
            archive.writestr(HONEST, honest)
            for one in named:
                name, content = one if isinstance(one, tuple) else (one, text)
                archive.writestr(name, content)
            archive.writestr(HONEST.replace("ada", "bob"), honest)
        return made.getvalue()

    return build


def special(name: str, kind: int) -> zipfile.ZipInfo:
    """A member that says it is a link, a device, a pipe."""
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = (kind | 0o777) << 16
    return made


def _edited(build: Callable[[bytes], bytes], edit: Callable[[bytearray], None]) -> Callable[[bytes], bytes]:
    def made(honest: bytes) -> bytes:
        content = bytearray(build(honest))
        edit(content)
        return bytes(content)

    return made


def _say_encrypted(content: bytearray) -> None:
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(b"eve_1_2_rnn-cell.ipynb")
        place = content.rfind(mark, 0, at) if mark == b"PK\x03\x04" else content.rfind(mark, 0, content.rfind(b"eve_"))
        content[place + offset] |= 1


def _lie_about_size(content: bytearray) -> None:
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(b"eve_"))
    content[place + 24 : place + 28] = struct.pack("<I", 10)


def _cut(content: bytearray) -> None:
    del content[-30:]


def _overlap(content: bytearray) -> None:
    # All entries of the directory lead to the first file.
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 42 : at + 46] = struct.pack("<I", 0)
        at += 4


EVE = "eve_1_2_rnn-cell.ipynb"
ZEROS = b"0" * 100_000_000

EXPORTS = [
    Export(
        "climbs",
        "unpacks above its folder",
        members(
            "../../pwned.ipynb",
            "../pwned_1_2_rnn-cell.ipynb",
            "x/../../../../tmp/pwned-climb.ipynb",
            ".._1_2_rnn-cell.ipynb",
            "..\\..\\pwned_1_2_rnn-cell.ipynb",
        ),
    ),
    Export(
        "absolute",
        "unpacks to an absolute path",
        members("/tmp/pwned-absolute.ipynb", "C:\\pwned.ipynb", "//x/y.ipynb"),
    ),
    Export(
        "links",
        "holds links to secrets",
        members(
            (special("eve_1_2_rnn-cell.ipynb", stat.S_IFLNK), b"/etc/passwd"),
            (special("mallory_3_4_rnn-cell.ipynb", stat.S_IFLNK), b"../../.course-key"),
        ),
    ),
    Export(
        "devices",
        "holds pipes and devices",
        members(
            (special("eve_1_2_rnn-cell.ipynb", stat.S_IFIFO), b""),
            (special("mallory_1_2_rnn-cell.ipynb", stat.S_IFCHR), b""),
            (special("trent_1_2_rnn-cell.ipynb", stat.S_IFBLK), b""),
        ),
    ),
    Export("bomb", "bursts into a hundred megabytes", members((EVE, ZEROS))),
    Export(
        "many-bombs",
        "bursts into forty times nineteen megabytes",
        members(*((f"e{n}_1_2_rnn-cell.ipynb", ZEROS[:19_000_000]) for n in range(40))),
    ),
    Export(
        "nested", "holds zip files within zip files", members(("eve_1_2_rnn-cell.zip", members((EVE, b"{}"))(b"{}")))
    ),
    Export(
        "many-members",
        "holds fifty thousand empty files",
        members(*((f"x{n}_{n}_{n}_notes.txt", b"") for n in range(50_000))),
    ),
    Export("same-names", "holds one name many times", members(*[(EVE, b"%d" % n) for n in range(50)])),
    Export(
        "case-clash",
        "holds names that differ in case only",
        members("ADA_101_201_RNN-CELL.IPYNB", "Ada_101_201_rnn-cell.ipynb"),
        loses_all=True,
    ),
    Export("encrypted", "holds an encrypted file", _edited(members((EVE, b"x" * 99)), _say_encrypted)),
    Export("lying-size", "lies about the size of a file", _edited(members((EVE, ZEROS[:30_000_000])), _lie_about_size)),
    Export("overlapping", "has every entry lead to one file", _edited(members((EVE, b"{}")), _overlap), loses_all=True),
    Export(
        "odd-names",
        "holds names of control and turning characters, and names of dots",
        members(
            "\u202eeve_1_2_rnn-cell.ipynb",
            "x\x1b[2J_1_2_rnn-cell.ipynb",
            "\ufeff_1_2_rnn-cell.ipynb",
            "a\nb_1_2_rnn-cell.ipynb",
            "._1_2_rnn-cell.ipynb",
            "CON_1_2_rnn-cell.ipynb",
            "<b>_1_2_rnn-cell.ipynb",
            "{{7*7}}_1_2_rnn-cell.ipynb",
        ),
    ),
    Export(
        "long-names",
        "holds names of sixty thousand letters",
        members("x" * 60_000 + "_1_2_rnn-cell.ipynb", "/".join(["d"] * 20_000) + "/y_1_2_rnn-cell.ipynb"),
    ),
    Export(
        "records",
        "names students after the grader's own folders",
        members(".records_1_2_rnn-cell.ipynb", ".earlier_1_2_rnn-cell.ipynb", "rnn-cell_1_2_rnn-cell.ipynb"),
    ),
    Export("cut-off", "ends too early", _edited(members(), _cut), loses_all=True),
    Export("no-archive", "is no zip file", lambda honest: b"PK\x03\x04" + b"\xff" * 1000, loses_all=True),
]


def play(scene: Scene, export: Export, tripwires: Tripwires) -> Verdict:
    """Collect one export into a course where a peer has handed in, and look at what came of it."""
    verdict = Verdict(export.name, "exports", export.tries, allowed=SECONDS + GRACE)
    root = scene.course.root.with_name("collecting")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(scene.course.root, root, ignore=shutil.ignore_patterns("autograded", "feedback", "_build"))
    course = Course(root)
    honest = (scene.course.submitted / PEER / scene.slug / f"{scene.slug}.ipynb").read_bytes()
    source = root.with_name(f"{export.name}.zip")
    source.write_bytes(export.build(honest))
    before = _files(course.root.parent)
    start = time.monotonic()
    try:
        collect(course, [source])
    except CourseError as error:
        if not export.loses_all:
            verdict.fails.append(f"honest hand-ins were refused: {error}")
    except Exception as error:
        verdict.broken = True
        verdict.fails.append(f"the run broke: {type(error).__name__}: {str(error)[:300]}")
    verdict.seconds = time.monotonic() - start
    _look(course, scene, export, honest, before, verdict)
    outside = [*tripwires.take(), *left_behind(scene)]
    if outside:
        verdict.contained = False
        verdict.fails += outside
    if verdict.late:
        verdict.fails.append(f"took {verdict.seconds:.1f} s where {verdict.allowed:.1f} s are allowed")
    shutil.rmtree(root)
    source.unlink()
    return verdict


def _look(course: Course, scene: Scene, export: Export, honest: bytes, before: set[Path], verdict: Verdict) -> None:
    name = f"{scene.slug}/{scene.slug}.ipynb"
    for student in () if export.loses_all or verdict.fails else ("ada", "bob"):
        path = course.submitted / student / name
        if not path.is_file() or path.read_bytes() != honest:
            verdict.fails.append(f"the hand-in of {student} was lost")
    if (course.submitted / PEER / name).read_bytes() != honest:
        verdict.contained = False
        verdict.fails.append("another student's hand-in was changed")
    new = _files(course.root.parent) - before
    outside = [path for path in new if not path.is_relative_to(course.submitted) and path != course.collected]
    odd = [path for path in new if path.is_symlink() or not path.is_file()]
    if outside or odd:
        verdict.contained = False
        verdict.fails += [f"made {path}" for path in (*outside, *odd)]
    secret = course.key_file.read_bytes() if course.key_file.exists() else b"root:"
    if any(secret in path.read_bytes() or b"root:x:" in path.read_bytes() for path in new if path.is_file()):
        verdict.leaked = True
        verdict.fails.append("a secret file was taken for a hand-in")


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
