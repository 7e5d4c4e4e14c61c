"""Random bundles of rules, and pieces by a model with random weights under them.

Nothing here is music. A recurrent network with random weights is as unlike the tunes of any style
as a model can be; what holds for its pieces holds by construction.
"""

from __future__ import annotations

import numpy as np

from melodyai_edu.constraints import Automaton, Setting, as_rules
from melodyai_edu.constraints.compile import compile_or_none
from melodyai_edu.decoding import Sampler, draw_piece
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key, Meter, Score
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

KEYS = ("C major", "G major", "Eb major", "A minor", "F# minor", "D dorian", "E phrygian",
        "A mixolydian", "Bb lydian", "C minor")  # fmt: skip
METERS = ("4/4", "3/4", "6/8", "2/4", "5/8", "12/8", "9/8", "7/8", "2/2")
FORMS = ("AABB", "AABA", "ABAB", "ABA", "AA", "ABAC", "AA'", "ABA'")


class RandomWeights:
    """A recurrent network of random weights: every past gives another distribution."""

    def __init__(self, seed: int, width: int = 16) -> None:
        random = np.random.default_rng(seed)
        size = len(VOCABULARY)
        self._embed = random.normal(0, 1, (size, width))
        self._recur = random.normal(0, 1 / width**0.5, (width, width))
        self._speak = random.normal(0, 1, (width, size))
        self._state = np.zeros(width)

    def distribution(self) -> np.ndarray:
        logits = self._state @ self._speak
        return np.exp(logits - logits.max())

    def observe(self, token_id: int) -> None:
        self._state = np.tanh(self._embed[token_id] + self._recur @ self._state)


def random_rules(random: np.random.Generator, meter: Meter, bars: int) -> list[str]:
    """Draw a bundle; it may hold rules that cannot be kept together."""
    low = int(random.integers(50, 66))
    names = [mai_name(low), mai_name(low + int(random.integers(7, 25)))]
    bar = meter.bar_duration
    divisors = [n for n in (2, 3, 4) if bars % n == 0]
    chords = ["I IV V7 I", "I vi ii V", "i iv V i", "C F G7"]
    offers = [
        "in_key",
        f"scale={random.choice([name for name in SCALES])}",
        f"range={names[0]}-{names[1]}",
        f"max_leap={random.integers(2, 13)}",
        random.choice(["leaps_recovered", f"leaps_recovered={random.integers(3, 9)}"]),
        "no_augmented_leap",
        f"longest_repetition={random.integers(1, 5)}",
        f"first_degree={random.choice(['1', '1,5', '1,3,5'])}",
        f"last_degree={random.choice(['1', '1,3', '5'])}",
        "end_on_tonic",
        f"cadence={random.integers(1, bars + 1)} {random.choice(['full', 'half'])}",
        "leading_tone_resolves",
        "one_climax",
        f"chord_tones={random.choice(chords)}",
        f"contour={random.choice(['rising', 'falling', 'arch', 'valley'])}",
        f"motif={random.integers(1, bars + 1)} "
        f"{random.choice(['exact', 'transposed', 'inverted'])}: "
        f"{names[0]} 1/8 {mai_name(low + 2)} 1/8",
        f"fixed={random.integers(1, bars + 1)}.1: {mai_name(low + 5)} 1/8",
        "no_syncopation",
        "no_rests",
        f"density={random.integers(0, 3)}-{random.integers(3, 9)}",
        f"final_note={random.choice(['1', '1.5', '2'])}",
        f"durations={random.choice(['1/8,1/4', '1/16,1/8,1/4,1/2', '1/8,1/4,3/8'])}",
        f"longest={random.choice(['1/4', '1/2'])}",
        f"shortest={random.choice(['1/16', '1/8'])}",
        f"pickup={random.choice(['1/8', '1/4'])}",
        f"rhythm={random.integers(1, bars + 1)}: {' '.join(['1/8'] * (bar // 12))}",
        f"section_key={random.integers(1, bars + 1)} {random.choice(['A major', 'D minor'])}",
    ]
    if divisors:
        fitting = [form for form in FORMS if len(form.replace("'", "")) in divisors]
        offers += [f"form={random.choice(fitting)}"] * 2
    if bars >= 4:
        how = random.choice(["", " transposed 2", " transposed -3", " first"])
        offers.append(f"same_bars=3-4 1-2{how}")
    number = int(random.integers(2, 7))
    chosen = random.choice(len(offers), size=number, replace=False)
    by_name = {offers[i].partition("=")[0]: str(offers[i]) for i in chosen}
    return list(by_name.values())


def mai_name(pitch: int) -> str:
    """Name a pitch with a sharp where it needs one."""
    letters = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{letters[pitch % 12]}{pitch // 12 - 1}"


def random_request(random: np.random.Generator) -> tuple[list[str], str, str, int]:
    """Draw rules, key, meter and number of bars."""
    key, meter = str(random.choice(KEYS)), str(random.choice(METERS))
    bars = int(random.choice([1, 2, 3, 4, 6, 8, 12, 16]))
    return random_rules(random, Meter.parse(meter), bars), key, meter, bars


def compile_or_drop(
    rules: list[str], key: str, meter: str, bars: int
) -> tuple[Automaton, list[str]]:
    """Leave out the last rule until the others can be kept together."""
    setting = Setting(Key.parse(key), Meter.parse(meter), bars)
    while True:
        try:
            automaton = compile_or_none(setting, as_rules(rules))
        except ParameterError:  # such as a motif after the last bar
            automaton = None
        if automaton is not None:
            return automaton, rules
        rules = rules[:-1]


def random_piece(automaton: Automaton, seed: int, **options) -> Score:
    """Let a model with random weights compose."""
    drawn = draw_piece(
        RandomWeights(seed), automaton, Sampler(), np.random.default_rng(seed), **options
    )
    return score_of(automaton, drawn)


def score_of(automaton: Automaton, token_ids: list[int]) -> Score:
    setting = automaton.grid.setting
    head = conditioning_tokens(meter=setting.meter, mode=setting.key.mode, bars=setting.bars)
    encoding = Encoding(
        (*VOCABULARY.ids(head), *token_ids), Key(setting.key.tonic, setting.key.mode),
        automaton.tonic_pitch,
    )  # fmt: skip
    return decode(encoding)
