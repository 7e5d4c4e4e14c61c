"""Files that must be refused, and odd files that must be read.

Everything is built here, byte by byte; no test and no benchmark needs a file from elsewhere.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

Files = dict[str, tuple[str, bytes]]

END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x50\x60\x80\x3c\x40"  # one quarter of middle C at 96 ticks a quarter


def number(value: int) -> bytes:
    """Give a MIDI number of variable length."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    """Give a MIDI chunk, with a size that may lie."""
    return kind + struct.pack(">I", len(body) if size is None else size) + body


def header(midi_format: int = 0, tracks: int = 1, division: int = 96, more: bytes = b"") -> bytes:
    """Give a MIDI header."""
    return chunk(b"MThd", struct.pack(">HHH", midi_format, tracks, division) + more)


def midi(*tracks: bytes, midi_format: int | None = None, division: int = 96) -> bytes:
    """Give a MIDI file of whole tracks; the event that ends each is added."""
    kind = (len(tracks) > 1) if midi_format is None else midi_format
    chunks = b"".join(chunk(b"MTrk", track + END) for track in tracks)
    return header(kind, len(tracks), division) + chunks


def meta(kind: int, body: bytes, delta: int = 0) -> bytes:
    """Give a MIDI meta event."""
    return number(delta) + bytes([0xFF, kind]) + number(len(body)) + body


GOOD_MIDI = midi(
    meta(3, b"Piece")
    + meta(0x51, (500_000).to_bytes(3, "big"))
    + meta(0x58, b"\x04\x02\x18\x08")
    + meta(0x59, b"\x01\x00"),
    meta(3, b"Flute") + b"\x00\xc0\x49" + NOTE * 8,
    meta(3, b"Bass") + b"\x00\xc1\x20" + NOTE.replace(b"\x90", b"\x91").replace(b"\x80", b"\x81"),
)

GOOD_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"
 "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions>
<key><fifths>0</fifths></key><time><beats>2</beats><beat-type>4</beat-type></time>
<clef><sign>G</sign><line>2</line></clef></attributes>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration><type>quarter</type>
</note><note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>1</duration>
<type>eighth</type></note><note><rest/><duration>1</duration><type>eighth</type></note>
</measure></part></score-partwise>
"""

GOOD_ABC = b"X:1\nT:A tune\nR:jig\nM:6/8\nL:1/8\nK:Dmix\n|:A|d2e f^ed|{c}(3ABc d>e z2:|[1 A3:|\n"

CONTAINER = b"""<?xml version="1.0"?><container><rootfiles>
<rootfile full-path="score.xml"/></rootfiles></container>"""


def mxl(members: dict[str, bytes] | None = None) -> bytes:
    """Give a compressed MusicXML file with the members asked for."""
    members = members or {"META-INF/container.xml": CONTAINER, "score.xml": GOOD_XML}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def bad_midi() -> dict[str, bytes]:
    """Give MIDI files that are damaged, forbidden or too large."""
    two = midi(NOTE, NOTE)
    track = chunk(b"MTrk", NOTE + END)
    tempo = meta(0x51, b"\x07\xa1\x20")
    return {
        "empty": b"",
        "one byte": b"M",
        "only the magic": b"MThd",
        "header cut off": header()[:11],
        "header alone": header(),
        "header of 5 bytes": chunk(b"MThd", b"\0\0\0\1\0") + track,
        "header longer than the file": chunk(b"MThd", b"\0\0\0\1\0\x60", 2**31) + track,
        "wrong magic": b"MThx" + header()[4:] + track,
        "format 3": header(3) + track,
        "format 65535": header(65535) + track,
        "no tracks": header(1, 0) + track,
        "2000 tracks": header(1, 2000) + track * 2000,
        "65535 tracks promised": header(1, 65535) + track,
        "one track missing": header(1, 3) + track * 2,
        "division 0": header(division=0) + track,
        "division of 23 frames": header(division=0xE928) + track,
        "division of 0 parts": header(division=0xE700) + track,
        "cut in the last event": two[:-1],
        "cut in the middle": two[: len(two) // 2],
        "cut behind a delta": header() + chunk(b"MTrk", b"\x00"),
        "cut inside a note": header() + chunk(b"MTrk", b"\x00\x90\x3c"),
        "cut between tracks": header(1, 2) + track,
        "cut inside a chunk header": header(1, 2) + track + b"MTrk\0",
        "no end of track": header() + chunk(b"MTrk", NOTE),
        "empty track": header() + chunk(b"MTrk", b""),
        "events behind the end": header() + chunk(b"MTrk", END + NOTE + END),
        "track size too large": header() + chunk(b"MTrk", NOTE + END, 1000),
        "track size too small": header() + chunk(b"MTrk", NOTE + END, 6),
        "track size 4 GB": header() + chunk(b"MTrk", NOTE + END, 0xFFFFFFFF),
        "number of five bytes": midi(b"\xff\xff\xff\xff\x7f\x90\x3c\x50"),
        "number without an end": midi(b"\x80" * 100),
        "data byte without a status": midi(b"\x00\x3c\x50"),
        "data byte above 127": midi(b"\x00\x90\x3c\xf0"),
        "pitch above 127": midi(b"\x00\x90\xbc\x50"),
        "program above 127": midi(b"\x00\xc0\x80"),
        "undefined status f4": midi(b"\x00\xf4" + NOTE),
        "realtime status f8": midi(b"\x00\xf8" + NOTE),
        "song position f2": midi(b"\x00\xf2\x00\x00" + NOTE),
        "sysex behind the end": midi(b"\x00\xf0\xff\x7f\x00"),
        "meta text behind the end": midi(b"\x00\xff\x01\x83\xff\x7f"),
        "tempo of 0": midi(meta(0x51, b"\0\0\0") + NOTE),
        "tempo of two bytes": midi(meta(0x51, b"\x07\xa1") + NOTE),
        "meter without a denominator": midi(meta(0x58, b"\x04") + NOTE),
        "meter of 0 beats": midi(meta(0x58, b"\x00\x02\x18\x08") + NOTE),
        "key of 8 sharps": midi(meta(0x59, b"\x08\x00") + NOTE),
        "key of mode 2": midi(meta(0x59, b"\x00\x02") + NOTE),
        "key without a mode": midi(meta(0x59, b"\x00") + NOTE),
        "longer than a day": midi(NOTE + meta(1, b"", 0x0FFFFFFF)),
        "a million events and one": midi(b"\x00\x90\x3c\x50" + b"\x00\x3c\x00" * 1_000_001),
        "100001 tempos": midi(tempo * 100_001 + NOTE),
        "11 MB": midi(meta(1, b"x" * 11_000_000) + NOTE),
        "RIFF without data": b"RIFF" + struct.pack("<I", 4) + b"RMID",
        "RIFF with half a file": b"RIFF\xff\0\0\0RMIDdata\xff\0\0\0" + two[:30],
        "zeros": bytes(5000),
        "noise": random.Random(1).randbytes(5000),
        "noise behind a header": header() + random.Random(2).randbytes(5000),
        "text": b"This is not music.\n" * 20,
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "a recording": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(24),
        "MusicXML inside": GOOD_XML,
        "ABC inside": GOOD_ABC,
    }


def _billion_laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    return (
        f'<!DOCTYPE score-partwise [<!ENTITY l0 "ha">{levels}]>'
        "<score-partwise><part-list>&l9;</part-list></score-partwise>"
    ).encode()


def bad_musicxml() -> dict[str, bytes]:
    """Give MusicXML files that are damaged, hostile or too large."""
    external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    deep = b"<a>" * 300 + b"</a>" * 300
    return {
        "empty": b"",
        "only a declaration": b'<?xml version="1.0"?>',
        "cut in the middle": GOOD_XML[: len(GOOD_XML) // 2],
        "cut in the last tag": GOOD_XML.rstrip()[:-1],
        "a web page": b"<!DOCTYPE html><html><body><p>Not found</p></body></html>",
        "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
        "tags crossed": b"<score-partwise><part></score-partwise></part>",
        "billion laughs": _billion_laughs(),
        "external entity": (external + "<score-partwise>&x;</score-partwise>").encode(),
        "attributes declared": GOOD_XML.replace(b'dtd">', b'dtd" [<!ATTLIST note a CDATA "">]>'),
        "300 levels": b"<score-partwise>" + deep + b"</score-partwise>",
        "100000 levels": b"<a>" * 100_000,
        "divisions of 0": GOOD_XML.replace(b"<divisions>2<", b"<divisions>0<"),
        "divisions below 0": GOOD_XML.replace(b"<divisions>2<", b"<divisions>-2<"),
        "divisions in words": GOOD_XML.replace(b"<divisions>2<", b"<divisions>two<"),
        "duration not a number": GOOD_XML.replace(b"<duration>2<", b"<duration>NaN<"),
        "duration without an end": GOOD_XML.replace(b"<duration>2<", b"<duration>Infinity<"),
        "duration of 5000 digits": GOOD_XML.replace(
            b"<duration>2<", b"<duration>" + b"9" * 5000 + b"<"
        ),
        "step H": GOOD_XML.replace(b"<step>C<", b"<step>H<"),
        "octave 99": GOOD_XML.replace(b"<octave>4<", b"<octave>99<", 1),
        "fifths 99": GOOD_XML.replace(b"<fifths>0<", b"<fifths>99<"),
        "beats of 0": GOOD_XML.replace(b"<beats>2<", b"<beats>0<"),
        "no parts": b"<score-partwise><part-list/></score-partwise>",
        "text": b"no music here",
        "UTF-16 without its mark cut": GOOD_XML.decode().encode("utf-16")[:301],
        "noise": random.Random(3).randbytes(5000),
        "zeros": bytes(5000),
    }


def bad_mxl() -> dict[str, bytes]:
    """Give compressed MusicXML files that are damaged, hostile or too large."""
    good = mxl()
    bomb = b"<score-partwise>" + b" " * 70_000_000
    ratio = b"<score-partwise>" + b" " * 20_000_000
    container = {"META-INF/container.xml": CONTAINER}
    loop = CONTAINER.replace(b"score.xml", b"META-INF/container.xml")
    outside = CONTAINER.replace(b"score.xml", b"../../etc/hostname")
    broken = bytearray(good)
    place = good.index(b"score.xml") + 40
    broken[place : place + 20] = bytes(20)
    return {
        "cut in the middle": good[: len(good) // 2],
        "no directory": good[:-22],
        "no members": b"PK\x05\x06" + bytes(18),
        "70 MB of spaces": mxl({**container, "score.xml": bomb}),
        "ratio above 200": mxl({**container, "score.xml": ratio}),
        "1001 members": mxl({**container, **{f"{n}.txt": b"" for n in range(1001)}}),
        "no score": mxl({**container, "readme.txt": b"none"}),
        "container names itself": mxl({"META-INF/container.xml": loop}),
        "container names a path outside": mxl({"META-INF/container.xml": outside}),
        "container is noise": mxl({"META-INF/container.xml": b"\xff\xfe\x00", "a.txt": b"x"}),
        "damaged data": bytes(broken),
        "score is a picture": mxl({**container, "score.xml": b"\x89PNG\r\n"}),
        "zlib without a zip": b"PK\x03\x04" + zlib.compress(GOOD_XML),
    }


def bad_abc() -> dict[str, bytes]:
    """Give ABC files that are damaged or too large."""
    return {
        "empty": b"",
        "spaces": b" \n" * 50,
        "prose": b"Dear reader,\nthis is a letter about nothing at all.\n",
        "a header without a tune": b"X:1\nT:Nothing\n",
        "no key": b"X:1\nM:4/4\nL:1/8\nABcd|\n",
        "unknown key": b"X:1\nM:4/4\nL:1/8\nK:Hxyz\nABcd|\n",
        "meter of 0": b"X:1\nM:0/0\nL:1/8\nK:C\nABcd|\n",
        "unit length of 0": b"X:1\nM:4/4\nL:1/0\nK:C\nABcd|\n",
        "note length over 0": b"X:1\nM:4/4\nL:1/8\nK:C\nA/0B|\n",
        "3 MB": b"X:1\nL:1/8\nK:C\n" + b"ABcd|\n" * 500_000,
        "one line of 70 kB": b"X:1\nL:1/8\nK:C\n" + b"ABcd|" * 14_000 + b"\n",
        "more than 200000 tokens": b"X:1\nL:1/8\nK:C\n" + (b"A" * 500 + b"|\n") * 450,
        "note length of 5000 digits": b"X:1\nL:1/8\nK:C\nA" + b"9" * 5000 + b"|\n",
        "zeros": bytes(5000),
        "noise": random.Random(4).randbytes(5000),
        "MIDI inside": GOOD_MIDI,
    }


def bad_files() -> Files:
    """Give every bad file as ``name: (suffix, bytes)``."""
    groups = {
        ".mid": bad_midi(),
        ".musicxml": bad_musicxml(),
        ".mxl": bad_mxl(),
        ".abc": bad_abc(),
    }
    return {
        f"{suffix[1:]}: {name}": (suffix, data)
        for suffix, files in groups.items()
        for name, data in files.items()
    }


def odd_midi() -> dict[str, tuple[bytes, int]]:
    """Give MIDI files that are odd but legal, each with its number of notes."""
    on, off = b"\x00\x90\x3c\x50", b"\x60\x80\x3c\x40"
    track = chunk(b"MTrk", NOTE + END)
    foreign = chunk(b"XFIH", b"karaoke and the like")
    tail = chunk(b"JUNK", bytes(7))
    sysex = b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7"
    escape = b"\x00\xf7\x03\xf3\x01\x02"
    parts = b"\x00\xf0\x03\x43\x12\x00" + b"\x81\x48\xf7\x02\x43\xf7"
    riff = b"data" + struct.pack("<I", len(midi(NOTE))) + midi(NOTE)
    every = b"".join(bytes([0, 0x90 | channel, 60, 80]) for channel in range(16))
    ends = b"".join(bytes([96, 0x80 | channel, 60, 64]) for channel in range(16))
    named = [meta(kind, b"text") for kind in range(1, 16)]
    return {
        "plain": (midi(NOTE), 1),
        "longer header": (header(more=b"\1\2\3\4\5\6") + track, 1),
        "unknown chunk first": (header() + foreign + track, 1),
        "unknown chunk between": (header(1, 2) + track + foreign + track, 2),
        "unknown chunk last": (header() + track + tail, 1),
        "unknown empty chunk": (header() + chunk(b"\0\0\0\0", b"") + track, 1),
        "bytes behind the last track": (header() + track + b"\0\0\0", 1),
        "RIFF container": (b"RIFF" + struct.pack("<I", len(riff) + 4) + b"RMID" + riff, 1),
        "running status": (midi(on + b"\x60\x3c\x00" + b"\x00\x40\x50\x60\x40\x00"), 2),
        "running status over a delta of four bytes": (
            midi(on + b"\x81\x80\x80\x00\x3c\x00", division=32767),
            1,
        ),
        "running status behind a meta event": (midi(on + meta(1, b"x") + b"\x60\x3c\x00"), 1),
        "note on with velocity 0 ends": (midi(on + b"\x60\x90\x3c\x00"), 1),
        "sysex": (midi(sysex + NOTE), 1),
        "sysex in parts": (midi(parts + NOTE), 1),
        "F7 escape": (midi(escape + NOTE), 1),
        "empty sysex": (midi(b"\x00\xf0\x00" + NOTE), 1),
        "format 1 with a tempo track": (midi(meta(0x51, b"\x07\xa1\x20"), NOTE), 1),
        "format 1 with one track": (midi(NOTE, midi_format=1), 1),
        "format 2": (midi(NOTE, NOTE, midi_format=2), 2),
        "1024 tracks": (midi(*[NOTE] * 1024), 1024),
        "32767 ticks a quarter": (midi(NOTE, division=32767), 1),
        "1 tick a quarter": (midi(b"\x00\x90\x3c\x50\x01\x80\x3c\x40", division=1), 1),
        "25 frames of 40 parts": (midi(NOTE, division=0xE728), 1),
        "24 frames of 4 parts": (midi(NOTE, division=0xE804), 1),
        "29 drop frames of 80 parts": (midi(NOTE, division=0xE350), 1),
        "30 frames of 100 parts": (midi(NOTE, division=0xE264), 1),
        "all sixteen channels": (midi(every + ends), 16),
        "overlap of one pitch": (midi(on + b"\x30\x90\x3c\x50" + off + off), 2),
        "note of no length": (midi(b"\x00\x90\x3c\x50\x00\x80\x3c\x40"), 1),
        "note that nothing ends": (midi(on + meta(1, b"", 96)), 1),
        "note off without a note": (midi(b"\x00\x80\x40\x40" + NOTE), 1),
        "all notes off": (midi(on + b"\x60\xb0\x7b\x00"), 1),
        "drums": (midi(b"\x00\x99\x24\x50\x60\x89\x24\x40"), 1),
        "no notes at all": (midi(b""), 0),
        "every text event": (midi(b"".join(named) + NOTE), 1),
        "unknown meta event": (midi(meta(0x4B, b"???") + NOTE), 1),
        "longer tempo": (midi(meta(0x51, b"\x07\xa1\x20\0") + NOTE), 1),
        "fastest tempo": (midi(meta(0x51, b"\0\0\1") + NOTE), 1),
        "slowest tempo": (midi(meta(0x51, b"\xff\xff\xff") + NOTE), 1),
        "meter of 255/8": (midi(meta(0x58, b"\xff\x03\x18\x08") + NOTE), 1),
        "meter over 2 to the 255th": (midi(meta(0x58, b"\x04\xff\x18\x08") + NOTE), 1),
        "meter inside a bar": (midi(NOTE + meta(0x58, b"\x03\x02\x18\x08") + NOTE * 4), 5),
        "meter between two ticks": (midi(meta(0x58, b"\x03\x02\x18\x08", 1) + NOTE * 9), 9),
        "key of 7 flats": (midi(meta(0x59, b"\xf9\x01") + NOTE), 1),
        "Japanese track name": (midi(meta(3, "笛".encode("shift-jis")) + NOTE), 1),
        "track name of markup": (midi(meta(3, b"<script>alert(1)</script>") + NOTE), 1),
        "zeros behind the end of a track": (header() + chunk(b"MTrk", NOTE + END + b"\0\0"), 1),
        "pitches 0 and 127": (
            midi(b"\x00\x90\x00\x50\x00\x90\x7f\x50\x60\x80\x00\x40\x00\x80\x7f\x40"),
            2,
        ),
        "every controller": (
            midi(b"".join(bytes([0, 0xB0, n, 1]) for n in range(120)) + NOTE),
            1,
        ),
        "pressure and bend": (midi(b"\x00\xa0\x3c\x01\x00\xd0\x40\x00\xe0\0\x40" + NOTE), 1),
        "port and channel prefix": (midi(meta(0x20, b"\x03") + meta(0x21, b"\x01") + NOTE), 1),
    }
