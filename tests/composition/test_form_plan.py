"""Form plans: as real tunes have them, and as a name asks for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import melodyai_edu as mai
from melodyai_edu.composition import library
from melodyai_edu.composition.form import repeats_of
from melodyai_edu.composition.form_plan import plan_form
from melodyai_edu.composition.plan_sections import read_sections
from melodyai_edu.composition.plan_text import bar_letters
from melodyai_edu.errors import ParameterError
from melodyai_edu.theory.structure import FORMS


def plan(bars=16, seed=1, genre="jig", meter="6/8", **options):
    return plan_form(genre, meter, bars, np.random.default_rng(seed), **options)


def check(found, bars):
    """What holds for every plan."""
    assert found.bars == len(found.tension) == bars
    assert repeats_of(found.form.bars) == found.form.bars
    assert repeats_of(found.form.rhythms) == found.form.rhythms
    for rhythm, bar in zip(found.form.rhythms, found.form.bars, strict=True):
        assert found.form.rhythms[bar] == rhythm  # equal bars have equal rhythms
    assert min(found.tension) >= 0
    assert max(found.tension) <= 1
    ends = [section.first_bar + section.bars for section in found.sections]
    assert [0, *ends] == [*(section.first_bar for section in found.sections), bars]
    assert [bar for bar, _ in found.cadences] == sorted({bar for bar, _ in found.cadences})
    assert found.cadences[-1] == (bars - 1, "full")
    kinds = dict(found.cadences)
    for bar, kind in kinds.items():  # a bar that returns closes as it did
        assert {kinds.get(other, kind) for other, root in enumerate(found.form.bars)
                if root == found.form.bars[bar]} == {kind}  # fmt: skip
    for one in found.varied:
        assert found.form.bars[one.bar] == one.bar > one.original == found.form.bars[one.original]
        assert all(0 <= first < last <= 96 for first, last in one.kept)


@settings(deadline=None, max_examples=25)
@given(bars=st.integers(1, 70), seed=st.integers(0, 99), genre=st.sampled_from(["jig", "march"]))
def test_every_plan_is_sound(bars, seed, genre):
    check(plan(bars, seed, genre), bars)


@pytest.mark.parametrize("name", FORMS)
def test_named_forms(name):
    form = FORMS[name]
    found = plan(sum(form.bars), form=name)
    check(found, sum(form.bars))
    assert tuple(section.bars for section in found.sections) == form.bars
    assert "".join(section.name for section in found.sections) == form.letters
    for bar, kind in form.cadences:
        assert dict(found.cadences)[bar - 1] == kind


@settings(deadline=None, max_examples=20)
@given(
    form=st.lists(st.sampled_from(["A", "A'", "B", "B''", "C"]), min_size=1, max_size=7),
    length=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_equal_names_are_equal_sections(form, length, seed):
    found = plan(length * len(form), seed, form="".join(form))
    check(found, length * len(form))
    rows = {}
    for section in found.sections:
        bars = found.form.bars[section.first_bar : section.first_bar + length]
        assert rows.setdefault(section.name, bars) == bars


def test_an_apostrophe_varies_a_section():
    for seed in range(12):
        found = plan(32, seed, form="AA'BA")
        changed = {one.bar: one.original for one in found.varied}
        returns = [
            found.form.bars[bar] == found.form.bars[bar - 8]
            or changed.get(bar) == found.form.bars[bar - 8]
            for bar in range(8, 16)
        ]
        assert sum(returns) >= 4
        assert found.form.bars[8:16] != found.form.bars[:8] == found.form.bars[24:]


def test_a_bridge_leads_back_where_the_tune_says_nothing():
    kinds = [dict(plan(32, seed, form="AABA").cadences)[23] for seed in range(20)]
    assert "half" in kinds


def test_the_plan_of_a_real_tune():
    found = plan(16, 4)
    tune = next(t for t in library.train_tunes() if t.title == found.sources)
    assert (tune.genre, tune.split, tune.meter.name) == ("jig", "train", "6/8")
    assert plan(16, 4) == found
    assert plan(16, 5) != found


def test_plans_repeat_about_as_often_as_people_do():
    shares = [
        np.mean([root != bar for bar, root in enumerate(plan(16, seed).form.bars)])
        for seed in range(40)
    ]
    tunes = [t.melody_score for t in mai.load("oneill").filter(genre="jig", split="test")]
    from melodyai_edu.evaluation.statistics import melody_statistics

    human = np.mean([melody_statistics(score)["repeated bars"] for score in tunes])
    assert abs(np.mean(shares) - human) < 0.06


def test_intro_and_ending_are_part_of_the_bars():
    found = plan(22, form="AABB", intro=4, ending=2)
    check(found, 22)
    assert found.name == "Intro A A B B Ending"
    assert found.form.bars[:4] == (0, 1, 2, 3)
    assert found.form.bars[20:] == found.form.bars[18:20]
    assert found.tension[0] == 0 == found.tension[-1]
    assert dict(found.cadences)[3] == "half"
    assert found.section(21).name == "Ending"
    with pytest.raises(ParameterError, match="bars=6 must leave more bars than intro=4"):
        plan(6, intro=4, ending=2)
    with pytest.raises(ParameterError, match="at most as long as the form"):
        plan(6, intro=1, ending=4)


def test_sections_may_have_a_key_and_a_texture():
    found = plan(32, form="AABA").with_section("B", key="A major", texture="drums alone")
    keys = [section.key and section.key.name for section in found.sections]
    assert keys == [None, None, "A major", None]
    assert found.section(17).texture == "drums alone"
    assert min(found.form.bars[16:24]) == 16  # notes do not return in another key
    check(found, 32)
    assert {section.texture for section in plan(32, form="AABA").sections} == {"thin", "full"}
    with pytest.raises(ParameterError, match="section='C' must be one of: A, B"):
        found.with_section("C")
    with pytest.raises(ParameterError, match="bar=32 must be from 0 to 31"):
        found.section(32)


@pytest.mark.parametrize(
    ("form", "bars", "message"),
    [
        ("AABA", 30, "form='AABA' shares out its bars among 4 sections: bars=30 must be a"),
        ("chorale", 10, "must be a multiple of 4"),
        ("AABBCC", 3, "must be a multiple of 6"),
        ("sonata!", 32, "form='sonata!' must be letters, such as AABA, or one of: AABA, AABB"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(form, bars, message):
    with pytest.raises(ParameterError, match=message):
        plan(bars, form=form)


def test_spaces_in_a_form_do_not_matter():
    assert read_sections("AA BA", 32) == read_sections("AABA", 32)


def test_a_plan_prints_itself():
    found = plan(32, form="AABA").with_section("B", key="A major")
    lines = str(found).splitlines()
    assert lines[0].startswith("A A B A: 32 bars, phrases of 4, after: ")
    assert len(lines) == 9
    assert "A major" in lines[5]
    assert lines[1].split()[:3] == ["A", "1-8", "a"]
    bars = [lines[line].translate({ord(","): None, ord("."): None}).split()[2:] for line in (1, 7)]
    assert bars[0] == bars[1]
    assert str(found) in found._repr_html_()
    letters = bar_letters(found)
    assert letters[24:] == letters[:8]
    assert all(one.original < one.bar for one in found.varied)
    assert {letters[one.bar].rstrip("0123456789") for one in found.varied} <= {
        letters[one.original].rstrip("0123456789") for one in found.varied
    }


def test_more_bars_than_letters_in_a_plan():
    found = plan(60, genre="chorale", meter="4/4")
    assert len({*bar_letters(found)}) == len({*found.form.bars})


def test_a_plan_draws_itself():
    found = plan(32, form="AA'BA")
    axes = found.draw().axes[0]
    repeats = sum(root < bar for bar, root in enumerate(found.form.bars))
    assert len(axes.patches) == 32 + repeats + len(found.varied)
    assert [text.get_text() for text in axes.texts][:4] == ["A", "A'", "B", "A"]
