"""Damage that knows texts: JSON, TOML, tables (CSV) and ABC."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from fuzzing.damage import Damage, Unfit, number, plain, replaced, word

# -- JSON


def _value(chance: Random) -> Any:
    """Draw a value that nobody expects."""
    return chance.choice(
        (
            None, True, False, "", [], {}, [[]], {"": None}, number(chance), -number(chance),
            word(chance), word(chance), float("nan"), float("inf"), 1e308, -0.0, 0.5, 10**400,
            "\ud800", "x" * 10_000, [0] * 1_000, {str(n): n for n in range(100)}, [[[1]]],
            {"a": {"b": {"c": 1}}}, ["jig"], _deep(chance.choice((40, 70, 900))),
        )
    )  # fmt: skip


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """List all places in a value, as (container, key)."""
    found: list[tuple[Any, Any]] = []
    open_ones = [value]
    while open_ones:
        one = open_ones.pop()
        inside = one.items() if isinstance(one, dict) else enumerate(one)
        for key, each in inside:
            found.append((one, key))
            if isinstance(each, (dict, list)):
                open_ones.append(each)
    return found


def _json(data: bytes) -> Any:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unfit from error
    if not isinstance(value, (dict, list)) or not value:
        raise Unfit
    return value


def json_value(data: bytes, chance: Random) -> bytes:
    """Change, drop, rename, double or swap something in a JSON value."""
    value = _json(data)
    places = _places(value)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        holder, key = chance.choice(places)
        other, there = chance.choice(places)
        way = chance.randrange(6)
        try:
            if way <= 2:
                holder[key] = _value(chance)
            elif way == 3:
                del holder[key]
            elif way == 4:
                holder[key] = json.loads(json.dumps(other[there]))
            elif isinstance(holder, dict):
                holder[word(chance)] = holder.pop(key)
            else:
                many = 3 if isinstance(holder[key], (dict, list)) else 2_000
                holder[key:key] = [holder[key]] * chance.choice((1, 3, many))
        except (KeyError, IndexError, TypeError):
            continue
    return _dumped(value)


def _dumped(value: Any) -> bytes:
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError) as error:
        raise Unfit from error


def json_text(data: bytes, chance: Random) -> bytes:
    """Write what JSON does not have, or has once."""
    text = data.decode("utf-8", "surrogateescape")
    keys = re.findall(r'"[^"\\]*" *:', text)
    levels = chance.choice((60, 70, 500, 1_100, 20_000, 200_000))
    changed = (
        lambda: text.replace(
            "{", "{" + chance.choice(keys or ['"a":']) + json.dumps(word(chance)) + ",", 1
        ),
        lambda: "[" * levels + "]" * levels,
        lambda: '{"a":' * levels + "1" + "}" * levels,
        lambda: text[:-1] + ', "more": ' + "[" * levels + "]" * levels + "}",
        lambda: text + text,
        lambda: "\ufeff" + text,
        lambda: re.sub(r"\d+", lambda _: word(chance), text, count=1),
        lambda: re.sub(
            r'"[^"]*"',
            lambda _: '"' + chance.choice(("\\u0000", "\\ud800", "\\x", "a\nb")) + '"',
            text,
            count=2,
        ),
        lambda: text.replace(",", ",,", 1),
        lambda: chance.choice(("null", "1", '"text"', "[]", "{}", "", "NaN", "9" * 5_000, "[1")),
        lambda: text.replace('"', "'"),
    )
    written = chance.choice(changed)()
    encoding = chance.choice(("utf-8",) * 8 + ("utf-16", "latin-1"))
    return written.encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")


JSON: tuple[Damage, ...] = (json_value,) * 4 + (json_text,)


def checked(ways: tuple[Damage, ...], sign: Callable[[dict[str, Any]], None]) -> tuple[Damage, ...]:
    """Have JSON that was changed signed again, so that a checksum does not hide the change."""

    def signed(data: bytes, chance: Random) -> bytes:
        changed = chance.choice(ways)(data, chance)
        try:
            value = _json(changed)
            if isinstance(value, dict) and chance.random() < 0.85:
                sign(value)
                return _dumped(value)
        except (Unfit, ValueError, TypeError):
            pass
        return changed

    return (signed,)


# -- lines


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").split("\n")


def _joined(lines: list[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def line(data: bytes, chance: Random) -> bytes:
    """Drop, double, move or join lines."""
    lines = _lines(data)
    place, there = chance.randrange(len(lines)), chance.randrange(len(lines))
    one = lines[place]
    new = chance.choice(
        ((), (one, one), (one,) * 1_500, (lines[there], one), (one + lines[there],), (one, ""))
    )
    changed = replaced(lines, place, *new)
    return _joined(changed).replace(b"\n", chance.choice((b"\n",) * 8 + (b"\r", b"\r\n", b"\0\n")))


def word_in(data: bytes, chance: Random) -> bytes:
    """Put another word in the place of a number or a word."""
    text = data.decode("utf-8", "surrogateescape")
    found = list(re.finditer(r"[0-9]+(?:[./][0-9]+)?|[^\W\d_]+", text))
    if not found:
        raise Unfit
    one = chance.choice(found)
    new = chance.choice((word(chance), chance.choice(found)[0], str(chance.randrange(1, 20))))
    return (text[: one.start()] + new + text[one.end() :]).encode("utf-8", "surrogateescape")


LINES: tuple[Damage, ...] = (line, word_in, word_in, plain)

# -- TOML


def toml(data: bytes, chance: Random) -> bytes:
    """Write what TOML allows and nobody expects."""
    levels = chance.choice((10, 100, 2_000, 30_000))
    new = chance.choice(
        (
            "a = " + "[" * levels + "]" * levels, "a" + ".a" * levels + " = 1",
            "a = " + "{a=" * levels + "1" + "}" * levels, "[a" + ".a" * levels + "]",
            "a = 1979-05-27T07:32:00Z", "a = nan", "a = 0x" + "f" * levels, "a = '''\n\0'''",
            'a = "\\U00110000"', "[[groove]]", "[groove]", "[groove.drums]", "voices = 1e400",
            "port = " + "9" * levels, "host = [1]", "main = [1]", "main = ['']", "[[a]]\n[a]",
            f"{word(chance)!r} = 1", "\n".join(f"k{n} = {n}" for n in range(levels % 5_000)),
            f'main = ["{word(chance)[:40]} chord {word(chance)[:40]} {word(chance)[:9]}"]',
        )
    )  # fmt: skip
    lines = _lines(data)
    place = chance.randrange(len(lines) + 1)
    return _joined([*lines[:place], new, *lines[place:]])


TOML: tuple[Damage, ...] = (*LINES, word_in, toml, toml)

# -- tables


def cell(data: bytes, chance: Random) -> bytes:
    """Change what a cell of a table holds."""
    cells = re.split(rb"(,|\n)", data)
    place = chance.randrange(len(cells))
    new = chance.choice(
        (
            word(chance), '"', '""', '"a\nb"', "," * 100, '"' + "x" * 70_000 + '"', "\0", "\r",
            '"' + word(chance).replace('"', "") + '"', "=1+1", "'", "60 " * 21_000, "[60, 62]",
            json.dumps(_value(chance)) if chance.random() < 0.9 else "{}", "\ud800",
        )
    )  # fmt: skip
    return b"".join(replaced(cells, place, new.encode("utf-8", "surrogatepass")))


def json_cell(data: bytes, chance: Random) -> bytes:
    """Change the JSON that a cell of a table of ratings holds."""
    found = list(re.finditer(rb'"(?:[^"]|"")*"', data))
    if not found:
        raise Unfit
    one = chance.choice(found)
    value = one[0][1:-1].replace(b'""', b'"')
    changed = chance.choice(JSON)(value, chance).replace(b'"', b'""')
    return data[: one.start()] + b'"' + changed + b'"' + data[one.end() :]


CSV: tuple[Damage, ...] = (*LINES, cell, cell, cell)

# -- ABC

_FIELDS = (
    "X:1", "X:0", "X:", "T:Title", "C:Me", "R:jig", "M:4/4", "M:6/8", "M:2+3/8", "M:C|", "M:none",
    "M:0/4", "M:4/0", "M:99999/8", "L:1/8", "L:1/0", "L:1/16384", "L:99", "Q:1/4=120", "Q:0",
    "Q:1/4 3/8=99999", "Q:\"fast\"", "K:C", "K:Hp", "K:none", "K:F# lydian exp ^c _b",
    "K:C clef=bass", "K:Cmaj transpose=99", "V:1", "V:2 clef=bass", "V:" + "9" * 50, "P:A",
    "P:(AB)9A", "P:((((A)9)9)9)9", "m: ~n2 = (3o/n/m/ n", "U: T = !trill!", "w: la la-la __ *",
    "W: words", "I:linebreak $", "%%MIDI program 73", "%%score (1 2)", "%%abc-include x",
    "s: * !f!", "N:note", "+:more",
)  # fmt: skip
_TOKENS = (
    "A", "b", "^c'", "_D,", "=e", "^^F", "__g", "z", "Z4", "x2", "y", "A2", "A/", "A//",
    "A/////////", "A3/2", "A0", "A/0", "A99999", "A" + "9" * 30, "A1/16384", "(3", "(3:2:3",
    "(9:99:99", "(0", "(2:0:1", "(3:2:999999", "|", "||", "|]", "[|", "|:", ":|", "::", ":|:",
    "|:|:|:", ":|2", "[1", "[2", "[1,2-5", "[1-999999999", "[9999", "[CEG]", "[CEG]2", "[C2E3]",
    "[]", "[", "]", '"Am7"', '"^text"', '"', '"Hx"', '"C/G"', "{ag}", "{/a}", "{", "}", "!trill!",
    "!", "+fff+", "~", "T", "&", "&&", "(", ")", "-", "A-A", "A-", "<", ">", "A>>>b", "A<b",
    "[K:G]", "[M:3/4]", "[L:1/0]", "[V:1]", "[V:2]", "[Q:1/4=5]", "[r:x]", "[I:x]", "\\", "\\\n",
    "`", "$", "*", ";", "%", "\x00", "é", ".", "A,,,,,,,,,,", "c''''''''''", "\t",
)  # fmt: skip


def abc_body(data: bytes, chance: Random) -> bytes:
    """Put words of the notation into a line, or repeat one many times."""
    lines = _lines(data)
    place = chance.randrange(len(lines))
    one = lines[place]
    new = [chance.choice(_TOKENS) for _ in range(chance.choice((1, 1, 2, 5, 40)))]
    new *= chance.choice((1, 1, 1, 1, 3, 500))
    there = chance.randrange(len(one) + 1)
    return _joined(replaced(lines, place, one[:there] + "".join(new) + one[there:]))


def abc_field(data: bytes, chance: Random) -> bytes:
    """Put a field somewhere, or another value into one."""
    lines = _lines(data)
    place = chance.randrange(len(lines) + 1)
    new = chance.choice(_FIELDS)
    if chance.random() < 0.3:
        new = new[:2] + word(chance).replace("\n", " ")
    return _joined([*lines[:place], new, *lines[place:]])


def abc_tune(data: bytes, chance: Random) -> bytes:
    """Make a tune of nothing but words of the notation, in place of the file."""
    head = ["X:1", "M:4/4", "L:1/8", *chance.choices(_FIELDS, k=chance.randrange(4)), "K:C"]
    body = [
        " ".join(chance.choices(_TOKENS, k=chance.choice((3, 20, 100))))
        for _ in range(chance.choice((1, 3, 12)))
    ]
    return _joined([*head, *body, ""])


ABC: tuple[Damage, ...] = (*LINES, abc_body, abc_body, abc_body, abc_field, abc_field, abc_tune)
