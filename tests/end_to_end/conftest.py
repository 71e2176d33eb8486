"""What several files of end-to-end tests need."""

import pytest

from tests.hostile.stage import stage


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The stage: both assignments released, baits set, a sandbox made sure of."""
    with stage(tmp_path_factory.mktemp("attack")) as ready:
        yield ready
