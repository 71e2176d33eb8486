"""What the next token is drawn from: temperature, top-k and nucleus, alone and together."""

import pytest
import torch

from unrolled.lab.writing import choices

P = torch.tensor([[0.1, 0.4, 0.05, 0.4, 0.05]], dtype=torch.float64)
SCORES = P.log()


def close(found, wanted):
    torch.testing.assert_close(found, torch.tensor([wanted], dtype=torch.float64))


def test_without_options_it_is_the_softmax():
    torch.testing.assert_close(choices(SCORES), P)


def test_temperature_zero_takes_the_first_of_the_likeliest():
    close(choices(SCORES, temperature=0), [0.0, 1.0, 0.0, 0.0, 0.0])


def test_of_equal_ones_the_lower_number_is_likelier():
    close(choices(SCORES, top_k=1), [0.0, 1.0, 0.0, 0.0, 0.0])
    close(choices(SCORES, top_k=4), [p / 0.95 for p in (0.1, 0.4, 0.05, 0.4, 0.0)])


def test_the_token_that_crosses_the_line_is_in_the_nucleus():
    close(choices(SCORES, top_p=0.5), [0.0, 0.5, 0.0, 0.5, 0.0])
    close(choices(SCORES, top_p=0.01), [0.0, 1.0, 0.0, 0.0, 0.0])


def test_the_nucleus_is_that_of_what_top_k_left():
    close(choices(SCORES, top_k=3, top_p=0.85), [0.0, 0.5, 0.0, 0.5, 0.0])


def test_the_temperature_comes_first():
    squared = P**2 / (P**2).sum()
    torch.testing.assert_close(choices(SCORES, temperature=0.5, top_k=5), squared)


def test_rows_do_not_touch_each_other():
    rows = torch.cat([SCORES, SCORES.flip(1)])
    torch.testing.assert_close(choices(rows, 0.7, 3, 0.9)[1:], choices(rows[1:], 0.7, 3, 0.9))


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"top_k": 0}, {"top_p": 0}, {"top_p": 1.1}])
def test_what_makes_no_distribution_is_refused(wrong):
    with pytest.raises(ValueError, match="choices needs"):
        choices(SCORES, **wrong)
