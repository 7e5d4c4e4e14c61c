"""The Python and the command line that make the same piece.

Conventions
-----------
Both name the very model that drew the piece. What the command line has no option for, edits and
seeds of single modules among it, travels in the piece's provenance file, which every export writes.

Contents
--------
python_for, command_for
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from melodyai_edu.composition import CompositionRequest
    from melodyai_edu.widgets.studio_state import Take

__all__ = ["command_for", "python_for"]

#: Fields of a request that are options of their own on the command line, spelled alike.
_OPTIONS = (
    "genre",
    "key",
    "meter",
    "bars",
    "tempo",
    "seed",
    "temperature",
    "model",
    "guidance",
    "form",
    "arrangement",
    "harmony",
    "intro",
    "ending",
)
_WIDTH = 88


def python_for(take: Take, name: str = "piece") -> str:
    """Write the Python that makes a take again.

    Parameters
    ----------
    take : Take
    name : str, default "piece"
        Of the MIDI file that it saves.

    Returns
    -------
    code : str
        Its last value is the piece.
    """
    lines = ["import melodyai_edu as mai", "", *map(_folded, take.calls)]
    return "\n".join([*lines, f"piece.save({f'{name}.mid'!r})", "piece"])


def _folded(call: str) -> str:
    """Break a long call between its arguments, which Python lets stand anywhere in brackets."""
    if len(call) <= _WIDTH:
        return call
    head, _, rest = call.partition("(")
    return f"{head}(\n    {rest[:-1]},\n)" if len(rest) < _WIDTH else _lines(head, rest[:-1])


def _lines(head: str, arguments: str) -> str:
    """Put every argument on a line of its own; commas inside brackets and strings stay."""
    import ast

    call = ast.parse(f"f({arguments})", mode="eval").body
    words = [f"    {ast.unparse(word)}," for word in getattr(call, "keywords", [])]
    return "\n".join([f"{head}(", *words, ")"])


def command_for(take: Take, name: str = "piece") -> str:
    """Write the command line that makes a take again.

    Parameters
    ----------
    take : Take
    name : str, default "piece"
        Of the files, without a suffix.

    Returns
    -------
    command : str
        Where the piece was edited, one that needs ``<name>.json``, its provenance.
    """
    request = take.piece.origin
    if take.piece.edits or not _has_options(request):
        words = ["melodyai", "compose", "--rebuild", f"{name}.json", "--out", f"{name}.mid"]
        return shlex.join(words)
    words = ["melodyai", "compose", *_words(request.to_dict()), f"--out={name}.mid"]
    return shlex.join(words)


def _has_options(request: CompositionRequest) -> bool:
    try:
        request.to_dict()
    except ParameterError:
        return False
    return not request.seeds and request.corpus is None


def _words(fields: dict[str, Any]) -> list[str]:
    """Give the options; those that a request has by itself are left out."""
    from melodyai_edu.composition import CompositionRequest

    usual = CompositionRequest().to_dict()
    given = {name: value for name, value in fields.items() if value != usual[name]}
    words = [f"--{name}={given[name]}" for name in _OPTIONS if name in given]
    if mood := given.get("mood"):
        words.append(f"--mood={mood if isinstance(mood, str) else ','.join(map(str, mood))}")
    if names := given.get("instruments"):
        words.append(f"--instruments={', '.join(names)}")
    words += [f"--rule={rule}" for rule in given.get("rules", ())]
    words += ["--counter-melody"] if given.get("counter_melody") else []
    return words + (["--no-humanise"] if not fields["humanise"] else [])
