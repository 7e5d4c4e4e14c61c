"""What the studio remembers: every piece, how each was made, what is locked. No widgets here.

Conventions
-----------
A *take* is a piece with the call that made it. Takes are never thrown away: undo steps back along
the way that was gone, and any take can be gone back to. What is drawn anew has a seed of its own,
counted up, so the same call gives the same notes.

Contents
--------
Take, StudioSession
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition

__all__ = ["StudioSession", "Take"]

#: Modules that can be made anew, and the seed that decides each.
_SEED_OF = {"harmony": "harmony", "pitches": "melody", "arrangement": "arrangement"}


@dataclass(frozen=True, eq=False)
class Take:
    """A piece and how it was made.

    Parameters
    ----------
    number : int [from 1]
        Its place in the history.
    piece : Composition
    action : str
        In words, such as ``"bars 5-8 anew"``.
    call : str
        The Python that made it, of ``piece`` where another take came before.
    parent : Take or None
        What it was made of.
    """

    number: int
    piece: Composition
    action: str
    call: str
    parent: Take | None = None

    @property
    def calls(self) -> tuple[str, ...]:
        """All calls from nothing to this take, in order."""
        return (*(self.parent.calls if self.parent else ()), self.call)

    @property
    def label(self) -> str:
        """One line for a list."""
        return f"{self.number}. {self.action} - {self.piece.score.title}"


class StudioSession:
    """Takes in order, a way through them, and what is kept when something is made anew.

    Attributes
    ----------
    takes : list of Take
        All of them, the first one first.
    locked : set of str
        Names of parts that stay when bars, chords or pitches are made anew.

    Examples
    --------
    >>> session = StudioSession()
    >>> _ = session.generate(genre="jig", bars=4, model="ngram", seed=1)
    >>> _ = session.transpose(2)
    >>> session.undo().number, session.redo().number, len(session.takes)
    (1, 2, 2)
    """

    def __init__(self) -> None:
        self.takes: list[Take] = []
        self.locked: set[str] = set()
        self._past: list[Take] = []
        self._future: list[Take] = []
        self._draws = 0

    @property
    def take(self) -> Take | None:
        """The one that is looked at."""
        return self._past[-1] if self._past else None

    @property
    def piece(self) -> Composition | None:
        """The piece that is looked at."""
        return self.take.piece if self.take else None

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts of the piece that is looked at."""
        return tuple(part.name for part in self.piece.score.parts) if self.piece else ()

    @property
    def bars(self) -> int:
        """How many bars can be made anew: intro, ending and pickup are not counted."""
        return 0 if self.piece is None else self.piece.lead.bar_count - bool(self.piece.lead.pickup)

    def generate(self, **fields: Any) -> Take:
        """Compose a new piece; nothing of an old one stays, so all locks are opened.

        Parameters
        ----------
        **fields
            Of a `melodyai_edu.CompositionRequest`.

        Raises
        ------
        ParameterError
            If a value cannot be had.
        """
        from melodyai_edu.composition import compose

        piece = compose(**fields)
        self.locked.clear()
        call = _call("mai.compose", **{**fields, "model": piece.request.model})
        return self._keep(Take(len(self.takes) + 1, piece, "new piece", call))

    def renew_bars(self, first: int, last: int) -> Take:
        """Compose bars anew; every other note and every locked part stays.

        Parameters
        ----------
        first, last : int [bars, from 1]

        Raises
        ------
        ParameterError
            If there is no piece, no such bar, or a rule cannot be kept.
        """
        given = {"regenerate": (first, last), "seed": self._next_seed()}
        bars = f"bar {first}" if first == last else f"bars {first}-{last}"
        return self._compose_of(f"{bars} anew", given)

    def renew(self, module: str) -> Take:
        """Make one side of the piece anew.

        Parameters
        ----------
        module : str
            ``"harmony"``, ``"pitches"`` or ``"arrangement"``.

        Raises
        ------
        ParameterError
            If there is no piece, or it is a melody alone and has no such side.
        """
        if module not in _SEED_OF:
            raise ParameterError(f"module={module!r} must be one of: {', '.join(_SEED_OF)}")
        seeds = {**dict(self._present().request.seeds), _SEED_OF[module]: self._next_seed()}
        return self._compose_of(f"new {module}", {"regenerate": module, "seeds": seeds})

    def vary(self, amount: float = 0.3) -> Take:
        """Compose a share of the bars anew, here and there; see `melodyai_edu.Composition.vary`."""
        given: dict[str, Any] = {"amount": round(amount, 2), "seed": self._next_seed()}
        return self._edit("vary", f"varied by {amount:.0%}", **given, **self._lock())

    def extend(self, bars: int = 8) -> Take:
        """Continue the piece; see `melodyai_edu.Composition.extend`."""
        return self._edit("extend", f"{bars} bars more", bars=bars, seed=self._next_seed())

    def transpose(self, semitones: int) -> Take:
        """Move the whole piece up or down [semitones].

        Raises
        ------
        ParameterError
            If a part is locked: moved, it would not be what it was.
        """
        self._refuse_locks("transposing moves")
        return self._edit("transpose", f"moved by {semitones:+d} semitones", semitones=semitones)

    def change_mood(self, mood: str | tuple[float, float]) -> Take:
        """Give the piece another mood; see `melodyai_edu.Composition.change_mood`."""
        self._refuse_locks("another mood changes")
        return self._edit("change_mood", f"mood: {mood}", mood=mood)

    def undo(self) -> Take:
        """Step back to the piece that was looked at before.

        Raises
        ------
        ParameterError
            If there is none.
        """
        if len(self._past) < 2:
            raise ParameterError("there is nothing to undo: this is the first piece, or none yet")
        self._future.append(self._past.pop())
        return self._present_take()

    def redo(self) -> Take:
        """Step forward again.

        Raises
        ------
        ParameterError
            If nothing was undone.
        """
        if not self._future:
            raise ParameterError("there is nothing to redo: nothing was undone")
        self._past.append(self._future.pop())
        return self._present_take()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step back."""
        return len(self._past) > 1

    @property
    def can_redo(self) -> bool:
        """Whether there is a step forward."""
        return bool(self._future)

    def go_to(self, number: int) -> Take:
        """Look at any take of the history; undo leads back from there.

        Parameters
        ----------
        number : int [from 1]

        Raises
        ------
        ParameterError
            If there is no such take.
        """
        return self._visit(self.find(number))

    def find(self, number: int) -> Take:
        """Give a take by its number [from 1]."""
        if not 1 <= number <= len(self.takes):
            raise ParameterError(f"take={number} must be from 1 to {len(self.takes)}")
        return self.takes[number - 1]

    def _lock(self) -> dict[str, Any]:
        names = [name for name in self.part_names if name in self.locked]
        return {"lock": names} if names else {}

    def _refuse_locks(self, what: str) -> None:
        if names := self._lock().get("lock"):
            raise ParameterError(
                f"lock={names} cannot be kept: {what} every part; unlock them first"
            )

    def _present_take(self) -> Take:
        if self.take is None:
            raise ParameterError("there is no piece yet: press Generate first")
        return self.take

    def _present(self) -> Composition:
        return self._present_take().piece

    def _next_seed(self) -> int:
        """Give a seed that no step of this session had."""
        self._draws += 1
        return self._present().origin.seed + self._draws

    def _compose_of(self, action: str, given: dict[str, Any]) -> Take:
        from melodyai_edu.composition import compose

        parent, given = self._present_take(), {**given, **self._lock()}
        piece = compose(of=parent.piece, **given)
        return self._keep(
            Take(
                len(self.takes) + 1,
                piece,
                action,
                _call("mai.compose", "of=piece", **given),
                parent,
            )
        )

    def _edit(self, name: str, action: str, **given: Any) -> Take:
        parent = self._present_take()
        change: Callable[..., Composition] = getattr(parent.piece, name)
        call = _call(f"piece.{name}", **given)
        return self._keep(Take(len(self.takes) + 1, change(**given), action, call, parent))

    def _keep(self, take: Take) -> Take:
        self.takes.append(take)
        return self._visit(take)

    def _visit(self, take: Take) -> Take:
        if take is not self.take:
            self._past.append(take)
            self._future.clear()
        self.locked &= set(self.part_names)
        return take

    def titles(self) -> Sequence[str]:
        """List all takes, one line each."""
        return [take.label for take in self.takes]


def _call(name: str, *first: str, **given: Any) -> str:
    words = [*first, *(f"{key}={value!r}" for key, value in given.items() if value is not None)]
    return f"piece = {name}({', '.join(words)})"
