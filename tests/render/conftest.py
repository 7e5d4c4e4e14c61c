"""Scores and a browser that the tests of pictures and sound share."""

import shutil
import time

import pytest

from melodyai_edu.score import (
    Dynamic,
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)

HOSTILE = '</iframe></script><script>window.hacked=1</script><img src=x onerror="hacked=1">\'&"'


@pytest.fixture(scope="module")
def browser():
    """A Chromium that plays without being touched."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def until():
    """Wait for a condition; a page's own policy may forbid Playwright to evaluate it inside."""

    def wait(page, condition, seconds=20):
        end = time.monotonic() + seconds
        while not page.evaluate(condition):
            assert time.monotonic() < end, f"{condition} never came"
            time.sleep(0.05)

    return wait


@pytest.fixture
def hostile():
    """A name that would run in a careless page."""
    return HOSTILE


@pytest.fixture
def jig():
    """Sixteen bars of 6/8 in G with a pickup, triplets and rests."""
    plain = [(67, 12), (69, 12), (71, 12), (74, 24), (71, 12)]
    triplets = [(67, 8), (69, 8), (71, 8), (74, 24), (71, 12), (None, 12)]
    close = [(69, 12), (67, 12), (66, 12), (67, 36)]
    melody = Melody.from_events([(62, 12), *(plain + plain + triplets + close) * 4])
    return Score.of_melody(
        melody, meter=Meter(6, 8), key=Key("G"), tempo=168, pickup=12, title="Jig", name="Flute",
        program=73,
    )  # fmt: skip


@pytest.fixture
def satb():
    """Sixteen bars of four voices in E flat, with notes over bar lines, and dynamics."""
    parts = []
    for index, (name, low) in enumerate(
        (("Soprano", 75), ("Alto", 67), ("Tenor", 58), ("Bass", 46))
    ):
        lengths = (24, 24, 36, 48, 12, 48) if index % 2 else (48, 24, 24, 60, 36)
        notes, onset, step = [], 0, index
        while onset < 16 * 96:
            length = min(lengths[step % len(lengths)], 16 * 96 - onset)
            pitch = low + (0, 2, 4, 5, 4, 2)[step % 6]
            notes.append(Note(onset, length, pitch, Key("Eb").spell(pitch)))
            onset, step = onset + length, step + 1
        parts.append(Part(tuple(notes), name=name, program=52, dynamics=(Dynamic(0, "mf"),)))
    return Score(
        tuple(parts), keys=(KeyChange(0, Key("Eb")),), tempos=(TempoChange(0, 92),), title="Chorale"
    )


@pytest.fixture
def band():
    """A melody and drums, with changes of meter, key and tempo after two bars."""
    tune = Part(tuple(Note(24 * beat, 24, 60 + beat % 5) for beat in range(14)), name="Lead")
    drums = Part(
        tuple(Note(24 * beat, 12, 36 if beat % 2 == 0 else 42) for beat in range(14)),
        name="Kit",
        is_drums=True,
    )
    return Score(
        (tune, drums),
        meters=(MeterChange(0, Meter(4, 4)), MeterChange(192, Meter(3, 4))),
        keys=(KeyChange(0, Key("C")), KeyChange(192, Key("D"))),
        tempos=(TempoChange(0, 120), TempoChange(192, 60)),
    )
