"""Hands intake and run to a Dask cluster. Its scheduler and workers must be trusted: their protocol carries code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from distributed import Client, Future

from autograde import __version__
from autograde.errors import CourseError

SECONDS_TO_ANSWER = 10


@contextmanager
def connected(scheduler: str, shared: Any) -> Iterator[tuple[Executor, int, Future]]:
    """A pool made of the cluster's workers.

    Args:
        scheduler: its address, such as tcp://192.168.0.7:8786.
        shared: what every task needs; it travels to each worker once.

    Gives the pool, how many tasks it runs at a time, and what stands for `shared` in a task's arguments.
    A task whose worker dies goes to another one, as often as the scheduler's `allowed-failures` says (three times
    by default); then it counts as failed.

    Raises:
        CourseError: no scheduler answers there, it has no workers, or one has another version of this package.
    """
    try:
        client = Client(scheduler, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise CourseError(
            f"No Dask scheduler answers at {scheduler}.", "Check the address, and start one with `dask scheduler`."
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CourseError(
                f"The scheduler at {scheduler} has no workers.", f"Start some with `dask worker {scheduler}`."
            )
        _check_versions(client)
        # As the result of a task it is made anew where the worker that held it dies; scattered data would be lost.
        yield client.get_executor(pure=False), threads, client.submit(_same, shared, pure=False)


def _same(value: Any) -> Any:
    return value


def _version() -> str:
    return __version__


def _check_versions(client: Client) -> None:
    remedy = "Install the same version and the locked packages there."
    try:
        found = client.run(_version)
    except Exception as error:
        raise CourseError(f"A worker of the cluster cannot import autograde ({error}).", remedy) from error
    other = {where: version for where, version in found.items() if version != __version__}
    if other:
        where, version = next(iter(other.items()))
        raise CourseError(f"The worker at {where} has autograde {version}, not {__version__}.", remedy)
