"""The dashboard shows what the ratings say."""

import runpy
from pathlib import Path

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback import Rating, dashboard, describe_dashboard
from melodyai_edu.feedback.acceptance import acceptance_of
from melodyai_edu.feedback.dashboard import save_dashboard

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, stars, thumb = (PIECES[name] for name in ("a_piece", "better", "stars", "thumb"))


def test_likings_of_stars_and_thumbs():
    found = acceptance_of([stars(1, a_piece()), thumb(1, a_piece(1)), stars(4, a_piece(2))])
    (jig,) = found.by_genre
    assert (jig.name, jig.number) == ("jig", 3)
    assert jig.liking == pytest.approx((0 + 1 + 0.75) / 3)
    assert jig.low <= jig.liking <= jig.high


def test_the_last_judgement_of_a_piece_counts():
    found = acceptance_of([stars(1, a_piece()), stars(5, a_piece()), stars(1, a_piece(), "heron")])
    assert found.by_genre == (("jig", 0.5, 0.5, 0.5, 2),)


def test_groups():
    found = acceptance_of(
        [
            stars(5, a_piece(0, mood="happy"), time="2026-01-01T10:00:00Z"),
            stars(1, a_piece(1, mood=[-0.6, -0.5]), time="2026-01-02T10:00:00Z"),
            stars(1, a_piece(2, mood={"odd": 1}), time="2026-01-02T11:00:00Z"),
            stars(3, a_piece(3, genre=None, model="net 123"), time="2026-01-03T10:00:00Z"),
        ]
    )
    assert [group.name for group in found.by_genre] == ["jig", "all genres"]
    assert {group.name for group in found.by_mood} == {"happy", "sad", "another mood", "no mood"}
    assert [group.name for group in found.by_model] == ["ngram", "net 123"]
    assert [(g.name[-2:], g.liking) for g in found.over_time] == [
        ("01", 1.0), ("02", 0.0), ("03", 0.5),
    ]  # fmt: skip


def test_many_days_are_put_together_by_month():
    days = [f"2026-{month:02}-{day:02}T10:00:00Z" for month in (1, 2) for day in range(1, 21)]
    found = acceptance_of([stars(3, a_piece(n), time=day) for n, day in enumerate(days)])
    assert [(group.name, group.number) for group in found.over_time] == [
        ("2026-01", 20), ("2026-02", 20),
    ]  # fmt: skip


def test_shares_count_each_piece_once():
    did = [("shown", 0), ("shown", 0), ("shown", 1), ("kept", 0), ("exported", 0)]
    ratings = [Rating("action", action, a_piece(number), "owl") for action, number in did]
    found = acceptance_of([*ratings, stars(3, a_piece(2)), better(a_piece(3), a_piece(2))])
    assert found.pieces == 4
    assert found.done == {"shown": 2, "kept": 1, "exported": 1}
    assert found.share("kept") == 0.25


def test_comparisons_between_models():
    net = a_piece(1, model="net")
    found = acceptance_of([better(net, a_piece()), better(a_piece(), net), better(net, a_piece(2))])
    assert found.won == {"net": (2, 3), "ngram": (1, 3)}
    assert acceptance_of([better(a_piece(), a_piece(1))]).won == {}


def test_an_empty_store_is_friendly(store):
    figure = dashboard(store)
    assert not figure.axes
    assert "Nobody has rated a piece yet" in figure.texts[0].get_text()
    assert describe_dashboard(store) == figure.description
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_the_figure_and_its_words(store):
    for number in range(12):
        model = f"model <b>&$x_{number}$ with a very long name"
        store.add(stars(1 + number % 5, a_piece(number, genre=f"genre {number}", model=model)))
    store.add(better(a_piece(1), a_piece(2, model="net")))
    figure = dashboard(store)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == "liked, by genre\n(the 8 largest of 12)"
    assert titles[3:5] == ["liked, over time", "what was done with pieces"]
    assert figure._repr_png_().startswith(b"\x89PNG")
    text = describe_dashboard(store)
    assert text == figure.description
    assert "13 ratings of 12 pieces by 1 rater" in text
    assert "net won 0 of 1 comparison with another model" in text
    assert "Of all pieces: shown 0%, kept 0%, exported 0%" in text
    page = figure._repr_html_()
    assert "<b>" not in page
    assert 'alt="13 ratings' in page


def test_bars_are_told_apart_without_colour(store):
    store.add(stars(3, a_piece()))
    figure = dashboard(store)
    hatches = [axes.patches[0].get_hatch() for axes in figure.axes[:3]]
    assert len(set(hatches)) == 3


def test_only_actions_and_no_judgement(store):
    store.add(Rating("action", "shown", a_piece(), "owl"))
    assert "Liked, by genre: no stars and no thumbs yet" in describe_dashboard(store)
    assert dashboard(store)._repr_png_()


@pytest.mark.parametrize(
    ("suffix", "begin"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_it_is_saved(store, tmp_path, suffix, begin):
    assert save_dashboard(store, tmp_path / f"page{suffix}").read_bytes().startswith(begin)


def test_a_suffix_that_is_none(store, tmp_path):
    with pytest.raises(ParameterError, match=r"must end in one of: \.png"):
        save_dashboard(store, tmp_path / "page.gif")
