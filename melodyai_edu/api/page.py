"""The pages: one to compose on, and one that says what else can be asked for.

Conventions
-----------
Pages need nothing from elsewhere. The policy of each allows exactly its own script and style, by
their checksums; every text from outside is escaped.

Contents
--------
compose_page, docs_page, html_answer
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache, lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

__all__ = ["compose_page", "docs_page", "html_answer"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "code,pre{background:#f2f2f2;padding:.1rem .3rem}pre{padding:.6rem;overflow-x:auto}"
)


@cache
def _template() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def _hashes(element: str, page: str) -> str:
    codes = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
    digests = (b64encode(sha256(code.encode()).digest()).decode() for code in codes)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


@lru_cache(maxsize=4)
def _policy(page: str) -> str:
    return (
        f"default-src 'none'; script-src {_hashes('script', page)}; "
        f"style-src {_hashes('style', page)}; connect-src 'self'; frame-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def html_answer(page: str) -> HTMLResponse:
    """Give a page, with a policy that allows what is in it."""
    return HTMLResponse(page, headers={"Content-Security-Policy": _policy(page)})


def compose_page() -> HTMLResponse:
    """Give the page where a piece is composed without an account."""
    return html_answer(_template())


def docs_page(schema: dict[str, Any]) -> str:
    """Write the description of the service as a page.

    Parameters
    ----------
    schema : dict
        OpenAPI.

    Returns
    -------
    page : str

    Examples
    --------
    >>> "<h2>" in docs_page({"paths": {"/a": {"get": {"summary": "<Say>"}}}})
    True
    """
    parts = [
        _operation(path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>MelodyAI over HTTP"
        f"</title><style>{_STYLE}</style></head><body><h1>MelodyAI over HTTP</h1>"
        f"<p>For programs: <a href='/openapi.json'>/openapi.json</a></p>{''.join(parts)}"
        "</body></html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    """Describe one thing that can be asked for."""
    answers = ", ".join(operation.get("responses", {}))
    text = f"<h2>{escape(operation['summary'])}</h2><p><code>{method.upper()} {escape(path)}"
    text += f"</code> answers {escape(answers)}</p>" if answers else "</code></p>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            text += f"<pre>{escape(json.dumps(content['example']))}</pre>"
        fields = ", ".join(content["schema"].get("properties", {}))
        text += f"<p>{escape(kind)}: {escape(fields)}</p>"
    return text
