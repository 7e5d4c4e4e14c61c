"""What can be done with the piece at hand: bars anew, parts locked, varied, moved, continued.

Conventions
-----------
A lock holds where something is made anew. What is chosen on the roll is what "these bars" means.

Contents
--------
ActionControls
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from melodyai_edu.widgets import studio_parts as parts

if TYPE_CHECKING:
    from melodyai_edu.widgets.mood_pad import MoodPad
    from melodyai_edu.widgets.roll_picker import RollPicker
    from melodyai_edu.widgets.studio_state import StudioSession, Take

__all__ = ["ActionControls"]


class ActionControls:
    """Buttons for every edit, and a checkbox that locks each part.

    Parameters
    ----------
    session : StudioSession
    change : callable
        ``change(what, work)`` does the work and shows the take that it gives.
    roll : RollPicker
    mood : MoodPad

    Attributes
    ----------
    buttons : dict of str to ipywidgets.Button
        ``bars``, ``vary``, ``harmony``, ``pitches``, ``arrangement``, ``extend``, ``transpose``,
        ``mood``.
    locks : dict of str to ipywidgets.Checkbox
        By part.
    widget : ipywidgets.VBox
    """

    def __init__(
        self,
        session: StudioSession,
        change: Callable[..., Any],
        roll: RollPicker,
        mood: MoodPad,
    ) -> None:
        self.session, self.change, self.roll, self.mood = session, change, roll, mood
        self.amount = parts.slider("share", 0.1, 1.0, 0.3, 0.1)
        self.more = parts.slider("bars more", 1, 32, 8, 1, is_whole=True)
        self.semitones = parts.slider("semitones", -12, 12, 2, 1, is_whole=True)
        for slider in (self.amount, self.more, self.semitones):
            slider.layout.width = "270px"
        self.buttons = self._buttons()
        self.locks: dict[str, Any] = {}
        self.lock_row = parts.row(name="mai-locks")
        one = self.buttons
        self.widget = parts.column(
            parts.row(roll.field, one["bars"], parts.html(
                "<span class='mai-sentence'>click a first and a last bar on the roll, or type"
                "</span>")),
            parts.row(parts.html("<b>Lock</b>"), self.lock_row),
            parts.row(one["harmony"], one["pitches"], one["arrangement"], one["mood"]),
            parts.row(one["vary"], self.amount),
            parts.row(one["extend"], self.more),
            parts.row(one["transpose"], self.semitones),
        )  # fmt: skip

    def _buttons(self) -> dict[str, Any]:
        session = self.session
        acts: dict[str, tuple[str, str, Callable[[], Take]]] = {
            "bars": (
                "Regenerate these bars",
                "Compose the chosen bars anew; every other note stays",
                lambda: session.renew_bars(*self.roll.chosen()),
            ),
            "harmony": (
                "New harmony",
                "The same melody over other chords",
                lambda: session.renew("harmony"),
            ),
            "pitches": (
                "New pitches",
                "The same rhythm with other notes",
                lambda: session.renew("pitches"),
            ),
            "arrangement": (
                "New arrangement",
                "The same melody and chords, played otherwise",
                lambda: session.renew("arrangement"),
            ),
            "mood": (
                "Take the mood on the left",
                "The same line in the mood that is chosen on the pad",
                lambda: session.change_mood(self.mood.value or "neutral"),
            ),
            "vary": (
                "Vary",
                "Compose a share of the bars anew, here and there",
                lambda: session.vary(self.amount.value),
            ),
            "extend": (
                "Extend",
                "Continue the piece; all that is there stays",
                lambda: session.extend(self.more.value),
            ),
            "transpose": (
                "Transpose",
                "Move the whole piece up or down",
                lambda: session.transpose(self.semitones.value),
            ),
        }
        return {
            name: parts.button(label, partial(self.change, label.lower(), act), tip=tip)
            for name, (label, tip, act) in acts.items()
        }

    def show(self, take: Take) -> None:
        """Offer a lock for each part of a take.

        Parameters
        ----------
        take : Take
        """
        names = self.session.part_names
        if tuple(self.locks) != names:
            self.locks = {name: self._lock(name) for name in names}
            self.lock_row.children = tuple(self.locks.values())
        for name, box in self.locks.items():
            box.value = name in self.session.locked

    def _lock(self, name: str) -> Any:
        box = parts.check(name)

        def hear(change: Any) -> None:
            (self.session.locked.add if change["new"] else self.session.locked.discard)(name)

        box.observe(hear, names="value")
        return box

    def set_disabled(self, is_disabled: bool) -> None:
        """Switch all buttons off or on."""
        for button in self.buttons.values():
            button.disabled = is_disabled
