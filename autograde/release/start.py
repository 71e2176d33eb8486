# Starts the assignment in this folder:
#
#     python3 start.py          (Windows: py start.py)
#
# The first time it makes one environment for all assignments of the course, the folder `unrolled-env` beside this one,
# and installs what requirements.txt names. Each time it opens the notebook. Nothing else on the machine changes.
# It is written so that every Python can read it: one that does not fit has to say so.

import os
import platform
import subprocess
import sys

NOTEBOOK = "assignment.ipynb"  # each bundle names its own
OLDEST, NEWEST = (3, 11), (3, 14)
FOLDER = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = "unrolled-env"
INSTALLED = "installed.txt"  # in the environment: the requirements that were installed last
# JupyterLab's own defaults, overridden: no question about news over the first cell.
QUIET = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}\n'


def main():
    """Install where it is needed, and open the notebook; returns an exit status."""
    trouble = unfit(sys.version_info[:3], sys.maxsize > 2**32) or incomplete()
    if trouble:
        return say(trouble)
    environment = place_of(FOLDER)
    try:
        trouble = install(environment)
    except (OSError, subprocess.CalledProcessError) as error:
        trouble = "The environment in {} could not be made: {}".format(environment, error)
    if trouble:
        return say(trouble)
    print("Opening {} in the browser. To stop, press Ctrl-C here.".format(NOTEBOOK))
    sys.stdout.flush()
    running = subprocess.Popen([python_of(environment), "-m", "jupyterlab", NOTEBOOK], cwd=FOLDER)
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:  # JupyterLab has heard it too, and asks
            pass


def unfit(version, is_64_bit):
    """Why a Python cannot be used, in one sentence with what to do; empty where it can."""
    wanted = "Python {}.{} to {}.{}".format(*(OLDEST + NEWEST))
    found = ".".join(str(part) for part in version)
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        return (
            "The course needs {}, and this is Python {}. Install one that fits, and start with it: "
            "python3.{minor} start.py (Windows: py -3.{minor} start.py).".format(wanted, found, minor=NEWEST[1] - 1)
        )
    if not is_64_bit:
        return "The course needs a 64-bit Python, and this Python {} is a 32-bit one. Install the other.".format(found)
    return ""


def incomplete():
    """What is missing for a start, in one sentence with what to do; empty where nothing is."""
    for name in ("requirements.txt", NOTEBOOK):
        if not os.path.exists(os.path.join(FOLDER, name)):
            return "{} is not beside start.py. Unpack the whole file, then start in the new folder.".format(name)
    try:
        import ensurepip  # noqa: F401 (whether it is there is the question)
        import venv  # noqa: F401 (as above)
    except ImportError:
        return (
            "This Python cannot make environments. Install that part of it (on Debian or Ubuntu: "
            "sudo apt install python{}.{}-venv).".format(*sys.version_info[:2])
        )
    return ""


def place_of(folder):
    """Where the environment lies: beside the assignment's folder, so that all assignments share it."""
    parent = os.path.dirname(folder)
    if os.path.basename(parent) == os.path.basename(folder):  # Windows unpacks into a folder of the same name
        parent = os.path.dirname(parent)
    return os.path.join(parent, ENVIRONMENT)


def python_of(environment):
    """The Python of an environment. It needs no activation, which Windows may refuse."""
    return os.path.join(environment, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def install(environment):
    """Make the environment and install into it, unless that was done; returns what went wrong."""
    python = python_of(environment)
    requirements = os.path.join(FOLDER, "requirements.txt")
    note = os.path.join(environment, INSTALLED)
    wanted = read(requirements)
    if not works(python):
        print("Making an environment for all assignments of the course: {}".format(environment))
        sys.stdout.flush()
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", environment])
    elif read(note) == wanted:
        return ""
    print("Installing what the assignment needs (the first time some minutes, and about 600 MB of disk) ...")
    sys.stdout.flush()
    if os.path.exists(note):
        os.remove(note)
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements]
    if subprocess.call(command) != 0:
        return (
            "The packages could not be installed; pip says why above. Check the network and the disk, then start "
            "this again. (Python {}, {}.)".format(platform.python_version(), platform.platform())
        )
    settings = os.path.join(environment, "share", "jupyter", "lab", "settings")
    if not os.path.isdir(settings):
        os.makedirs(settings)
    write(os.path.join(settings, "overrides.json"), QUIET)
    write(note, wanted)
    return ""


def works(python):
    """Whether the environment is there, whole, and the Python that it was made of still is."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([python, "-m", "pip", "--version"], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def read(path):
    """A text file's content; empty where there is none."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def write(path, text):
    """Write a text file."""
    with open(path, "w") as file:
        file.write(text)


def say(trouble):
    """Print what went wrong, and return the exit status for it."""
    sys.stderr.write("start: {}\n".format(trouble))
    return 1


if __name__ == "__main__":
    sys.exit(main())
