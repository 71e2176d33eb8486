"""The hostile corpus against the real pipeline: the second half."""

import pytest

from tests.end_to_end.attacks import HALVES, trouble

# As library.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]


@pytest.mark.parametrize("attack", HALVES[1], ids=lambda attack: attack.name)
def test_an_attack_earns_reads_and_breaks_nothing(made, attack):
    assert trouble(made, attack) == []
