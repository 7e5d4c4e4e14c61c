"""A card says what is still open in it."""

from dataclasses import replace

import pytest

from melodyai_edu.io.corpus import corpus_folder, load
from melodyai_edu.io.corpus_card import added_card, gaps_of
from melodyai_edu.io.corpus_columns import Columns


@pytest.mark.parametrize("name", ["airds", "chorales", "oneill", "ryan"])
def test_cards_that_come_along_are_complete(name):
    assert gaps_of(load(name)) == []


def test_a_card_that_a_machine_wrote_lacks_what_it_cannot_know():
    table = Columns.read(corpus_folder("ryan") / "tunes.npz")
    card = added_card("mine", table, files=3, remarks=(), refused=())
    gaps = gaps_of(replace(load("ryan"), card=card))
    assert [gap.partition(":")[0] for gap in gaps] == ["origin", "whose music", "licence"]


def test_each_row_is_looked_at():
    corpus = load("ryan")
    lines = corpus.card.splitlines()
    for row, gap in (
        ("origin", "origin: nobody can look it up"),
        ("editors", "whose music: no name"),
        ("licence", "licence: whoever gets"),
        ("tunes", f"tunes: the card must say {len(corpus)}"),
        ("splits", "splits: the card must say train"),
    ):
        card = "\n".join(line for line in lines if not line.startswith(f"| {row} |"))
        (found,) = gaps_of(replace(corpus, card=card))
        assert found.startswith(gap)


def test_a_card_that_is_older_than_its_corpus():
    corpus = load("ryan")
    gaps = gaps_of(replace(corpus, tunes=corpus.tunes[1:]))
    assert [gap.partition(":")[0] for gap in gaps] == ["tunes", "splits"]


def test_no_card_at_all():
    assert len(gaps_of(replace(load("ryan"), card=""))) == 5
