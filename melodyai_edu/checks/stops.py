"""What is said when a check stops: in the learner's own code, or at what that code gave back.

Conventions
-----------
Whose fault it is, the lines that Python was in say: the learner's come from the module that the
answer was written in.

Contents
--------
explain_stop
"""

from __future__ import annotations

import re
import traceback
from types import CodeType
from typing import Any

__all__ = ["explain_stop"]

#: What Python says when a function is called with other arguments than it has.
_CALLED_OTHERWISE = re.compile(r"\(\) (takes|missing|got)")


def explain_stop(error: Exception, answer: Any) -> str:
    """Say why an answer could not be checked.

    Parameters
    ----------
    error : Exception
        What stopped the check.
    answer : object
        What was handed over.

    Returns
    -------
    reason : str

    Examples
    --------
    >>> answer = 0.5
    >>> try:
    ...     answer()
    ... except TypeError as error:
    ...     explain_stop(error, answer)[:45]
    'you handed over 0.5, and a function is wanted'
    """
    said = f"{type(error).__name__}: {error}"
    if not callable(answer) and "not callable" in str(error):
        return (
            f"you handed over {_short(answer)}, and a function is wanted: give its name without "
            "brackets, so that the check can call it with examples of its own"
        )
    line = _own_line(error, answer)
    if line is not None:
        where = f" in line {line} of its cell" if line else ""
        return f"your code stopped{where} with {said}"
    if isinstance(error, TypeError) and _CALLED_OTHERWISE.search(str(error)):
        return f"your function cannot be called as the exercise says ({error})"
    doubt = "does your function end with return?" if "NoneType" in said else "see what is asked for"
    return f"what you give back cannot be used ({said}); {doubt}"


def _own_line(error: Exception, answer: Any) -> int | None:
    """Find the last line of the learner's that was run; none where it was not reached, or is over.

    The number is 0 where the code is not from a cell of a notebook.
    """
    home = getattr(answer, "__module__", None)
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_globals.get("__name__") == home:
            return line if _is_cell(frame.f_code) else 0
    return None


def _is_cell(code: CodeType) -> bool:
    return "ipykernel" in code.co_filename or code.co_filename.startswith("<ipython-input")


def _short(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= 60 else f"{text[:57]}..."
