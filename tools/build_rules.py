"""Write docs/rules.md, the list of all rules, from the rules themselves.

Run without arguments to rewrite the page, with ``--check`` to fail if it is out of date.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from melodyai_edu.constraints import rules

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
HEAD = '''# Rules: what a piece can be held to

A rule holds in every piece, whatever the model believes. It is written as its name, or as `name=value`:

- in a program or notebook, `mai.compose(genre="jig", rules=["in_key", "max_leap=9"])`, and
  `mai.harmonise(melody, rules=[...])` for those of harmony, `mai.harmonise(melody, style="folk", rules=[...])` for
  those of chords (folk, pop, jazz);
- on the command line, `melodyai compose --rule in_key --rule "max_leap=9"`, `melodyai harmonise FILE --rule ...`;
- bars of a file, `melodyai compose --of FILE --regenerate 5-8`, or `--rule locked=1-4` for the rest: what is locked keeps
  its notes, in the key and meter of the file (one voice, one note at a time);
- `mai.rules()` and `melodyai rules` list them.

A beginning of your own is `fixed=1.1: D4 1/8 E4 1/8 F#4 1/4`. Bars composed anew (`regenerate=(5, 8), of=piece`) leave
every note outside as it is, a pickup as well; a form that ties them to bars outside is given up, and
`piece.facts` says which rules are kept and which are not. In a section with a key of its own (`section_key=`) that key counts for
`cadence`, `scale`, degrees, chords and leading tones as well.

Temperature is a field of a request. Other ways to draw (`top_k`, `top_p`, a beam, exact sampling, batches of a network) are
parts of `melodyai_edu.decoding`, for programs that compile their rules themselves.

Bars and beats count from 1. A note value is a fraction of a whole note, `1/8`; a rest has an `r` before it, `r1/4`.
Rests are passed over by the rules of melody: the note before is the last one that sounded. Rules that cannot be
kept together are refused before a note is drawn, and the message names a smallest set of them. `piece.why(bar, beat)`
says for a note what was legal there and which rule forbade each of the others. [How it works](decisions/06-rules-as-automata.md).

A rule of your own is a class with one method:

```python
import melodyai_edu as mai


class NoRepeatedNotes(mai.Rule):
    """No note sounds twice in a row."""

    name = "no_repeated_notes"

    def follows(self, previous, pitch, slot):
        return previous != pitch


mai.compose(genre="jig", rules=[NoRepeatedNotes()])
```
'''


def _cell(text: str) -> str:
    return text.replace("|", "\\|")  # a bar would end the cell


def page() -> str:
    """Build the page."""
    parts = [HEAD]
    for layer, facts in groupby(rules(), key=lambda fact: fact.layer):
        parts.append(f"\n## {layer.capitalize()}\n\n| rule | says |\n|---|---|")
        parts += [f"| `{_cell(fact.example)}` | {_cell(fact.sentence)} |" for fact in facts]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Rewrite the page, or compare it."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != page():
            print("docs/rules.md is out of date: run python tools/build_rules.py")
            return 1
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
