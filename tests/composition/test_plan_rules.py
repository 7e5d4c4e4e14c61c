"""A plan shapes the notes, and yields where something else was asked for."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.form_plan import plan_form
from melodyai_edu.composition.plan_rules import (
    PlannedPrediction,
    plan_cadences,
    plan_keys,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.self_similarity import self_similarity
from melodyai_edu.score import Key
from melodyai_edu.theory.repetition import bar_similarity
from melodyai_edu.theory.tension import tension_curve
from melodyai_edu.tokens import VOCABULARY


def planned(seed=1, bars=16, genre="jig", meter="6/8", **options):
    return plan_form(genre, meter, bars, np.random.default_rng(seed), **options)


def compose(plan, seed=1, **fields):
    return mai.compose(**{"genre": "jig", "model": "ngram", "seed": seed, "plan": plan, **fields})


def likeness(piece):
    score = piece.score
    return bar_similarity(score.parts[0].melody(score.duration), score.meter, score.pickup)


def last_note(piece, bar):
    end = (bar + 1) * piece.score.meter.bar_duration
    return next(note for note in piece.score.parts[0].notes if note.end == end)


@pytest.mark.parametrize("seed", range(3))
def test_returns_and_cadences_are_kept(seed):
    plan = planned(seed)
    piece = compose(plan, seed)
    alike = likeness(piece)
    assert piece.score.bar_count == 16
    for bar, root in enumerate(plan.form.bars):
        assert alike[bar, root] == 1
    key = piece.score.key
    assert any(rule.name == "plan_cadences" for rule in piece.automaton.rules)
    for bar, kind in plan.cadences:
        degree = key.scale.degree(last_note(piece, bar).pitch)
        assert degree in ((1,) if kind == "full" else (2, 5, 7))


def test_varied_bars_are_alike_and_not_equal():
    pairs = []
    for seed in range(6):
        plan = planned(seed)
        alike = likeness(compose(plan, seed))
        pairs += [
            (alike[one.bar, one.original], sum(b - a for a, b in one.kept) / 72)
            for one in plan.varied
        ]
    got, asked = np.array(pairs).T
    assert len(got) > 20
    assert abs(got.mean() - asked.mean()) < 0.1
    assert np.corrcoef(got, asked)[0, 1] > 0.5
    assert np.mean(got == 1) < 0.15


def test_the_same_plan_with_another_seed_is_another_piece():
    plan = planned()
    assert compose(plan, 1).score == compose(plan, 1).score
    assert compose(plan, 1).score != compose(plan, 2).score


def test_tension_lifts_the_line():
    found = []
    for seed in range(8):
        plan = planned(seed)
        score = compose(plan, seed).score
        curve = tension_curve(score.parts[0].melody(score.duration), score.meter, score.key)
        found.append(np.corrcoef(curve, plan.tension)[0, 1])
    assert np.mean(found) > 0.2


def test_a_section_has_its_key():
    plan = planned(2, 32, form="AABA").with_section("B", key="A major")
    piece = compose(plan, key="D major")
    bar = piece.score.meter.bar_duration
    bridge = {n.pitch_class for n in piece.score.parts[0].notes if 16 <= n.onset // bar < 24}
    allowed = {*Key("A").scale.pitch_classes}
    assert bridge <= allowed
    close = dict(plan.cadences)[23]
    last = last_note(piece, 23).pitch_class
    assert last == 9 if close == "full" else last in (11, 4, 8)  # of A major
    assert [str(rule) for rule in plan_keys(plan)] == ["section_key=17-24 A major"]
    assert [str(rule) for rule in plan_keys(plan, range(17, 24))] == ["section_key=17 A major"]


def test_b_anew_with_a_locked():
    plan = planned(3, 32, form="AABA")
    piece = compose(plan)
    other = mai.compose(regenerate=(17, 24), of=piece, plan=plan)
    bar = piece.score.meter.bar_duration
    old, new = (
        [n for n in one.score.parts[0].notes if not 16 <= n.onset // bar < 24]
        for one in (piece, other)
    )
    assert old == new
    assert other.score != piece.score
    alike = likeness(other)
    for number in range(16, 24):
        root = plan.form.bars[number]
        assert root < 16 or alike[number, root] == 1  # B still returns to itself
    for number, kind in plan.cadences:
        if 16 <= number < 24:
            degree = other.score.key.scale.degree(last_note(other, number).pitch)
            assert degree in ((1,) if kind == "full" else (2, 5, 7))


def test_what_was_asked_for_comes_first():
    plan = planned(4, 16, form="AABA")
    piece = compose(plan, rules=["form=ABAC", "cadence=4 half", "scale=major pentatonic"])
    alike = likeness(piece)
    assert all(alike[8 + bar, bar] == 1 for bar in range(4))  # ABAC it is
    scale = {(piece.score.key.tonic_pitch_class + step) % 12 for step in (0, 2, 4, 7, 9)}
    assert {note.pitch_class for note in piece.score.parts[0].notes} <= scale
    with pytest.raises(ParameterError, match="cannot be kept"):
        compose(plan, rules=["range=C4-D4", "first_degree=5"], key="C major")


def test_a_plan_and_the_same_form_as_a_rule():
    plan = planned(4, 32, form="AABA")
    piece = compose(plan, form="AABA")
    alike = likeness(piece)
    assert all(alike[bar, root] == 1 for bar, root in enumerate(plan.form.bars))


def test_bars_are_those_of_the_plan():
    plan = planned(1, 12)
    assert mai.compose(genre="jig", model="ngram", plan=plan).score.bar_count == 12
    with pytest.raises(ParameterError, match="bars=16 must be those of the plan, 12"):
        mai.compose(mai.CompositionRequest(genre="jig"), plan=plan)


def test_less_is_asked_for_step_by_step():
    plan = planned(1, 16, form="AABB")
    every, full = plan_cadences(plan, frozenset({(36, 36)}))
    assert set(full.cadences.values()) == {"full"} < set(every.cadences.values())
    assert every != full
    assert not plan_cadences(plan, frozenset(), without=range(16))


class Even:
    """A model that finds everything equally likely."""

    def distribution(self):
        return np.full(len(VOCABULARY), 1 / len(VOCABULARY))

    def observe(self, token_id):
        """Hear nothing."""


def test_a_varied_bar_wants_what_the_plan_keeps():
    plan = planned(1)
    change = plan.varied[0]
    model = PlannedPrediction(Even(), plan, lift=0, fresh=0)
    bar, duration, pitch = VOCABULARY.ids(["Bar_line", "Duration_12", "Pitch_67"])
    for number in range(change.bar):
        model.observe(bar)
        assert number > 0 or np.allclose(model.distribution(), Even().distribution())
        for _ in range(6):
            model.observe(duration)
            model.observe(pitch)
    model.observe(bar)
    for place in range(6):
        is_kept = change.keeps(12 * place, 12)
        assert (model.distribution()[duration] > 0.9) == is_kept
        model.observe(duration)
        found = model.distribution()
        assert found.sum() == pytest.approx(1)
        assert (found[pitch] > 0.9) == is_kept
        assert is_kept or found[pitch] < 0.001  # what is not kept is not met by chance
        model.observe(pitch)


def test_planned_pieces_are_as_self_similar_as_their_tunes():
    ours = [self_similarity(compose(planned(n), n).score) for n in range(16)]
    tunes = [t.melody_score for t in mai.load("oneill").filter(genre="jig", split="train")]
    human = [self_similarity(score) for score in tunes if score.bar_count in (16, 17)]
    for lag in (1, 2, 4, 8):
        gap = np.mean([one[lag] for one in ours]) - np.mean(
            [one[lag] for one in human if lag in one]
        )
        assert abs(gap) < 0.08
