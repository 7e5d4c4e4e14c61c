from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.composition import compose, library
from melodyai_edu.composition.form import Form, choose_form, form_letters, repeats_of
from melodyai_edu.composition.hearing import PITCHES, completed, hear, heard_bars, in_mode
from melodyai_edu.composition.style import learn_style
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import MODES, SCALES, Key, Melody, Meter, Score
from melodyai_edu.tokens import VOCABULARY

JIG = Meter(6, 8)
TUNE = """X:{number}
T:Mine {number}
R:jig
M:6/8
L:1/8
K:G
GAB d2B|AGA BGE|GAB d2{note}|AGF G3|
"""


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40))
def test_repeats_name_the_first_equal_bar(bars):
    repeats = repeats_of(bars)
    assert [bars[first] for first in repeats] == bars
    assert all(repeats[first] == first <= bar for bar, first in enumerate(repeats))
    letters = form_letters(repeats).replace(" ", "")
    assert repeats_of(letters) == repeats


def test_more_bars_than_letters():
    assert form_letters(tuple(range(28))).split()[-1] == "YZA'B'"


@given(
    st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=9), max_size=8),
    st.integers(1, 30),
    st.integers(0, 99),
)
def test_a_form_of_any_length_can_be_drawn(tunes, bars, seed):
    forms = [Form(repeats_of(tune), repeats_of(tune)) for tune in tunes]
    form = choose_form(forms, bars, np.random.default_rng(seed))
    assert len(form.bars) == len(form.rhythms) == bars
    for repeats in form:
        assert all(repeats[first] == first <= bar for bar, first in enumerate(repeats))


def test_forms_of_just_that_length_come_first():
    forms = [Form((0, 0), (0, 0))] * 5 + [Form((0, 1, 2), (0, 1, 2))] * 20
    assert choose_form(forms, 2, np.random.default_rng(0)).bars == (0, 0)


def test_degrees_move_with_the_mode():
    scale = VOCABULARY.ids(f"Pitch_{60 + step}" for step in SCALES["major"])
    for mode in MODES:
        moved = in_mode(scale, "major", mode)
        assert [PITCHES[token_id] - 60 for token_id in moved] == list(SCALES[mode])
        assert in_mode(moved, mode, "major") == scale


def test_the_last_note_is_made_whole():
    for events, pickup, duration in (
        ([(67, 12), (60, 60)], 12, 84),  # short by the pickup: rings to the end of its bar
        ([(60, 72)], 0, 72),  # whole already
        ([(60, 36), (None, 36)], 0, 72),  # a rest is filled
    ):
        score = Score.of_melody(Melody.from_events(events), meter=JIG, pickup=pickup)
        whole = completed(score)
        assert whole.duration == duration
        assert whole.parts[0].notes[-1].end == duration


def test_a_melody_too_wide_to_hear_is_passed_over():
    wide = Score.of_melody(Melody.from_events([(20, 24), (20, 24), (120, 24)]))
    assert hear(SimpleNamespace(melody_score=wide, genre=None)) is None


def test_chorales_are_heard_by_their_melody():
    tune = next(tune for tune in library.train_tunes() if tune.genre == "chorale")
    heard = [sound for bar in heard_bars(hear(tune).token_ids) for *_, sound in bar]
    assert sum(sound in PITCHES for sound in heard) >= len(tune.melody) - 8  # all but a pickup


def test_a_style_is_learned_from_training_tunes_alone():
    names = {tune.name for tune in library.train_tunes()}
    held_out = {tune.name for tune in library.held_out_tunes()}
    assert names.isdisjoint(held_out)
    near = library.nearest_tunes(JIG, 100, library.mode_distance("jig", "dorian"))
    assert {tune.name for tune in near} <= names
    assert {(tune.genre, tune.key.mode) for tune in near} == {("jig", "dorian")}


def test_what_is_far_is_taken_only_if_there_is_nothing_else():
    chorales = library.nearest_tunes(Meter(4, 4), 10**9, library.genre_distance("chorale"))
    assert {tune.genre for tune in chorales} == {"chorale"}
    dances = library.nearest_tunes(Meter(4, 4), 10**9, library.genre_distance("reel"))
    assert "chorale" not in {tune.genre for tune in dances}


@pytest.mark.parametrize("tonic", ["C", "F#", "Bb"])
def test_a_voice_stays_where_the_tunes_lie(tonic):
    style = learn_style("jig", JIG, "major")
    tonic_pitch = style.tonic_pitch(Key(tonic))
    assert tonic_pitch % 12 == Key(tonic).tonic_pitch_class
    sung = [PITCHES[i] - 60 + tonic_pitch for i in style.pitches(tonic_pitch)]
    assert style.reach[0] <= min(sung) <= max(sung) <= style.reach[1]
    assert max(sung) - min(sung) >= 12
    assert any(pitch % 12 == tonic_pitch % 12 for pitch in sung)


def test_a_jig_ends_on_a_long_note():
    cadences = learn_style("jig", JIG, "major").rhythm.cadences
    assert (36, 36) in cadences
    assert (60, 12) not in cadences


def test_a_meter_that_no_tune_has_is_refused():
    with pytest.raises(ParameterError, match=r"meter='7/16' must be one of: .*6/8"):
        learn_style(None, Meter(7, 16), "major")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    from melodyai_edu.io.corpus_add import add

    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    (tmp_path / "music").mkdir()
    book = "\n".join(TUNE.format(number=n, note="ABcdefgab"[n]) for n in range(9))
    (tmp_path / "music" / "mine.abc").write_text(book)
    add("mine_of_the_test", tmp_path / "music", progress=False)
    return "mine_of_the_test"


def test_it_composes_from_a_corpus_of_ones_own(mine):
    piece = compose(corpus=mine, genre="jig", key="Eb major", bars=8, seed=1)
    assert piece.score.bar_count == 8
    assert piece.score.parts[0].notes[-1].pitch_class == 3
    assert piece.copying.longest_run > 8  # it knows nothing but these few tunes
    assert compose(corpus=mine).request.resolved().meter == "6/8"
    with pytest.raises(ParameterError, match="genre='reel' must be one of: jig"):
        compose(corpus=mine, genre="reel")
    with pytest.raises(ParameterError, match=r"mode='minor' .* must be one of: major"):
        compose(corpus=mine, key="D minor")
