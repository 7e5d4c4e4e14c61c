# %% [markdown]
# # Lesson 01: Music as data
#
# | | |
# |---|---|
# | **The learner can** | move between MIDI, MusicXML, ABC, notes and tokens, and say what each of them loses |
# | **Needs** | lesson 00 |
# | **Minutes** | 35 |
# | **CPU seconds** | 3 on two cores, measured for the whole notebook |
# | **Data** | *O'Neill's Music of Ireland* (1903), in the public domain; its card is `datasets/oneill/card.md` |
# | **If you play, but do not program** | Read what the cells of section 3 print and skip how; exercise 1.1 is the gentlest. Lists, loops and `def`: [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | Section 3 is home ground, you may skim it. Before section 2 take [Read music in ten minutes](../docs/reading_music.md): sharps, ties and dots are there |
#
# A machine cannot hear. Before it can learn from a tune, the tune has to become data: numbers and words. There are several
# ways to do that, each made by people who wanted something else from it, and each leaves something out. In this lesson
# you take one tune through all of them, and find out what is lost on the way.
#
# ## 1. Hear it
#
# *Drowsy Maggie* is a reel, and one of the best known tunes in Irish music. It was printed in Chicago in 1903, in a
# book of 1,850 tunes. Francis O'Neill, the city's chief of police, had collected them from the players around him, and a
# friend with a good ear, James O'Neill, wrote down what they played. Turning sound into data was a craft
# long before there were computers.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import melodyai_edu as mai
from melodyai_edu.io.comparison import differences, round_trip
from melodyai_edu.score import Dynamic, Key, Melody, Meter, Note, Part, Score
from melodyai_edu.tokens import decode, encode

tune = next(tune for tune in mai.load("oneill") if tune.title == "Drowsy Maggie")
mai.show(tune.score)

# %% [markdown]
# You have just met three ways to give the same tune to people: as **print** for those who read music, as a **piano
# roll** for those who do not, and as **sound** for everybody. In this lesson there are four more, for machines:
#
# - **MIDI** was made in 1983 to let a keyboard play another maker's synthesiser. It says which key goes down, how
#   hard, and when it comes up again. It is a protocol of hands.
# - **MusicXML** was made around 2000 to move printed music from one notation program to another. It says how the page
#   looks: which note is tied, how it is spelled, where the bar lines stand. It is a protocol of eyes.
# - **ABC** was made around 1990 for folk musicians, who sent each other tunes by e-mail. A tune is a few lines of
#   letters that you can type yourself.
# - **Tokens** are what a language model reads: one short word after the other, from a fixed list.
#
# In the middle of them all stands the **note**, as you met it in lesson 00: an onset, a duration, a pitch, a spelling.
# Everything in this package is read *into* notes and written *out of* notes.
#
# ## 2. Predict
#
# F sharp (a semitone above F) and G flat (a semitone below G) are the same key on a piano. (That is a key for a finger. The
# key *of a piece* is its home; the two have nothing but the word in common.) A composer who writes the one and not the other
# says where the music is going: F sharp wants to rise to G, G flat wants to sink to F. Which of the formats above forgets
# which of the two it was?

# %%
mai.predict("1.1")

# %% [markdown]
# To find out, we need a score that has a little of everything: a G flat where F sharp would be usual, a note that is
# written as two with a bow, a *tie*, between them, a loud note, the mark *p* for "softly", an instrument, a title. The function
# `round_trip` writes the score to a file, reads the file again, and hands over what came back; `differences` names
# what is no longer the same.

# %% tags=["nbval-check-output"]
notes = (
    Note(0, 24, 66, "Gb"),
    Note(24, 72, 67, ties=(24,)),
    Note(96, 96, 72, velocity=110),
)
flute = Part(notes, name="Flute", program=73, dynamics=(Dynamic(0, "p"),))
everything = Score((flute,), title="A little of everything", composer="Me")

for suffix in (".mid", ".musicxml", ".abc"):
    back = round_trip(everything, suffix)
    print(f"{suffix:10} loses", differences(everything, back) or "nothing")

# %% [markdown]
# There it is. A MIDI file holds the number 66 and nothing else: the spelling is gone, and whoever opens the file has to
# guess it from the key. It has no ties, for a hand that holds a key down does not know how the note is written; and no
# *p*, only how hard each key was struck. ABC is the other way round: it keeps what is printed, and forgets how hard.
# MusicXML keeps all of it, at a price. Let us write Drowsy Maggie in each format, and weigh the files.

# %% tags=["nbval-check-output"]
for suffix in (".mid", ".musicxml", ".mxl", ".abc"):
    mai.write(tune.score, f"my_maggie{suffix}")
    assert mai.read(f"my_maggie{suffix}") == tune.score  # nothing is lost: it asks for little
    print(f"{suffix:10} {Path(f'my_maggie{suffix}').stat().st_size:6} bytes")

# %% [markdown]
# (An `.mxl` file is the same MusicXML, zipped.) Now open them, and look for the very first note, a quarter note E:

# %% tags=["nbval-check-output"]
midi = Path("my_maggie.mid").read_bytes()
place = midi.find(144)
print("MIDI:", list(midi[place : place + 3]))

xml = Path("my_maggie.musicxml").read_text()
print("MusicXML:", xml[xml.find("<note>") : xml.find("</note>")].rstrip())

print("ABC:", *Path("my_maggie.abc").read_text().splitlines()[1:8], sep="\n")

# %% [markdown]
# - **MIDI** says it in three numbers: 144, *a key goes down*; 64, *this key*; 80, *this hard*. When it comes up again is
#   said later. There is no "quarter note" in there: that is for the reader to work out.
# - **MusicXML** says it in words: a letter, an octave, a duration, the look of the note.
# - **ABC** says `E2`. The lines before it are a number (`X`), the title (`T`), the meter (`M`), the unit of length (`L`,
#   an eighth), the tempo (`Q`) and the key (`K`). Capital letters are low notes, small letters are high ones, `^` before
#   a letter makes it sharp, `_` flat, `E2` is two units long, `|` is a bar line. Follow the first line with a finger
#   while you listen again: after ten minutes most people can sing from it.
#
# ## 3. Run: from notes to tokens
#
# How do you say a melody in words? Here is the beginning of *Frère Jacques*, as pairs of pitch and duration. You count in
# ticks since lesson 00: 24 are a quarter note, 12 an eighth. A dot after a note makes it longer by half, so a dotted
# quarter has 36.

# %%
song = [(60, 24), (62, 24), (64, 24), (60, 24)] * 2 + [(64, 24), (65, 24), (67, 48)] * 2
melody = Melody.from_events(song)
score = Score.of_melody(melody, meter=Meter(4, 4), key=Key("C"), title="Frère Jacques")
mai.show(score, ["player"])

# %% [markdown]
# Three steps turn it into tokens. Each token has the form `Type_Value`, so that you can read it aloud.

# %% tags=["nbval-check-output"]
tokens = []
for note in melody.notes:
    # Step 1: a bar line wherever a bar begins (a bar of 4/4 has 96 ticks)
    if note.onset % 96 == 0:
        tokens.append("Bar_line")
    # Step 2: how long the note lasts
    tokens.append(f"Duration_{note.duration}")
    # Step 3: which note it is; the tonic is always called 60
    tokens.append(f"Pitch_{note.pitch}")
print(tokens[:9])

# %% [markdown]
# As a picture: the first two bars as a model reads them. Bar lines stand in grey, durations beside them, and pitches
# above, as high as they sound.

# %%
figure, axes = plt.subplots(figsize=(10, 2.8))
for place, token in enumerate(tokens[:18]):
    kind, value = token.split("_")
    height = 1.6 + (int(value) - 60) / 8 if kind == "Pitch" else 0.5
    colour = {"Bar": "0.85", "Duration": "#a6cee3", "Pitch": "#fdbf6f"}[kind]
    axes.text(place, height, token, rotation=90, ha="center", va="center", backgroundcolor=colour)
axes.set(xlim=(-1, 18), ylim=(0, 2.6), title="Frère Jacques in tokens")
axes.axis("off")
mai.picture("Eighteen tokens from left to right: " + " ".join(tokens[:18]))

# %% [markdown]
# The package's own `encode` does the same, and puts four tokens in front: what kind of piece this is, in which meter
# and mode (major or minor), and how many bars long. A model that has read those can be *asked* for a jig of 16 bars. At the very end
# stands a token that says that the piece is over.

# %% tags=["nbval-check-output"]
encoding = encode(score)
assert encoding.tokens[4:-1] == tuple(tokens)
print(encoding.tokens[:4], "...", encoding.tokens[-1])
print("tokens lose", differences(everything, decode(encode(everything))))

# %% [markdown]
# So our tokens are the most forgetful of all. They keep what comes when, and drop who plays it, how loud, how it is
# spelled and what it is called. That was decided by people, for a purpose: the less there is to learn, the fewer tunes
# it takes. Two of the decisions deserve a second look.
#
# **The tonic is always 60.** The same song in F major has other pitches but the same tokens. We forget the key on
# purpose, for a listener forgets it too: you recognise a song at any height. A model that need not learn everything
# twelve times learns faster. The key itself is kept beside the tokens, to bring the song home again.
#
# **A rest and a long note are events like others.** `Pitch_rest` is a silence, and `Pitch_hold` lets the last note
# ring on, over a bar line for example. So the durations in a bar always add up to the bar, and a machine that can add
# never gets lost in it.
#
# ## 4. Investigate: move the song
#
# One argument: the number of semitones by which the song is moved. Run the cell, then drag the slider to 0, to 12, to -3, to
# 1. Watch the pitch, the tokens, the score and the roll, and press *Play*.


# %%
def moved(semitones):
    key = Key("C").transposed(semitones)
    return Score.of_melody(melody.transposed(semitones, key), key=key, title=key.name)


def look(semitones):
    there = moved(semitones)
    words = f"{there.key.name}, first pitch {there.parts[0].notes[0].pitch}; "
    words += f"the same tokens as before? {encode(there).tokens == encoding.tokens}"
    return words, mai.show(there, ["score", "player"])


mai.explore(look, semitones=[5, *range(-12, 13)])

# %% [markdown]
# The printed page changes its key signature (the sharps or flats at the beginning of each line), the roll moves up or down,
# the sound is higher or lower; and the tokens stay as they are. What does *that* lose? Some musicians will say: the colour of
# a key, the open strings of a fiddle. They are right. Every way of writing music down is a decision about what matters.
#
# ### Who is in the books, and who is missing
#
# So is every choice of tunes. The machines of this course learn from four collections: O'Neill's with 2,009 (its 1,850
# tunes, some of them twice), Aird's (from 1782) with 1,180, Ryan's (1883) with 1,058, and 365 chorales by Bach. In the three
# books of tunes music is one line of notes; in the chorales it is four voices. Taken together, four pieces in five are in
# major. Ornaments, words and loudness were left out when the files were compiled, as the cards say. No blues, no
# raga, no drum, nothing of the last hundred years. Editors chose; of most of the players who had made a tune theirs no name
# is left. And the books carry their time along: Ryan's *Old Zip Coon* comes from a stage on which white men with blackened
# faces made fun of Black people.
#
# None of that shows in a token, and all of it is in what a model will call likely. *To discuss:* whose music around
# you could not be said in these tokens at all?
#
# ## 5. Modify
#
# **Exercise 1.1.** A pitch name such as `A4` is a letter and an octave. Write a function that gives the MIDI number of a
# letter without sharps and flats. Middle C is `C4` and has the number 60; each octave has twelve semitones. The distances
# above C are in the dictionary.

# %%
above_c = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def midi_number(letter, octave):
    # solution 1.1
    return 60 + 12 * (octave - 4) + above_c[letter]


# %% tags=["nbval-check-output"]
mai.check("1.1", midi_number)

# %% [markdown]
# **Exercise 1.2.** Now the way back: from tokens to notes. Write a function that takes a list of tokens, as above, and gives
# a list of pairs (pitch, duration). Bar lines give nothing. `token.split("_")` cuts a token into its type and its
# value, and `int("24")` makes a number of the text.


# %%
def notes_of(tokens):
    # solution 1.2
    events, duration = [], 0
    for token in tokens:
        kind, value = token.split("_")
        if kind == "Duration":
            duration = int(value)
        elif kind == "Pitch":
            events.append((int(value), duration))
    return events


# %% tags=["nbval-check-output"]
mai.check("1.2", notes_of)

# %% [markdown]
# **Exercise 1.3.** A *round-trip check* is the best friend of everybody who moves data about. Write a function that takes a
# score and a list of suffixes such as `".mid"`, and gives the list of those that bring *every note* back: the word
# `"notes"` is not among the differences after the round trip.


# %%
def keeps_the_notes(score, suffixes):
    # solution 1.3
    return [
        suffix
        for suffix in suffixes
        if "notes" not in differences(score, round_trip(score, suffix))
    ]


# %% tags=["nbval-check-output"]
mai.check("1.3", keeps_the_notes)

# %% [markdown]
# ## 6. Make: a phrase of your own
#
# Write four bars of your own, or eight, as pairs of pitch and duration (`None` for a rest), and send them round all formats.
# You may begin with the line below, which is in 3/4 (three quarters, 72 ticks a bar), and change it until it is yours. Play
# it after each change: an ear finds faults that an eye does not.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **The bars add up** | a bar is too long or too short | every bar has 72 ticks | and some notes cross the beat |
# | **It is a phrase** | any notes in any order | it rises and falls | it asks, then answers |
# | **You know what is lost** | "MIDI loses things" | you can name what | you can say for whom it matters |

# %%
mine = [(67, 24), (71, 24), (74, 24), (76, 48), (74, 24), (72, 36), (71, 12), (69, 24), (67, 72)]
own = Score.of_melody(Melody.from_events(mine), meter=Meter(3, 4), key=Key("G"), title="Mine")
mai.show(own, ["player"])

# %% [markdown]
# The report card: how many bars you have filled (a whole number is a good sign), and a line for each format, and for the
# tokens, with everything that they lose of *your* piece.

# %% tags=["nbval-check-output"]
print("bars of 72 ticks:", own.duration / 72)
for suffix in (".mid", ".musicxml", ".mxl", ".abc"):
    print(f"{suffix:10}", ", ".join(differences(own, round_trip(own, suffix))) or "nothing lost")
print("tokens    ", ", ".join(differences(own, decode(encode(own)))) or "nothing lost")

# %% [markdown]
# Your notes are all in there. Now write `tempo=90` beside the title, run both cells again, and see which line changes.
# What the last line does *not* name is all that a model gets to see: no title, no tempo, no player, only what comes after
# what. It is little, and lesson 04 shows how far one gets with it.
#
# ## 7. Recall
#
# Answer aloud first. One of these goes back to lesson 00.

# %%
mai.recall(1)

# %% [markdown]
# ## 8. Keep
#
# Save your piece as MIDI for the ear and as MusicXML for the eye. Give it its stars; they
# stay on your computer until lesson 12.

# %% tags=["nbval-check-output"]
for suffix in (".mid", ".musicxml"):
    mai.write(own, f"my_own_phrase{suffix}")
    print("saved my_own_phrase" + suffix)

# %%
mai.rating_panel(own)

# %% [markdown]
# You can also bring music of your own: `mai.read("a_file.mid")` reads one piece, and `melodyai data add mine
# path/to/a/folder` makes a corpus of a whole folder, which `mai.load("mine")` then opens like any other.
#
# Next: [lesson 02](02_theory_as_code.ipynb) writes down what musicians know as rules, and composes under them.
