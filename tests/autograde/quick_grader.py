"""The command line with the quick runner, for tests that end it from outside: python -m … grade --course DIR."""

from autograde import cli
from autograde.grade import run
from tests.autograde import quick

if __name__ == "__main__":
    run.run_notebook = quick.run_notebook
    cli.main()
