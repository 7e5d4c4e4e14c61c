"""What the tests of the studio look at: notes of a score, kinds of widgets."""


def notes(score, bars=None, part=None):
    """List the notes of a score, of some bars [from 1], of a part."""
    length = score.meter.bar_duration
    return [
        (each.name, note)
        for each in score.parts
        for note in each.notes
        if (part is None or each.name == part)
        and (bars is None or (note.onset - score.pickup) // length + 1 in bars)
    ]


def kinds(widget):
    """Name the classes of a widget and of all inside it."""
    yield type(widget).__name__
    for child in getattr(widget, "children", ()):
        yield from kinds(child)
