"""Where a piece comes from, written down, and the piece made again from it.

Conventions
-----------
A provenance is plain values, as JSON has them. A piece that is made again is compared with the
checksum of its notes: another version of the package, or of a model, may draw other ones, and then
the difference is an error, not a surprise.

Contents
--------
list_provenance, notes_hash, rebuild
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from melodyai_edu.composition.library import CORPORA
from melodyai_edu.composition.plan_values import plan_from_dict, plan_to_dict
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.request_values import MODULES, choice
from melodyai_edu.composition.voice import describe_model
from melodyai_edu.errors import ParameterError
from melodyai_edu.score.checksum import notes_hash
from melodyai_edu.version import __version__

if TYPE_CHECKING:
    from melodyai_edu.composition.composition import Composition

__all__ = ["list_provenance", "notes_hash", "rebuild"]


def list_provenance(piece: Composition) -> dict[str, Any]:
    """Write down where a piece comes from.

    Parameters
    ----------
    piece : Composition

    Returns
    -------
    provenance : dict
        Plain values only.

    Raises
    ------
    ParameterError
        If a rule is one of your own.
    """
    full = piece.request.resolved()
    for edit in piece.edits:
        if isinstance(edit.get("request"), CompositionRequest):
            edit["request"].to_dict()  # says which rule cannot be written down
    return {
        "request": piece.origin.to_dict(),
        **({"plan": plan_to_dict(piece.given_plan)} if piece.given_plan else {}),
        "edits": [dict(edit) for edit in piece.edits],
        "seeds": {module: full.seed_of(module) for module in MODULES},
        "model": describe_model(full, piece.style),
        "version": __version__,
        "data": _licences(full.corpus),
        "rules kept": [str(rule) for rule in full.all_rules],
        "copying": list(piece.copying.lines()),
        "notes_sha256": notes_hash(piece.performance),
    }


def _licences(corpus: str | None) -> dict[str, str]:
    """Give the licence of each corpus that was learned from."""
    from melodyai_edu.io.corpus_sources import SOURCES

    if corpus is not None:
        return {corpus: "your own corpus: you know its licence"}
    return {name: SOURCES[name].licence for name in CORPORA}


def rebuild(provenance: dict[str, Any]) -> Composition:
    """Make a piece again from its provenance.

    Parameters
    ----------
    provenance : dict
        What `Composition.provenance` gave, perhaps through a JSON file.

    Returns
    -------
    piece : Composition
        The same notes in every part.

    Raises
    ------
    ParameterError
        If it is no provenance, or the notes come out otherwise: another version of the package
        or of the model made it.

    Examples
    --------
    >>> from melodyai_edu.composition import compose
    >>> piece = compose(genre="jig", bars=4, model="ngram", seed=1).transpose(2)
    >>> rebuild(piece.provenance).score == piece.score
    True
    """
    from melodyai_edu.composition.compose import compose

    try:
        request, edits = dict(provenance["request"]), list(provenance["edits"])
        wanted = str(provenance["notes_sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            f"provenance={str(provenance)[:80]!r} must be what piece.provenance gave ({error})"
        ) from error
    plan = plan_from_dict(provenance["plan"]) if "plan" in provenance else None
    piece = compose(CompositionRequest.from_dict(request), plan=plan)
    for edit in edits:
        piece = _edited(piece, edit)
    if notes_hash(piece.performance) != wanted:
        raise ParameterError(
            f"provenance of version {provenance.get('version')!r} with the model "
            f"{provenance.get('model')!r} gives other notes here: take the version and the model "
            f"that made it"
        )
    return piece


def _edited(piece: Composition, edit: Any) -> Composition:
    """Do one edit of a provenance."""
    from melodyai_edu.composition.edits import EDITS

    try:
        given = dict(edit)
        name = str(given.pop("edit", None))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"edit={str(edit)[:80]} must be a dict with an 'edit'") from error
    choice("edit", name, EDITS)
    if "request" in given:
        given["request"] = CompositionRequest.from_dict(given["request"])
    try:
        arguments = signature(EDITS[name]).bind(piece, **given)
    except TypeError as error:
        raise ParameterError(f"edit={name!r}: {error}") from error
    return EDITS[name](*arguments.args, **arguments.kwargs)
