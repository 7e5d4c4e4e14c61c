"""What musicians know of rhythm, melody, harmony and structure: pure functions on scores.

Conventions
-----------
Every fact names its source. Where music21 knows, it does the knowing, through
`melodyai_edu.io`; what decoding needs fast is compiled into tables.

Contents
--------
rhythm, groove.
melody, interval, motif, development, tension.
harmony, naming, progression, voicing, voice_leading, faults, bar_chords, chord_fit.
structure, repetition.
"""
