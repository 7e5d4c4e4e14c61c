"""Look a MusicXML file over before anything is built from it.

Conventions
-----------
One linear pass of expat over the bytes counts elements and depth and refuses entities; only then
is a tree built, by defusedxml. A document type declaration is allowed: real files carry one.
Nothing is ever fetched. What is wrong is one `InputError` with line and column.

Contents
--------
check_musicxml, parse_tree
"""

from __future__ import annotations

from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.limits import over_limit

__all__ = ["check_musicxml", "parse_tree"]

_ROOTS = ("score-partwise", "score-timewise")
_BLOCK = 1 << 16  # bytes given to expat at a time, so that a limit stops it early
_ZIP_MAGIC = b"PK\x03\x04"


class _Counter:
    """What expat calls while it reads; raises at the first limit that is passed."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = self.entity
        self.parser.SkippedEntityHandler = self.entity
        self.parser.AttlistDeclHandler = self.attribute
        self.depth = 0
        self.elements = 0
        self.attributes = 0

    @property
    def place(self) -> str:
        return f"up to line {self.parser.CurrentLineNumber}"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.elements and tag not in _ROOTS:
            raise InputError(
                f"the root element is <{tag[:40]}>, it must be <score-partwise> or "
                f"<score-timewise>; this is another kind of XML: export MusicXML from its program"
            )
        self.elements += 1
        self.attributes += len(attributes)
        self.depth += 1
        if self.depth > limits.MUSICXML_DEPTH:
            what = f"elements inside each other {self.place}"
            raise over_limit(what, self.depth, limits.MUSICXML_DEPTH, "real scores need 12")
        if self.elements > limits.MUSICXML_ELEMENTS:
            what = f"elements {self.place}"
            raise over_limit(what, self.elements, limits.MUSICXML_ELEMENTS, "split the score")
        if self.attributes > limits.MUSICXML_ELEMENTS:
            what = f"attributes {self.place}"
            raise over_limit(what, self.attributes, limits.MUSICXML_ELEMENTS, "split the score")

    def end(self, _: str) -> None:
        self.depth -= 1

    def entity(self, name: str, *_: object) -> NoReturn:
        raise InputError(
            f"the entity {name[:40]!r} {self.place} is not read, because entities can be used to "
            f"exhaust the memory or to read other files; save the file without it"
        )

    def attribute(self, element: str, *_: object) -> NoReturn:
        # Expat before 2.8.1 takes time by the square of their number (CVE-2026-45186).
        raise InputError(
            f"the declaration of an attribute of {element[:40]!r} {self.place} is not read, "
            f"because very many of them take very long; save the file without it"
        )


def check_musicxml(data: bytes) -> None:
    """Refuse bytes that are no MusicXML or that would exhaust what parses them.

    Parameters
    ----------
    data : bytes
        A whole file, in any encoding that XML names or marks (UTF-8, UTF-16, Latin-1, ...).

    Raises
    ------
    InputError
        If the file is empty, too large, not well-formed, nested too deep, or declares an entity.

    Examples
    --------
    >>> check_musicxml(b"<score-partwise><part-list/></score-partwise>")
    >>> check_musicxml(b"<html/>")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    melodyai_edu.errors.InputError: the root element is <html>, it must be ...
    """
    if len(data) > limits.MUSICXML_BYTES:
        raise over_limit("bytes", len(data), limits.MUSICXML_BYTES, "split the score")
    if not data.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty: it must hold a MusicXML score")
    if data.startswith(_ZIP_MAGIC):
        raise InputError("the file is a zip archive: give it the suffix .mxl")
    counter = _Counter()
    try:
        for start in range(0, len(data), _BLOCK):
            counter.parser.Parse(data[start : start + _BLOCK], False)
        counter.parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: its encoding
        raise InputError(
            f"not well-formed XML: {str(error)[:120]}; the file is cut off or damaged"
        ) from error


def parse_tree(data: bytes) -> Element:
    """Check the bytes, then build their element tree.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    root : xml.etree.ElementTree.Element
        ``score-partwise`` or ``score-timewise``.

    Raises
    ------
    InputError
        As `check_musicxml`.

    Examples
    --------
    >>> parse_tree(b"<score-partwise><part-list/></score-partwise>").tag
    'score-partwise'
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    check_musicxml(data)
    try:
        root: Element = fromstring(
            data, forbid_dtd=False, forbid_entities=True, forbid_external=True
        )
    except (DefusedXmlException, ParseError, LookupError, ValueError) as error:
        raise InputError(f"not well-formed XML: {str(error)[:120]}") from error
    return root
