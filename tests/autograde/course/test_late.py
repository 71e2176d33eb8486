"""Late days: begun ones, free ones in the order of due dates, and what the others cost."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from autograde.course.late import TakenIn, days_late, lateness
from autograde.course.plan import LateRule

DUE = datetime(2026, 10, 30, 22, 59, 59)
RULE = LateRule(percent_per_day=10, free_days=3, at_most_percent=50)


def taken(slug, week, hours):
    due = DUE + timedelta(weeks=week)
    return TakenIn(slug, due, due + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("seconds", "days"), [(-1, 0), (0, 0), (0.7, 0), (1, 1), (86_400, 1), (86_400.9, 1), (86_401, 2), (-86_401, 0)]
)
def test_a_day_counts_once_a_second_of_it_has_passed(seconds, days):
    assert days_late(DUE, DUE + timedelta(seconds=seconds)) == days


def test_free_days_go_to_what_was_due_first_whatever_came_first():
    hand_ins = [taken("c", 0, 30), taken("b", 1, -5), taken("a", 2, 40), taken("d", 3, 100)]
    texts = {
        "c": "2 days late, 2 of 3 free days used, no points off",
        "a": "2 days late, 3 of 3 free days used, 10 % of the points off",
        "d": "5 days late, 3 of 3 free days used, 50 % of the points off",
    }
    for order in permutations(hand_ins):
        assert {slug: str(one) for slug, one in lateness(RULE, order).items()} == texts


def test_no_more_is_lost_than_the_rule_says():
    assert lateness(RULE, [taken("a", 0, 24 * 30)])["a"].percent == 50
    assert lateness(LateRule(percent_per_day=40), [taken("a", 0, 24 * 30)])["a"].percent == 100


def test_without_free_days_the_text_names_none():
    found = lateness(LateRule(percent_per_day=2.5), [taken("a", 0, 1)])["a"]
    assert str(found) == "1 day late, 2.5 % of the points off"
    assert str(lateness(LateRule(percent_per_day=0), [taken("a", 0, 1)])["a"]) == "1 day late, no points off"


def test_of_two_that_are_due_at_once_the_name_decides():
    found = lateness(RULE, [taken("b", 0, 60), taken("a", 0, 60)])
    assert [(found[slug].free, found[slug].used) for slug in "ab"] == [(3, 3), (0, 3)]
