"""music21's streams to `Score` and back, by way of MusicXML.

Conventions
-----------
What MusicXML carries arrives, as ``docs/formats.md`` lists it. music21's parser reads text of our
own making only; nothing is unpickled and no file is touched.

Contents
--------
to_music21, from_music21
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.score import Score

if TYPE_CHECKING:
    from music21.stream import Score as StreamScore
    from music21.stream import Stream

__all__ = ["from_music21", "to_music21"]


def to_music21(score: Score) -> StreamScore:
    """Give a score as a music21 stream.

    Parameters
    ----------
    score : Score
        With at least one part.

    Returns
    -------
    stream : music21.stream.Score

    Raises
    ------
    OutputError
        If the score has no part.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> stream = to_music21(Score.of_melody(Melody.from_events([(66, 24), (69, 24)])))
    >>> [note.nameWithOctave for note in stream.flatten().notes]
    ['F#4', 'A4']
    """
    from music21.musicxml import xmlToM21

    module: Any = xmlToM21  # it is not annotated
    stream: StreamScore = module.MusicXMLImporter().xmlRootToScore(fromstring(musicxml_text(score)))
    return stream


def from_music21(stream: Stream[Any]) -> Score:
    """Give a music21 stream as a score.

    Parameters
    ----------
    stream : music21.stream.Stream
        A score, a part, a measure or any other stream of notes.

    Returns
    -------
    score : Score

    Raises
    ------
    ParameterError
        If it is no stream.
    InputError
        If music21 cannot write it down, or it holds no music.

    Examples
    --------
    >>> from music21 import converter
    >>> stream = converter.parse("tinyNotation: 3/4 c4 d e f2.")
    >>> [note.pitch_name for note in from_music21(stream).parts[0].notes]
    ['C4', 'D4', 'E4', 'F4']
    """
    from music21.musicxml.m21ToXml import GeneralObjectExporter
    from music21.stream import Stream as AnyStream

    if not isinstance(stream, AnyStream):
        raise ParameterError(f"stream={stream!r:.60} must be a music21 stream")
    try:
        data = GeneralObjectExporter(stream).parse()
    except Exception as error:  # music21 fails in many ways on odd streams
        raise InputError(f"music21 cannot write this stream as MusicXML: {error!r}") from error
    return parse_musicxml(data)
