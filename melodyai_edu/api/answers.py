"""How a mistake is answered: one sentence, and the status that fits.

Conventions
-----------
A body is ``{"error": KIND, "message": SENTENCE}``. What a caller can mend is 4xx; when there is no
room the answer is 503 and says when to come again; everything else is ours, is logged, and says
nothing of the inside.

Contents
--------
Refusal, error_answer, kind_of, phrase_of, status_of
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from melodyai_edu.errors import InputError, MelodyAIError

__all__ = ["Refusal", "error_answer", "kind_of", "phrase_of", "status_of"]

#: As RFC 9110 calls them; Python did otherwise before 3.13, and an answer is the same with each.
_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}

_LONGEST_MESSAGE = 2_000


class Refusal(HTTPException):
    """A request that is not fulfilled, for a reason of the service.

    Parameters
    ----------
    status : int
    message : str
    retry_after : int, optional [seconds]
    reason : str, default "busy"
        What a 503 is counted as: one of `melodyai_edu.api.metrics.REASONS`.

    Examples
    --------
    >>> Refusal(503, "all places in the queue are taken", 5).headers
    {'Retry-After': '5'}
    """

    def __init__(
        self, status: int, message: str, retry_after: int | None = None, reason: str = "busy"
    ) -> None:
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(status, message, headers)
        self.reason = reason


def status_of(error: MelodyAIError) -> int:
    """Give the status for a mistake in what was asked: 400 for a file, 422 for a value.

    Examples
    --------
    >>> status_of(InputError("it is empty"))
    400
    """
    return 400 if isinstance(error, InputError) else 422


def kind_of(status: int) -> str:
    """Give the word for a status.

    Examples
    --------
    >>> kind_of(503)
    'service_unavailable'
    """
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "unprocessable"
    return phrase_of(status).lower().replace(" ", "_").replace("-", "_")


def phrase_of(status: int) -> str:
    """Say in words what a status of HTTP means.

    Parameters
    ----------
    status : int

    Returns
    -------
    phrase : str

    Examples
    --------
    >>> phrase_of(404), phrase_of(422)
    ('Not Found', 'Unprocessable Content')
    """
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def error_answer(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Build the answer to a mistake.

    Parameters
    ----------
    status : int
    message : str
        One sentence; cut where it is very long.
    headers : dict, optional

    Returns
    -------
    answer : JSONResponse

    Examples
    --------
    >>> error_answer(404, "there is no such piece").body
    b'{"error":"not_found","message":"there is no such piece"}'
    """
    text = message.encode("utf-8", "replace").decode()[:_LONGEST_MESSAGE]
    return JSONResponse({"error": kind_of(status), "message": text}, status, headers=headers)
