"""Count the chords of chorales and infer those of dance tunes: composition/data/chord_counts.json.

Run without arguments to rewrite the file (some minutes). Only training tunes are looked at.
"""

from __future__ import annotations

import sys

from melodyai_edu.composition.chord_counts import write_counts
from melodyai_edu.composition.chord_learning import count_chorales, learn_dances
from melodyai_edu.io.corpus import load

ABOUT = (
    "Chords of the training tunes, made by: python tools/build_chord_counts.py. chorale: read on "
    "every beat from Bach's four voices; folk: inferred, twice a bar, for the dance tunes and airs "
    "of oneill, ryan and airds, so counted by their probability. Roots count from the major scale."
)
DANCES = ("oneill", "ryan", "airds")


def main() -> int:
    """Count, infer and write."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    chorales = [tune for tune in load("chorales") if tune.split == "train"]
    counted = {mode: count_chorales(chorales, mode) for mode in ("major", "minor")}
    dances = [t for name in DANCES for t in load(name) if t.split == "train" and t.note_count]
    folk = learn_dances(dances[:most], counted)
    write_counts({"chorale": counted, "folk": folk}, ABOUT)
    print({mode: counts.tunes for mode, counts in folk.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
