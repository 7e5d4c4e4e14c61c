"""What a page is made of that holds everything itself and may fetch nothing.

Conventions
-----------
A page's scripts are named by their hashes in its content policy, so text from a score can never
run. It stands in a frame without rights.

Contents
--------
bundled, script, policy, as_json, framed
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

__all__ = ["as_json", "bundled", "framed", "policy", "script"]


@cache
def bundled(name: str) -> str:
    """Give the text of a file that the package carries beside this one.

    Parameters
    ----------
    name : str
        From this folder on, such as ``"player.css"``.

    Returns
    -------
    text : str

    Examples
    --------
    >>> bundled("player.html")[:15]
    '<!DOCTYPE html>'
    """
    text = files("melodyai_edu.render").joinpath(name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def script(code: str) -> str:
    """Put code into a page.

    Parameters
    ----------
    code : str
        Ours or a bundled library's, never a stranger's.

    Returns
    -------
    html : str

    Examples
    --------
    >>> script("play()")
    '<script>play()</script>'
    """
    return f"<script>{code}</script>"


def policy(*codes: str) -> str:
    """Allow exactly these scripts and no address at all.

    Parameters
    ----------
    *codes : str

    Returns
    -------
    policy : str
        For a page's ``Content-Security-Policy``.

    Examples
    --------
    >>> policy("play()")[:46]
    "default-src 'none'; style-src 'unsafe-inline';"
    """
    hashes = (b64encode(sha256(code.encode()).digest()).decode() for code in codes)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}"


def as_json(value: Any) -> str:
    """Write JSON that cannot end the element it stands in.

    Parameters
    ----------
    value : object
        Plain data.

    Returns
    -------
    text : str

    Examples
    --------
    >>> "<" in as_json("</script>"), json.loads(as_json("</script>"))
    (False, '</script>')
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def framed(page: str, title: str, height: int) -> str:
    """Put a page into a frame that may run its own scripts and sound, and nothing else.

    Parameters
    ----------
    page : str
        A whole HTML document.
    title : str
        What a screen reader says of the frame.
    height : int [pixels]

    Returns
    -------
    html : str

    Examples
    --------
    >>> "srcdoc='<p>&amp;</p>'" in framed("<p>&</p>", "A page", 100)
    True
    """
    # In single quotes only "&" and "'" must be escaped: an SVG's many double quotes stay short.
    page = page.replace("&", "&amp;").replace("'", "&#39;")
    return (
        f'<iframe title="{escape(title)}" sandbox="allow-scripts" allow="autoplay" width="100%" '
        f'height="{int(height)}" style="border:1px solid #ccc" srcdoc=\'{page}\'></iframe>'
    )
