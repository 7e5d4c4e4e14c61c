"""Carry values between the grader and a student's program, without trusting the student.

Conventions
-----------
The grader sends with `pack_question` what the student's side reads with `unpack_question`: both are
ours. What comes back is a stranger's. `unpack_answer` makes plain Python data, numpy arrays and the
values of `melodyai_edu.score` of it, never a function or a class that the answer names, and nothing
that unfolds into more than was sent.

Contents
--------
pack_question, unpack_question, pack_answer, unpack_answer
"""

from __future__ import annotations

import builtins
import collections
import importlib
import itertools
import marshal
import pickle
import types
from collections.abc import Iterator
from dataclasses import is_dataclass
from io import BytesIO
from typing import Any

import numpy as np

from melodyai_edu.constraints import FORBIDDEN, Rule

__all__ = ["pack_answer", "pack_question", "unpack_answer", "unpack_question"]

#: What an answer may name outside this package.
_PLAIN = {
    "builtins": ("complex", "frozenset", "set", "int", "float", "str", "list"),
    "collections": ("deque",),
}
#: A kind of one of these, such as a ``Counter`` or a named tuple, travels as the thing itself.
_BASES: tuple[Any, ...] = (dict, list, tuple, set, frozenset, str, int, float)
#: Numbers and texts; an array of objects could hold anything.
_ARRAY_KINDS = "biufcU"
_MOST_ITEMS, _DEEPEST, _MOST_BARS = 100_000, 40, 64


class _QuestionPickler(pickle.Pickler):
    """Sends the functions that lesson modules build, with what they have closed over."""

    def persistent_id(self, value: Any) -> Any:
        if value is FORBIDDEN:
            return ("forbidden",)
        if isinstance(value, types.FunctionType) and value.__closure__:
            cells = tuple(cell.cell_contents for cell in value.__closure__)
            return "function", value.__module__, marshal.dumps(value.__code__), cells
        return None


class _QuestionUnpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Any:
        if pid[0] == "forbidden":
            return FORBIDDEN
        _, module, code, cells = pid
        space = vars(importlib.import_module(module))
        closure = tuple(types.CellType(value) for value in cells)
        return types.FunctionType(marshal.loads(code), space, None, None, closure)


class _AnswerPickler(pickle.Pickler):
    """Turns what an answer holds into what `unpack_answer` accepts."""

    def persistent_id(self, value: Any) -> Any:
        if value is FORBIDDEN:
            return ("forbidden",)
        if isinstance(value, np.ndarray | np.generic):
            array = np.ascontiguousarray(value)
            shape = np.shape(value)
            return "array", array.dtype.str, shape, array.tobytes(), isinstance(value, np.generic)
        if isinstance(value, Rule):
            return "text", str(value)
        if type(value).__name__ == "Composition" and hasattr(value, "provenance"):
            return "piece", value.provenance
        if isinstance(value, Iterator | range) or type(value).__name__.startswith("dict_"):
            return "list", list(itertools.islice(value, _MOST_ITEMS))
        for base in _BASES:
            if isinstance(value, base) and type(value) not in (base, bool):
                return "list", base(value)
        return None


class _AnswerUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN.get(module, ()):
            return getattr(builtins if module == "builtins" else collections, name)
        if module.startswith("melodyai_edu.score.") and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and is_dataclass(found):
                return found
        raise pickle.UnpicklingError(f"it holds a {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        kind = pid[0]
        if kind == "forbidden":
            return FORBIDDEN
        if kind in ("text", "list"):
            return pid[1]
        if kind == "array":
            return _array(*pid[1:])
        if kind == "piece":
            return _piece(pid[1])
        raise pickle.UnpicklingError(f"it holds a {str(kind)[:40]}")


def _piece(provenance: Any) -> Any:
    """Compose a piece again, if it is one that takes no more than a moment."""
    from melodyai_edu.composition import rebuild

    request = dict(provenance["request"])
    alone = request.get("candidates") in (None, 1) and not request.get("taste")
    if not alone or int(request.get("bars") or 16) > _MOST_BARS:
        raise pickle.UnpicklingError(f"it holds a piece of over {_MOST_BARS} bars, or a chosen one")
    return rebuild(dict(provenance))


def _array(dtype: str, shape: tuple[int, ...], data: bytes, is_scalar: bool) -> Any:
    kind = np.dtype(str(dtype))
    if kind.kind not in _ARRAY_KINDS or kind.hasobject:
        raise pickle.UnpicklingError(f"it holds an array of {kind}")
    array = np.frombuffer(data, kind).reshape(shape).copy()
    return array[()] if is_scalar else array


def pack_question(value: Any) -> bytes:
    """Pack what the grader sends.

    Parameters
    ----------
    value : object
        Anything that can be pickled; functions that a lesson's checks build may be inside.

    Returns
    -------
    data : bytes
    """
    return _packed(_QuestionPickler, value)


def unpack_question(data: bytes) -> Any:
    """Unpack what the grader sent; only ever called on the student's side.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    value : object
    """
    return _QuestionUnpickler(BytesIO(data)).load()


def pack_answer(value: Any) -> bytes:
    """Pack what a student's program gave; rules travel as texts, pieces as their provenance.

    Parameters
    ----------
    value : object

    Returns
    -------
    data : bytes

    Raises
    ------
    Exception
        Whatever pickling raises for what cannot travel.
    """
    return _packed(_AnswerPickler, value)


def unpack_answer(data: bytes) -> Any:
    """Unpack what a stranger's program sent.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    value : object
        Plain data, arrays, values of `melodyai_edu.score`; a piece is composed again from its
        provenance.

    Raises
    ------
    pickle.UnpicklingError
        If it names anything else, or is too large or too deep.
    MelodyAIError
        If a piece cannot be composed again.

    Examples
    --------
    >>> unpack_answer(pack_answer({"C": np.arange(3)}))
    {'C': array([0, 1, 2])}
    >>> unpack_answer(pickle.dumps(print))
    Traceback (most recent call last):
    _pickle.UnpicklingError: it holds a builtins.print
    """
    value = _AnswerUnpickler(BytesIO(data)).load()
    _weigh(value, _MOST_ITEMS, 0)
    return value


def _weigh(value: Any, left: int, depth: int) -> int:
    """Count what a value unfolds into, for a list may stand in itself a thousand times."""
    left -= 1
    if left < 0 or depth > _DEEPEST:
        raise pickle.UnpicklingError("it is too large or nested too deeply")
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset | collections.deque):
        for each in value:
            left = _weigh(each, left, depth + 1)
    return left


def _packed(pickler: type[pickle.Pickler], value: Any) -> bytes:
    buffer = BytesIO()
    pickler(buffer, protocol=5).dump(value)
    return buffer.getvalue()
