"""From ratings to a model that was changed by them: a taste, a tuned network, and its guards.

Conventions
-----------
Pairs are (chosen, rejected), the oldest first. What was held out is not learned from before it was
foreseen. A tuned network replaces nothing: it is saved as a new version beside the old one, and
only if its guards hold. Where they do not, it is tried to go only part of the way: the mean of the
old weights and the tuned ones has most of what was learned, and less of what was forgotten.

Contents
--------
FEWEST, SHARES, fit_preference, Learned, learn_from_pairs, next_name

References
----------
Wortsman et al. (2022), Robust fine-tuning of zero-shot models, CVPR: the mean of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.control import Share
from melodyai_edu.io.corpus import home_folder, load
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.presets import build
from melodyai_edu.models.quiet import require_keras
from melodyai_edu.models.saved import ModelCard, SavedModel, list_models, load_model, save_model
from melodyai_edu.models.tastes import list_tastes, tastes_folder
from melodyai_edu.training.dpo import Tuner, TuningRecipe, TuningReport
from melodyai_edu.training.examples import Example, make_example
from melodyai_edu.training.guards import bits_per_note_of, distinct_share, draw_like, judge_guards
from melodyai_edu.training.margins import PairSet, pair_margins
from melodyai_edu.training.run import CORPORA
from melodyai_edu.training.taste import (
    Pairs,
    choose_half_life,
    fit_preference,
    hold_out,
    recency,
)

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["FEWEST", "SHARES", "Learned", "fit_preference", "learn_from_pairs", "next_name"]

#: How many pairs there must be.
FEWEST = 10
_BASE = "melody-tiny-transformer"

#: Real tunes that are heard while tuning, and by which it is judged; pieces that are drawn.
_REAL, _VALID, _PIECES = 600, 120, 256

#: How far from the old weights to the tuned ones the new ones may lie: the first that the guards
#: let pass is taken.
SHARES = (1.0, 0.75, 0.5, 0.25, 0.125)


def next_name(whose: str = "mine") -> str:
    """Give the next free name of a model that learned from somebody.

    Parameters
    ----------
    whose : str, default "mine"

    Returns
    -------
    name : str
        ``melody-mine-1``, then ``melody-mine-2`` and so on.
    """
    taken, number = {*list_models(), *list_tastes()}, 1
    while f"melody-{whose}-{number}" in taken:
        number += 1
    return f"melody-{whose}-{number}"


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of ratings.

    Parameters
    ----------
    model : str
        The model to compose with from now on: the tuned one, or ``base`` if it was not accepted.
    base : str
        The model before, with its checksum.
    taste : PreferenceModel
        Saved by the same name as an accepted model.
    guards : dict of str to float
        Figures before and after, and shares of held-out pairs that are foreseen; empty if it was
        stopped.
    is_accepted : bool
    reason : str
        One sentence: why, or why not.
    network : Network
        The tuned one, accepted or not.
    report : TuningReport
    """

    model: str
    base: str
    taste: PreferenceModel
    guards: dict[str, float]
    is_accepted: bool
    reason: str
    network: Any = field(repr=False)
    report: TuningReport = field(repr=False)

    def __str__(self) -> str:
        head = f"accepted: {self.model}" if self.is_accepted else f"not accepted: {self.base} stays"
        return "\n".join([head, self.reason, *(f"{n}: {v:.3f}" for n, v in self.guards.items())])


def learn_from_pairs(
    pairs: Pairs,
    *,
    base: str | Path | None = None,
    beta: float = TuningRecipe.beta,
    name: str | None = None,
    seed: int = 0,
    epochs: int = TuningRecipe.epochs,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    resume: bool = False,
    shares: Sequence[float] = SHARES,
    pieces: int | None = None,
    has_progress: bool = True,
    **recipe: Any,
) -> Learned:
    """Learn a taste from pairs, tune a network to it, and keep that if nothing got worse.

    Parameters
    ----------
    pairs : sequence of (Encoding, Encoding)
        The chosen one first; the oldest pair first. At least 10.
    base : str or Path, optional
        The network to tune; ``melody-tiny-transformer`` when left out.
    beta : float, default 0.2
        How strongly the network is held to what it was; a low one lets go.
    name : str, optional
        Of the new model and the taste; the next free ``melody-mine-N`` when left out.
    seed : int, default 0
    epochs : int, default 3
        Passes over the pairs.
    on_progress : callable, optional
        Hears the share that is done, from 0 to 1.
    should_stop : callable, optional
        Asked now and then; if it says yes, nothing is kept but a checkpoint.
    resume : bool, default False
        Go on where a run of that name stopped.
    shares : sequence of float, optional [0-1]
        How far to go from the old weights to the tuned ones, in the order in which it is tried;
        ``[1]`` takes the tuned network or none.
    pieces : int, optional
        How many either network writes for the guards, 256 when left out; fewer are judged sooner
        and less surely.
    has_progress : bool, default True
        Show a bar.
    **recipe
        Further fields of `melodyai_edu.training.dpo.TuningRecipe`.

    Returns
    -------
    learned : Learned

    Raises
    ------
    ParameterError
        If there are too few pairs, a name is taken or unknown, or a number is impossible.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    if len(pairs) < FEWEST:
        raise ParameterError(
            f"pairs={len(pairs)} must be at least {FEWEST}: rate some more pieces, then learn"
        )
    require_keras()
    name, model = name or next_name(), load_model(base or _BASE)
    _check(name, model)
    known = [each.name for each in fields(TuningRecipe)]
    for unknown in [each for each in recipe if each not in known]:
        raise ParameterError(f"field={unknown!r} must be one of: {', '.join(known)}")
    chosen = TuningRecipe(beta=beta, epochs=epochs, seed=seed, **recipe)
    if not shares or not all(0 < share <= 1 for share in shares):
        raise ParameterError(f"shares={shares} must be numbers above 0 and up to 1, one at least")
    if pieces is not None and pieces < 1:
        raise ParameterError(f"pieces={pieces} must be at least 1: guards judge what is written")
    learning = _Learning(
        name, model, pairs, chosen, on_progress or (lambda share: None), pieces or _PIECES
    )
    return learning.run(shares, should_stop, is_resumed=resume, has_progress=has_progress)


class _Learning:
    """One run: taste, tuning, guards, and what is saved."""

    def __init__(
        self,
        name: str,
        model: SavedModel,
        pairs: Pairs,
        recipe: TuningRecipe,
        tell: Callable[[float], None],
        pieces: int,
    ) -> None:
        self.name, self.model, self.pairs, self.recipe = name, model, pairs, recipe
        self.tell, self.pieces, seed = tell, pieces, recipe.seed
        self.half_life = choose_half_life(pairs, seed=seed)
        kept, held = hold_out(pairs, seed)
        self.train, self.held = [pairs[i] for i in kept], [pairs[i] for i in held]
        early = fit_preference(self.train, half_life=self.half_life, seed=seed)
        self.foreseen = Share(*early.accuracy(self.held))
        self.taste = fit_preference(pairs, half_life=self.half_life, seed=seed)
        real, self.valid = _real_tunes(seed)
        self.tuner = Tuner(
            _copied(model),
            self.train,
            recipe,
            real=real,
            importance=recency(len(pairs), self.half_life)[kept],
            folder=home_folder().parent / "training" / name / "tuning",
        )

    def run(
        self, shares: Sequence[float], should_stop: Callable[[], bool] | None, **options: bool
    ) -> Learned:
        """Tune, judge, save."""
        report = self.tuner.fit(
            on_progress=lambda found: self.tell(0.1 + 0.7 * found.step / found.steps),
            should_stop=should_stop,
            **options,
        )
        if report.is_stopped:
            stopped = f"stopped after {report.step} of {report.steps} steps; resume goes on"
            return self._learned(stopped, {}, report)
        guards, fault = self._step_back(shares)
        if fault:
            return self._learned(fault, guards, report)
        self._save(guards)
        foreseen = Share(round(guards["held-out accuracy"] * len(self.held)), len(self.held))
        part = "" if guards["share"] == 1 else f", {guards['share']:.0%} of the way"
        reason = (
            f"learned from {len(self.train)} pairs{part}; of those held out the network foresees "
            f"{foreseen}, the taste {self.foreseen}"
        )
        return self._learned(reason, guards, report, is_accepted=True)

    def _step_back(self, shares: Sequence[float]) -> tuple[dict[str, float], str]:
        """Go as far as the guards allow; where nowhere, give the figures of the first try."""
        network, first = self.tuner.network, None
        old, tuned = self.model.network.get_weights(), network.get_weights()
        before = self._figures(self.model.network)
        for number, share in enumerate(shares):
            mixed = [(1 - share) * a + share * b for a, b in zip(old, tuned, strict=True)]
            network.set_weights([_stored(weights) for weights in mixed])
            guards = {"share": share, **self._compared(before, self._figures(network))}
            fault = judge_guards(guards)
            self.tell(0.8 + 0.2 * (number + 1) / (len(shares) + 1))
            first = first or (guards, fault)
            if not fault:
                return guards, ""
        network.set_weights([_stored(weights) for weights in tuned])
        assert first is not None
        return first

    def _learned(
        self,
        reason: str,
        guards: dict[str, float],
        report: TuningReport,
        *,
        is_accepted: bool = False,
    ) -> Learned:
        self.tell(1.0)
        before = self.model.identity
        now = self.name if is_accepted else before
        network = self.tuner.network
        return Learned(now, before, self.taste, guards, is_accepted, reason, network, report)

    def _figures(self, network: Network) -> tuple[float, list[tuple[int, ...]], np.ndarray]:
        """Measure a network: bits a note, what it writes, margins of the held-out pairs."""
        rated = [encoding for pair in self.train for encoding in pair]
        written = draw_like(network, rated, self.pieces, self.recipe.seed)
        held = PairSet(self.held)
        margins = pair_margins(network, held.batch(np.arange(len(held))))
        return (
            bits_per_note_of(network, self.valid),
            [piece.token_ids for piece in written],
            margins,
        )

    def _compared(self, before: Any, after: Any) -> dict[str, float]:
        """Set the figures of two networks side by side, by the names of the guards."""
        distinct = distinct_share(before[1], after[1])
        return {
            "bits before": before[0],
            "bits after": after[0],
            "distinct before": distinct[0],
            "distinct after": distinct[1],
            "held-out accuracy": float((after[2] > before[2]).mean()),
            "taste's accuracy": self.foreseen.value,
        }

    def _save(self, guards: dict[str, float]) -> None:
        """Write the network and the taste, with all that is known of them."""
        facts = {
            "base": self.model.identity,
            "pairs": len(self.pairs),
            "beta": self.recipe.beta,
            "seed": self.recipe.seed,
            "recipe": asdict(self.recipe),
            "half_life": self.half_life,
            "guards": {name: round(value, 4) for name, value in guards.items()},
            "held out": len(self.held),
        }
        card = self.model.card
        folder = home_folder().parent / "models" / self.name
        save_model(self.tuner.network, ModelCard(card.kind, card.preset, card.sizes, facts), folder)
        self.taste = replace(self.taste, facts={**self.taste.facts, **facts})
        self.taste.save(tastes_folder() / f"{self.name}.json")


def _check(name: str, model: SavedModel) -> None:
    """Refuse a name that would replace something, and a network that writes no melodies."""
    if name in list_models() or name in list_tastes():
        raise ParameterError(
            f"name={name!r} is taken: no model is replaced; leave it out for {next_name()!r}"
        )
    if Path(name).name != name or name.startswith("."):
        raise ParameterError(f"name={name!r} must be the name of a folder, such as {next_name()!r}")
    if model.card.kind != "melody":
        raise ParameterError(f"base={model.card.name!r} writes rhythms: name one for melodies")


def _copied(model: SavedModel) -> Network:
    network = build(model.card.sizes)
    network.set_weights(model.network.get_weights())
    return network


def _stored(weights: np.ndarray) -> np.ndarray:
    """Give weights as they will be stored, in half precision."""
    return weights.astype(np.float16).astype(np.float32)


def _real_tunes(seed: int) -> tuple[list[Example], list[Example]]:
    """Give training tunes to hear beside the pairs, and validation tunes to be judged by."""
    tunes = [tune for corpus in CORPORA for tune in load(corpus)]
    found = []
    for split, most in (("train", _REAL), ("valid", _VALID)):
        chosen = [tune for tune in tunes if tune.split == split]
        order = np.random.default_rng([seed, most]).permutation(len(chosen))[:most]
        made = (make_example(chosen[i]) for i in order)
        found.append([example for example in made if example is not None])
    return found[0], found[1]
