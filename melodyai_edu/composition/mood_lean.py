"""A model that leans towards a mood: calm music has fewer notes, excited music more.

Conventions
-----------
An n-gram has never heard of moods, so what a mood asks of its rhythms is put on top of what it
predicts: each doubling of a duration becomes likelier or less likely by the same factor. What a
network is told instead is `usual_density`.

Contents
--------
MoodLean, usual_density
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.features.mood import Mood, nearest_mood
from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.vocabulary import MOODS

if TYPE_CHECKING:
    from melodyai_edu.decoding.drawing import Prediction

__all__ = ["MoodLean", "usual_density"]

#: How much likelier a duration is than one half as long, at the lower end of arousal, and how much
#: less likely at its upper end [nats]. Density is, beside tempo, the cue that arousal follows most
#: (`melodyai_edu.features.mood`). Chosen by a listener on other seeds than those reported; more
#: at the upper end makes airs out of demisemiquavers, and the tempo is faster there already.
_CALMER, _BUSIER = 7.0, 2.0

#: Moods of which half of the training tunes or more lie in one fifth of onset density: 434 of 858
#: calm ones and 216 of 301 sad ones in the lowest. The others are spread over the levels.
_DENSITY = {"calm": 1, "sad": 1}

_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}


def usual_density(mood: Mood) -> int:
    """Say how busy the tunes of a mood are, where most of them agree.

    Parameters
    ----------
    mood : Mood

    Returns
    -------
    level : int
        As in `melodyai_edu.tokens.condition.density_level`; 0 where they do not.

    Examples
    --------
    >>> usual_density(Mood(-0.6, -0.5)), usual_density(Mood(0.6, 0.5))
    (1, 0)
    """
    return _DENSITY.get(nearest_mood(mood, MOODS), 0)


class MoodLean:
    """A model whose durations lean towards a mood.

    Parameters
    ----------
    prediction : Prediction
        The model itself, in the middle of a sequence.
    mood : Mood
    calmer, busier : float, default 7.0 and 2.0 [nats]
        How much likelier a duration is than one half as long when arousal is -1, and less likely
        when it is 1; 0 leaves the model alone.

    Examples
    --------
    >>> from melodyai_edu.models.melody import MelodyNGram
    >>> calm = MoodLean(MelodyNGram().start(), Mood(0.6, -0.5)).distribution()
    >>> bool(calm[VOCABULARY.id("Duration_48")] > calm[VOCABULARY.id("Duration_24")])
    True
    """

    def __init__(
        self,
        prediction: Prediction,
        mood: Mood,
        calmer: float = _CALMER,
        busier: float = _BUSIER,
    ) -> None:
        self.prediction = prediction
        lean = mood.arousal * (calmer if mood.arousal < 0 else busier)
        doublings = np.zeros(len(VOCABULARY))
        doublings[list(_TICKS)] = np.log2(np.array(list(_TICKS.values())) / 24)
        self._factors = np.exp(-lean * doublings)

    def distribution(self) -> np.ndarray:
        """Predict the next token [shape=(V,), float]."""
        leaning = self.prediction.distribution() * self._factors
        return np.asarray(leaning / leaning.sum())

    def observe(self, token_id: int) -> None:
        """Hear what came.

        Parameters
        ----------
        token_id : int
        """
        self.prediction.observe(token_id)
