"""What this machine offers for grading, and what is missing."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograde.course.confinement import Confinement
from autograde.course.errors import NoRunnerError, NoSandboxError, explain
from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.course.settings import EXCHANGE
from autograde.course.system import NEWEST_PYTHON, OLDEST_PYTHON, PYTHONS
from autograde.machine.advice import remedy
from autograde.machine.probe import open_doors, probe
from autograde.release import bundle
from autograde.sandbox import view

ENOUGH_DISK = 2_000_000_000
ALL_WRITE_OWN = 0o1777  # everybody writes, and renames or removes but the own
ANY_OTHER = 0o077
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSER = Path("/Applications/Google Chrome.app")


@dataclass(frozen=True)
class Check:
    """One thing looked at. `remedy` is empty where nothing is to be done; `needed` False marks a mere note."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine(course: Course) -> list[Check]:
    """All checks, in the order in which one would mend things."""
    checks = [_python(), _packages(), _kernel(), _alembic(), _disk(course), _gradebook(course)]
    checks += [_browser(), _private(course), *_exchange(course), *_formgrader()]
    return [*checks, _sandbox(course), _container(course)]


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    fits = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON
    return Check("Python", fits, found, f"Use {PYTHONS}: make PYTHON=/path/to/python course.")


def _packages() -> Check:
    lock = bundle.PUBLIC_PACKAGE.parent / "requirements.txt"
    if not lock.is_file():
        return Check("packages", False, "no requirements.txt", "Run this from a clone of the course.")
    wrong = []
    for line in lock.read_text("utf-8").splitlines():
        name, separator, wanted = line.partition("==")
        if separator and _installed(name.strip()) != wanted.split()[0]:
            wrong.append(f"{name} {_installed(name.strip()) or 'missing'} (lock: {wanted})")
    found = f"{len(wrong)} differ from the lock: {', '.join(wrong[:5])}" if wrong else "as in the lock"
    return Check("packages", not wrong, found, "Run `make course`.")


def _installed(name: str) -> str:
    try:
        return version(name).partition("+")[0]  # a build such as +cpu is the same version
    except PackageNotFoundError:
        return ""


def _kernel() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        found = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Check("kernel", False, "none called python3", "python -m ipykernel install --sys-prefix")
    return Check("kernel", True, f"python3 ({found})")


def _alembic() -> Check:
    found = shutil.which("alembic")
    return Check("alembic", found is not None, found or "missing", "Run `make course`.")


def _disk(course: Course) -> Check:
    free = shutil.disk_usage(course.root).free
    return Check("disk", free > ENOUGH_DISK, f"{free / 1e9:.1f} GB free", "Free some space.")


def _gradebook(course: Course) -> Check:
    url = course.config.CourseDirectory.db_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        return Check("gradebook", True, "none yet; `autograde release` makes it")
    try:
        with gradebook(course) as book:
            found = f"{len(book.students)} students, {len(book.assignments)} assignments"
    except Exception as error:
        known = explain(error)
        return Check("gradebook", False, known.what if known else str(error), known.remedy if known else "")
    return Check("gradebook", True, found)


def _browser() -> Check:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None and MAC_BROWSER.is_dir():
        found = str(MAC_BROWSER)
    remedy = "Install Chromium or Chrome; only `make test` needs it."
    return Check("browser", found is not None, found or "none", "" if found else remedy, needed=False)


def _private(course: Course) -> Check:
    folders = [*course.private_folders(), *view.own_folders()]
    try:
        view.mounts(view.visible_folders(), folders)
    except OSError as error:
        why = error.strerror or str(error)
        return Check("private folders", False, why, remedy(why))
    covered = dict.fromkeys(str(folder) for folder in view.exposed(folders) if folder.is_dir())
    if covered:
        found = f"covered for student code, which sees the folders around them: {', '.join(covered)}"
        return Check("private folders", True, found)
    return Check("private folders", True, "course, clone and exchange lie where no student code can look")


def _exchange(course: Course) -> list[Check]:
    folder = Path(course.config.Exchange.get("root", EXCHANGE))
    if not folder.is_dir():
        if "root" not in course.config.Exchange:
            return []  # students hand in another way
        return [Check("exchange", False, f"no folder {folder}", f"sudo install -d -m 1777 {folder}", needed=False)]
    if stat.S_IMODE(folder.stat().st_mode) != ALL_WRITE_OWN:
        found = f"in {folder} students cannot hand in, or can rename each other's and the course's folders"
        return [Check("exchange", False, found, f"sudo chmod 1777 {folder}", needed=False)]
    if stat.S_IMODE(course.root.stat().st_mode) & ANY_OTHER:
        found = "students can look into the course folder, where answers and grades lie"
        return [Check("exchange", False, found, f"chmod 700 {course.root}", needed=False)]
    return [Check("exchange", True, f"students hand in through {folder}")]


def _formgrader() -> list[Check]:
    if "JUPYTERHUB_USER" not in os.environ:
        return []  # Jupyter is started in the course folder, and reads its settings there
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader()
    app.load_cwd_config = False  # a hub starts servers in the home folder
    app.load_config_file()
    if "exporter_class" in app.config.Autograde:
        return [Check("formgrader", True, "grades as `autograde grade` does")]
    found = "the hub's formgrader does not read this course's settings, and would grade without a sandbox"
    return [Check("formgrader", False, found, "Write ~/.jupyter/nbgrader_config.py as the page on hubs shows.")]


def _sandbox(course: Course) -> Check:
    found = "student code runs confined (no network, no files of yours, limits)"
    return _tried("sandbox", course, Confinement.SANDBOX, found)


def _container(course: Course) -> Check:
    found = "`--confinement container` works here too, which promises less (see the page on security)"
    return _tried("container", course, Confinement.CONTAINER, found)


def _tried(name: str, course: Course, confinement: Confinement, found: str) -> Check:
    try:
        doors = open_doors(probe(course.private_folders(), confinement))
    except NoRunnerError as error:
        return Check(name, False, f"none ({sys.platform})", f"{error.what} {error.remedy}", needed=False)
    except NoSandboxError as error:
        return Check(name, False, f"none ({error.why})", remedy(error.why), needed=False)
    if doors:
        what = "Do not grade here: please report this, with the kernel's version."
        return Check(name, False, f"open: {', '.join(doors)}", what)
    return Check(name, True, found)
