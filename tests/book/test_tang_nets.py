"""What the experiment `poems` measures with, on made-up quatrains."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import poems as tang

from unrolled.lab.verse import QUATRAIN, lines_of, rhymes, sound


@pytest.fixture(scope="module")
def made():
    return tang.made_up()


@pytest.fixture(scope="module")
def net(made):
    torch.manual_seed(1)
    return tang.Net("GRU", made.size)


def test_numbers_and_text_are_each_others_inverse_and_end_at_eos(made):
    poem = made.train[0]
    numbers = made.numbers(poem).tolist()
    assert numbers[0] == tang.BOS and numbers[-1] == tang.EOS and len(numbers) == len(poem) + 2
    assert made.text([*numbers, 7, 7]) == poem
    assert made.numbers("龘").tolist()[1] == tang.UNKNOWN


def test_padding_costs_nothing_and_each_poem_has_one_vote(made, net):
    sizes = sorted({len(poem) for poem in made.train})
    two = [made.numbers(next(poem for poem in made.train if len(poem) == size)) for size in sizes]
    together = tang.loss_of(net, two)
    alone = [tang.loss_of(net, [one]) for one in two]
    torch.testing.assert_close(together, torch.stack(alone).mean())


def test_what_is_written_has_neither_pad_nor_bos_nor_unknown_and_greedy_has_one_poem(net):
    torch.manual_seed(1)
    drawn = tang.write(net, 30, 1.0)
    assert not {tang.PAD, tang.BOS, tang.UNKNOWN} & {one for row in drawn for one in row}
    greedy = tang.write(net, 3, 0.0)
    assert greedy[0] == greedy[1] == greedy[2]
    assert [row[0] for row in tang.write(net, 2, 0.0, torch.tensor([5, 6]))] == [5, 6]


def test_each_line_of_a_poem_that_is_mixed_up_keeps_its_characters(made):
    poem = made.train[0]
    mixed = tang.mixed_up(poem, np.random.default_rng(1))
    assert mixed != poem and QUATRAIN.fullmatch(mixed)
    assert [sorted(line) for line in lines_of(mixed)] == [sorted(line) for line in lines_of(poem)]


def test_partners_that_are_alike_can_exchange_their_halves_and_no_sound_changes_its_kind(made):
    def kinds(poem):
        return [sound(line[1])[1] for line in lines_of(poem)], [sound(lines_of(poem)[k][-1])[0] for k in (1, 3)]

    pairs = tang.partners(made.train + made.test, alike=True)
    assert pairs and all(one != other for one, other in pairs)
    for one, other in pairs:
        assert len(one) == len(other) and kinds(one) == kinds(other)
        half = len(one) // 2
        assert kinds(one[:half] + other[half:]) == kinds(one)


def test_shuffled_lines_keep_the_form_and_their_places(made):
    found = tang.shuffled_lines(made.train, 20, np.random.default_rng(1))
    starts = {lines_of(poem)[0] for poem in made.train}
    assert all(QUATRAIN.fullmatch(poem) and lines_of(poem)[0] in starts for poem in found)
    assert not set(found) <= set(made.train)


@pytest.mark.parametrize(("poem", "longest"), [("abcd", 3), ("xcdx", 3), ("yz", 0), ("dcabcb", 4)])
def test_the_longest_copied_piece_stays_in_one_poem(poem, longest):
    assert tang.copied(poem, "xab\ncabcx\nxcd") == longest


def test_a_table_gives_half_to_what_came_once_behind_a_context(made):
    poem = made.numbers(made.train[0])
    table, rng = tang.Table([poem]), np.random.default_rng(1)
    drawn = [table.poem(rng) for _ in range(400)]
    assert {one for row in drawn for one in row} <= set(poem.tolist())
    first, often = int(poem[1]), (poem[1:] == poem[1]).float().mean()
    assert np.mean([row[0] == first for row in drawn]) == pytest.approx(0.5 + 0.5 * float(often), abs=0.1)


def test_poems_are_judged_by_their_form_first(made):
    found = tang.judged(made.test + ["山水，"] * len(made.test))
    whole = [poem for poem in made.test if QUATRAIN.fullmatch(poem)]
    assert found["form"] == 0.5 and found["rhyme"] == np.mean([rhymes(poem) for poem in whole])
    assert tang.judged(["山水，"])["rhyme"] is None
