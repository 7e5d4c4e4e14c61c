"""Stems line up, sum to the mix, do not clip, and have names that any disk takes."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.io import read
from melodyai_edu.io.corpus import load
from melodyai_edu.render import available_tiers, render_audio, render_stems, save_stems
from melodyai_edu.render.audio import PEAK
from melodyai_edu.render.stems import stem_names
from melodyai_edu.score import Note, Part, Score, Section

every_tier = pytest.mark.parametrize(
    "tier", [pytest.param("fluidsynth", marks=pytest.mark.audio), "sines"]
)


def trio(bars=8):
    """The beginning of a real tune with bass and drums."""
    tune = load("ryan")[12].score
    onsets = tune.bar_onsets()[: bars + 1]
    end = onsets[-1]
    lead = tuple(note for note in tune.parts[0].notes if note.end <= end)
    bass = tuple(Note(onset, 24, 40) for onset in onsets[:-1])
    kit = tuple(Note(onset + 12, 6, drum) for onset in onsets[:-1] for drum in (36, 38, 42))
    parts = (
        Part(lead, "Fiddle", 40),
        Part(bass, "Bass", 32),
        Part(kit, "Drums", is_drums=True),
    )
    return replace(
        tune, parts=parts, duration=end, sections=(Section(0, "A"),), tempos=tune.tempos[:1]
    )


def loudness(samples):
    return float(np.sqrt((samples.astype(float) ** 2).mean()))


def needs(tier):
    if tier not in available_tiers():
        pytest.skip(f"{tier} is not installed")


@every_tier
def test_files_line_up_and_sum_to_the_mix(tier, tmp_path):
    needs(tier)
    score = trio()
    paths = save_stems(score, tmp_path / "new" / "stems", sr=22050, tier=tier)
    assert [path.name for path in paths] == [
        "01_fiddle.wav", "01_fiddle.mid", "02_bass.wav", "02_bass.mid", "03_drums.wav",
        "03_drums.mid",
    ]  # fmt: skip
    waves = [soundfile.read(path)[0] for path in paths[::2]]
    assert {wave.shape for wave in waves} == {waves[0].shape}
    assert soundfile.info(paths[0]).subtype == "PCM_24"
    mix = render_audio(score, 22050, tier).samples.T
    total = np.sum(waves, axis=0)
    assert total.shape == mix.shape
    assert np.abs(total).max() <= PEAK + 1e-5
    assert max(np.abs(wave).max() for wave in waves) <= PEAK + 1e-5
    scaled = total * (mix * total).sum() / (total**2).sum()
    assert loudness(scaled - mix) < 0.005 * loudness(mix)  # fluidsynth's effects differ a little
    for path, part in zip(paths[1::2], score.parts, strict=True):
        back = read(path)
        assert [(n.onset, n.duration, n.pitch) for n in back.parts[0].notes] == [
            (n.onset, n.duration, n.pitch) for n in part.notes
        ]
        assert (back.duration, back.tempos, back.sections) == (
            score.duration, score.tempos, score.sections,
        )  # fmt: skip


@every_tier
def test_every_part_is_heard_drums_too(tier):
    needs(tier)
    stems = render_stems(trio(), 22050, tier)
    levels = [loudness(stem.samples) for stem in stems]
    assert min(levels) > 0.03 * max(levels)
    assert np.isfinite(np.array(levels)).all()


@every_tier
def test_drums_alone(tier):
    needs(tier)
    kit = Score((trio().parts[2],))
    audio = render_audio(kit, 22050, tier)
    assert np.abs(audio.samples).max() == pytest.approx(PEAK, abs=1e-3)
    bass_drum, hat = (
        render_audio(Score((Part((Note(0, 24, pitch),), is_drums=True),)), 22050, tier).mono
        for pitch in (36, 42)
    )
    assert brightness(bass_drum) < brightness(hat)


def brightness(samples):
    """The spectrum's centre of gravity [Hz]."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    return (spectrum * np.fft.rfftfreq(len(samples), 1 / 22050)).sum() / spectrum.sum()


def test_parts_that_cancel_do_not_clip():
    """Two equal parts sum to twice one; the gain is the sum's."""
    part = Part((Note(0, 48, 60),))
    stems = render_stems(Score((part, part)), 8000, "sines")
    assert np.array_equal(stems[0].samples, stems[1].samples)
    assert np.abs(stems[0].samples).max() == pytest.approx(PEAK / 2, abs=1e-4)


def test_silence_and_nothing(tmp_path):
    stems = render_stems(Score((Part(()), Part((Note(0, 24, 60),)))), 8000, "sines")
    assert not stems[0].samples.any()
    assert render_stems(Score(())) == ()
    with pytest.raises(ParameterError, match=r"parts=\(\) must hold at least one part"):
        save_stems(Score(()), tmp_path)


def test_names_are_safe_and_different():
    hostile = ["../../etc/passwd", "CON", "a" * 300, "音", "", 'x:*?"<>|\\', "CON"]
    names = stem_names(Score(tuple(Part((), name=name) for name in hostile)))
    assert names == (
        "01_etc_passwd", "02_con", "03_" + "a" * 40, "04_part", "05_part", "06_x", "07_con",
    )  # fmt: skip


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    score = Score((Part((Note(0, 24, 60),)),))
    with pytest.raises(OutputError, match="cannot be made a folder"):
        save_stems(score, tmp_path / "file", sr=8000, tier="sines")
    long = Score((Part((Note(0, 96 * 1000, 60),)),) * 2)
    with pytest.raises(ParameterError, match="at most 3600"):
        save_stems(long, tmp_path)
