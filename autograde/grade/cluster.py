"""Hands intake and run to a Dask cluster. Its scheduler and workers must be trusted: their protocol carries code."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import Client

from autograde import __version__
from autograde.course.errors import CourseError
from autograde.grade.threads import Pool

SECONDS_TO_ANSWER = 10
SECONDS_WITHOUT_WORKERS = 60  # a nanny starts a dead one again


@contextmanager
def connected(scheduler: str, shared: Any) -> Iterator[Pool]:
    """A pool made of the cluster's workers.

    Args:
        scheduler: its address, such as tcp://192.168.0.7:8786.
        shared: what every task needs; it travels to each worker once.

    A task whose worker dies goes to another one, as often as the scheduler's `allowed-failures` says (three times
    by default); then it ends in Dask's KilledWorker (`errors.lost_its_worker`).

    Raises:
        CourseError: no scheduler answers there, it has no workers, or one has another version of this package.
    """
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # the rows say what went wrong
    try:
        client = Client(scheduler, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise CourseError(
            f"No Dask scheduler answers at {scheduler}.", "Check the address, and start one with `dask scheduler`."
        ) from error

    seen = time.monotonic()  # workers, the last time

    def check() -> None:
        nonlocal seen
        if client.status != "running":
            raise CourseError(
                f"The scheduler at {scheduler} is gone.",
                "Start it again and run the same command; finished work is kept.",
            )
        if client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() - seen > SECONDS_WITHOUT_WORKERS:
            raise CourseError(
                f"All workers of the scheduler at {scheduler} are gone.",
                f"Start some with `dask worker {scheduler}` and run the same command; finished work is kept.",
            )

    with client:
        size = sum(client.nthreads().values())
        if not size:
            raise CourseError(
                f"The scheduler at {scheduler} has no workers.", f"Start some with `dask worker {scheduler}`."
            )
        _check_versions(client)
        # As the result of a task it is made anew where the worker that held it dies; scattered data would be lost.
        remote = client.submit(_same, shared, pure=False)
        yield Pool(client.get_executor(pure=False), size, remote, check)


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
