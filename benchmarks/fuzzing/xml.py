"""Damage that knows XML and MusicXML: elements, attributes, declarations, encodings."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from random import Random
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from fuzzing.damage import Damage, Unfit, word

#: Elements of MusicXML by which a reader may be misled, with a content that fits.
_TAGS = (
    ("note", ""), ("chord", ""), ("rest", ""), ("grace", ""), ("cue", ""), ("duration", "1"),
    ("backup", ""), ("forward", ""), ("voice", "2"), ("staff", "2"), ("staves", "2"),
    ("divisions", "24"), ("time", ""), ("beats", "3"), ("beat-type", "8"), ("senza-misura", ""),
    ("key", ""), ("fifths", "2"), ("mode", "dorian"), ("transpose", ""), ("chromatic", "-2"),
    ("octave-change", "1"), ("tie", ""), ("tied", ""), ("alter", "1.5"), ("octave", "4"),
    ("step", "E"), ("unpitched", ""), ("display-step", "C"), ("time-modification", ""),
    ("actual-notes", "3"), ("normal-notes", "2"), ("repeat", ""), ("ending", ""), ("measure", ""),
    ("measure-repeat", "1"), ("multiple-rest", "4"), ("sound", ""), ("harmony", ""), ("root", ""),
    ("root-step", "C"), ("root-alter", "-1"), ("kind", "major-seventh"), ("bass", ""),
    ("degree", ""), ("degree-value", "9"), ("degree-type", "add"), ("words", "fine"), ("part", ""),
    ("score-part", ""), ("part-list", ""), ("midi-program", "41"), ("midi-channel", "10"),
    ("rehearsal", "A"), ("metronome", ""), ("per-minute", "90"), ("beat-unit", "quarter"),
    ("dot", ""), ("pitch", ""), ("attributes", ""), ("barline", ""), ("direction", ""),
)  # fmt: skip
_ATTRIBUTES = (
    ("id", "P1"), ("number", "1"), ("type", "start"), ("tempo", "90"), ("dynamics", "80"),
    ("times", "2"), ("direction", "backward"), ("implicit", "yes"), ("text", "maj7"),
    ("slash", "yes"), ("print-object", "no"), ("version", "4.0"), ("location", "left"),
)  # fmt: skip


def _tree(data: bytes) -> Element:
    try:
        return fromstring(data)
    except (ParseError, ValueError, LookupError) as error:
        raise Unfit from error


def _bytes(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "utf-8")


def _drawn(root: Element, chance: Random) -> tuple[Element, Element, int]:
    """Draw an element with its parent and its place there."""
    parents = [each for each in root.iter() if len(each)]
    if not parents:
        raise Unfit
    parent = chance.choice(parents)
    place = chance.randrange(len(parent))
    return parent[place], parent, place


def _on_tree(change: Callable[[Element, Element, int, Element, Random], None]) -> Damage:
    def damage(data: bytes, chance: Random) -> bytes:
        root = _tree(data)
        change(*_drawn(root, chance), root, chance)
        return _bytes(root)

    return damage


def _remove(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    parent.remove(one)


def _double(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    for _ in range(chance.choice((1, 1, 3, 50))):
        parent.insert(place, deepcopy(one))


def _move(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    parent.remove(one)
    there = chance.choice(list(root.iter()))
    there.insert(chance.randrange(len(there) + 1), one)


def _nest(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    for _ in range(chance.choice((1, 5, 100, 230, 260, 400))):
        outer = Element(one.tag, one.attrib)
        outer.append(one)
        one = outer
    parent[place] = one


def _rename(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    one.tag = chance.choice((chance.choice(_TAGS)[0], chance.choice(list(root.iter())).tag))


def _say(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    """Have an element that holds text hold another."""
    with_text = [each for each in root.iter() if not len(each)]
    chance.choice(with_text or [one]).text = _legal(word(chance))


def _attribute(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    name, value = chance.choice(_ATTRIBUTES)
    known = [each for each in root.iter() if each.attrib]
    if known and chance.random() < 0.6:
        one = chance.choice(known)
        name = chance.choice(list(one.attrib))
    one.set(name, value if chance.random() < 0.3 else _legal(word(chance)))


def _add(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    tag, text = chance.choice(_TAGS)
    new = Element(tag)
    new.text = text if chance.random() < 0.6 else _legal(word(chance))
    parent.insert(place, new)
    if chance.random() < 0.3:
        inner, said = chance.choice(_TAGS)
        SubElement(new, inner).text = said


def _measures(one: Element, parent: Element, place: int, root: Element, chance: Random) -> None:
    """Repeat whole bars, or set repeats and endings around them."""
    bars = list(root.iter("measure"))
    if not bars:
        raise Unfit
    bar = chance.choice(bars)
    line = SubElement(bar, "barline")
    SubElement(
        line, "repeat", direction=chance.choice(("forward", "backward")), times=word(chance)[:9]
    )
    SubElement(line, "ending", number=chance.choice(("1", "2", "1,2", "x")), type="start")


def _legal(text: str) -> str:
    """Leave out what XML cannot hold, so that the damage is another one."""
    return "".join(letter for letter in text if letter >= " " and letter not in "\ufeff\x7f")


# -- the text around the elements


def _doctype(data: bytes, chance: Random) -> bytes:
    """Declare things: entities, many attributes, many elements, another file."""
    many = chance.choice((3, 100, 3_000, 30_000))
    inside = chance.choice(
        (
            '<!ENTITY a "b">',
            '<!ENTITY % a "b"> %a;',
            '<!ENTITY a SYSTEM "file:///etc/hostname">',
            '<!NOTATION n SYSTEM "n">',
            "<!ATTLIST note " + " ".join(f'a{n} CDATA ""' for n in range(many)) + ">",
            "".join(f"<!ELEMENT e{n} ANY>" for n in range(many)),
            "<!ELEMENT a " + "(" * many + "b" + ")" * many + ">",
            "<!--" + "x" * many + "-->",
            "<?target " + "x" * many + "?>",
        )
    )
    end = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    head, rest = data[:end], data[end:]
    if (place := rest.find(b"<!DOCTYPE")) >= 0:
        rest = rest[:place] + rest[rest.find(b">", place) + 1 :]
    return head + f"<!DOCTYPE score-partwise [{inside}]>".encode() + rest


def _encoding(data: bytes, chance: Random) -> bytes:
    """Write the text in another encoding than it says, or say another."""
    text = data.decode("utf-8", "replace")
    names = (
        "utf-16",
        "utf-16-be",
        "utf-32",
        "latin-1",
        "utf-8-sig",
        "cp1252",
        "shift-jis",
        "utf-7",
    )
    name = chance.choice(names)
    stated = chance.choice((*names, "x" * 300, "base64", "idna", "undefined", "UTF-8", "ebcdic-us"))
    if chance.random() < 0.7:
        text = text.replace('encoding="UTF-8"', f'encoding="{stated}"', 1)
    return text.encode(name, "replace")


def _markup(data: bytes, chance: Random) -> bytes:
    """Put markup that is no element somewhere."""
    new = chance.choice(
        (
            b"<![CDATA[ ]]>", b"<!-- -->", b"<?a b?>", b"&amp;", b"&#0;", b"&#x10FFFF;", b"&a;",
            b"&#99999999999;", b"<a b='1' b='2'/>", b"<x:a/>", b"]]>", b"\0", b"\xff\xfe", b"<",
            b"<a " + b" ".join(b"b%d='1'" % n for n in range(3_000)) + b"/>",
            b"<a b='" + b"x" * 200_000 + b"'/>", b"<" + b"y" * 200_000 + b"/>",
            b"<a xmlns='urn:x'/>", b"<xi:include href='a' xmlns:xi='x'/>",
        )
    )  # fmt: skip
    places = [n + 1 for n, byte in enumerate(data) if byte == 0x3E]
    place = (
        chance.choice(places) if places and chance.random() < 0.8 else chance.randrange(len(data))
    )
    return data[:place] + new + data[place:]


WAYS: tuple[Damage, ...] = (
    *map(_on_tree, (_remove, _double, _move, _nest, _rename, _say, _say, _say)),
    *map(_on_tree, (_attribute, _attribute, _add, _add, _measures)),
    _doctype,
    _encoding,
    _markup,
)
