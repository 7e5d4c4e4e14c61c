# %% [markdown]
# # Lesson 10: Structure
#
# | | |
# |---|---|
# | **The learner can** | measure what returns in a tune and where it closes, plan AABA before there is a note, bring a motif back varied, and compose B anew with A locked bit for bit |
# | **Needs** | lessons 02, 04 and 06 |
# | **Minutes** | 55 |
# | **CPU seconds** | 8 on two cores, measured for the whole notebook |
# | **Data** | jigs and airs of *O'Neill's Music of Ireland* (1903), in the public domain; its card is `datasets/oneill/card.md` |
# | **If you play, but do not program** | Skip the code of *A picture of memory* and read the picture; exercise 10.3 asks for more music than code. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | *Where a tune breathes* explains cadences; for tonic and degrees see [Read music in ten minutes](../docs/reading_music.md). Matrices you may skim |
#
# A machine that only asks "what comes next?" is like a traveller who looks no further than the next bend: each step is
# sensible, and the journey goes nowhere. Whoever listens to music remembers, and waits for what was heard before. In this
# lesson the machine gets a map before it sets out: a **form plan**.
#
# ## 1. Hear it
#
# A jig of 32 bars in the form AABA: a section, the same again, something else, and home. Do not read the score at first.
# Raise a hand whenever you hear something that you have heard before.

# %%
import numpy as np

import melodyai_edu as mai
from melodyai_edu.composition.tune_plan import plan_of
from melodyai_edu.evaluation import report_card
from melodyai_edu.evaluation.self_similarity import LAGS, compare_lags, self_similarity
from melodyai_edu.render.likeness import draw_likeness
from melodyai_edu.score import Melody
from melodyai_edu.theory.development import OPERATIONS
from melodyai_edu.theory.repetition import bar_similarity

jigs = mai.load("oneill").filter(genre="jig", meter="6/8")
plan = mai.plan_form("jig", "6/8", 32, np.random.default_rng(1), form="AABA")
piece = mai.compose(genre="jig", key="D major", plan=plan, seed=1, model="ngram")
mai.show(piece.score, ["score", "player"])

# %% [markdown]
# How often was your hand up? Seventeen of the 32 bars were there before, note for note, and eleven of the others change
# one that was. And yet it is no loop: small things come back at once, large ones after a while.
#
# ## 2. Predict
#
# We shall lay every bar of a tune beside every other and ask how alike they are, in the jigs of O'Neill's book. How does that
# depend on how far apart they stand?

# %%
mai.predict("10.1")

# %% [markdown]
# ## 3. Run: from memory to a plan
#
# ### A picture of memory
#
# Write down for each tick what sounds there: a pitch that begins is a number, a pitch that goes on is the same number below
# zero. Then lay every two bars beside each other. The share of ticks that agree is their **likeness**.


# %% tags=["nbval-check-output"]
def likeness_of(score):
    # Step 1: for each tick, what sounds there; 0 is silence
    ticks = np.zeros(score.duration, int)
    for note in score.parts[0].notes:
        ticks[note.onset : note.end] = -note.pitch
        ticks[note.onset] = note.pitch
    # Step 2: cut into bars, and compare every two, tick by tick
    bars = ticks.reshape(-1, score.meter.bar_duration)
    return np.array([[(one == other).mean() for other in bars] for one in bars])


likeness = likeness_of(piece.score)
melody = piece.score.parts[0].melody(piece.score.duration)
assert np.allclose(likeness, bar_similarity(melody, piece.score.meter))
print("bar 1 beside bars 1 to 8:", likeness[0, :8].round(1))

# %%
draw_likeness(likeness)

# %% [markdown]
# Such a picture is a **self-similarity matrix**; Foote drew the first ones in 1999. The dark diagonal is each bar beside itself.
# A dark line beside it means: what was played here returns there. Find the second A eight bars below the diagonal, and the
# last one twenty-four bars below. Where is B? Where no line crosses.
#
# Now one number for each distance. The **lag** of two bars is how many bars later the second one stands: 1 for neighbours. Its
# likeness is the mean along one line of the picture. Here are all the jigs that no model has learned from:

# %% tags=["nbval-check-output"]
tunes = [tune.melody_score for tune in jigs.filter(split="test") if plan_of(tune)]
for lag in LAGS:
    found = [s[lag] for s in map(self_similarity, tunes) if lag in s]
    print(f"{lag:2} bars apart: likeness {np.mean(found):.2f}   ({len(found)} tunes)")

# %% [markdown]
# Neighbours differ. Bars four apart are more than twice as alike, and bars eight or sixteen apart hardly less (these tunes
# cannot tell those three from each other): people say something, answer it, and say it again. A tune is no chain of steps but
# a house with floors: the *motif*, a handful of notes; the *phrase*, which could be sung in one breath; the section, which has
# a letter.
#
# ### Where a tune breathes
#
# Returns are one half of structure. The other half is punctuation. A phrase that ends on the tonic is closed, like a full stop:
# a **full cadence**. One that ends over the chord of the fifth degree waits, like a comma: a **half cadence**. With a
# melody alone we look at the last note: the tonic, or degree 2, 5 or 7. What do people do after four, eight and sixteen bars,
# and what after the bars before, where nothing need end?

# %% tags=["nbval-check-output"]
plans = [found for tune in jigs.filter(split="train")[:150] if (found := plan_of(tune))]
for bar in (3, 4, 7, 8, 16):
    words = [one.cadences.get(bar - 1, "neither") for one in plans if one.bars >= bar]
    print(
        f"bar {bar:2}:",
        {word: f"{words.count(word) / len(words):.0%}" for word in ("half", "full")},
    )

# %% [markdown]
# A full stop stands after nearly nine in ten eighth and sixteenth bars, and after hardly a fifth of the bars before. That is the
# difference between a tune and a string of notes. Be careful with the comma: half of the fourth bars end on degree 2, 5 or 7,
# but so do four in ten of any bars. A last note alone hears a full stop well and a comma badly.
#
# ### The plan
#
# A form plan is all this, before there is a note. Here is the one behind the piece above. A letter is a bar; the same
# letter is the same bar, and `b2` is a second version of `b`. A comma is a half cadence, a full stop a full one; *full* and
# *thin* at the end say how a band would accompany. Below stands how **tense** each bar is, learned from one real tune: high,
# dense, leaping, or foreign to the key.

# %% tags=["nbval-check-output"]
print(plan)

# %%
plan.draw()

# %% [markdown]
# An unbroken arc is an exact return, a dotted one a varied return. How does a plan become notes? In three ways. Exact returns
# and cadences are *rules*, compiled into the automaton of lesson 02. In a varied bar the notes that stay are made likely.
# And where the plan says *new*, what was heard before is made unlikely. Does it do anything? Ask the numbers. The same
# model composes sixteen bars ten times without a plan, and ten times with one. (Left alone, this composer takes its returns
# from a real tune. Sixteen different letters tell it that nothing need return: that is *without*.)

# %%
mai.predict("10.2")

# %% tags=["nbval-check-output"]
asked = {"genre": "jig", "bars": 16, "model": "ngram"}
free = [mai.compose(**asked, form="ABCDEFGHIJKLMNOP", seed=n).score for n in range(10)]
drawn = [mai.plan_form("jig", "6/8", 16, np.random.default_rng(n)) for n in range(10)]
ours = [mai.compose(**asked, plan=one, seed=n).score for n, one in enumerate(drawn)]
for name, scores in (("without a plan", free), ("with a plan", ours)):
    print(name, *compare_lags(scores, tunes, (1, 2, 4, 8)), sep="\n   ")

# %% [markdown]
# In brackets stand the 95% intervals of lesson 06. Without a plan all distances are the same to the machine: it has a style and
# no memory. With one it comes back as people do. *What these numbers miss:* whether what comes back was worth it.
#
# ### Only B
#
# Say that A is fine and B, the *bridge*, is dull. Bars 17 to 24 are composed anew. All the others are locked: each of
# their notes becomes a rule.

# %% tags=["nbval-check-output"]
other = mai.compose(regenerate=(17, 24), of=piece, plan=plan)


def notes(one, first, last):
    length = one.score.meter.bar_duration
    return [note for note in one.score.parts[0].notes if first <= note.onset // length + 1 <= last]


for name, first, last in (("A A", 1, 16), ("B", 17, 24), ("A", 25, 32)):
    old, new = notes(piece, first, last), notes(other, first, last)
    print(f"{name:4} {len(old)} notes, then {len(new)}; bit for bit the same: {old == new}")

# %%
mai.show(other.score, ["score", "player"])

# %% [markdown]
# "The same" means here: onset, length, pitch and spelling, every one, though the model was free to choose others. And the bridge
# still leads home. Its cadence is part of the plan, so the new B must keep it.
#
# ## 4. Investigate: another form
#
# One word changes: the form. Choose `ABAC`, then `rondo` (A comes back between all others: ABACA), then `AA'BA`. Before each
# choice, sketch the picture on paper: where will the dark lines be?


# %%
def look(form):
    bars, dice = 40 if form == "rondo" else 32, np.random.default_rng(1)
    trial = mai.plan_form("jig", "6/8", bars, dice, form=form)
    played = mai.compose(genre="jig", key="D major", plan=trial, seed=1, model="ngram")
    lags = {lag: round(value, 2) for lag, value in self_similarity(played.score).items()}
    return draw_likeness(likeness_of(played.score)), lags, mai.show(played.score, ["player"])


mai.explore(look, form=["AABB", "ABAC", "rondo", "AA'BA"])

# %% [markdown]
# The apostrophe in `AA'` asks for a section that comes back changed. *How* it changes is copied from a real tune: as a rule
# the beginning stays, so that we know where we are, and the end is new, so that it can close.
#
# ### From a motif to a phrase
#
# Composers also vary by hand. Take the first three notes of the piece, a motif, and spell a phrase with them. Each part
# changes the part before it; `motif` goes back to the beginning, and a `+` does two things to one part.

# %%
motif = Melody(piece.score.parts[0].notes[:3])
spelling = "motif, sequence -1, fragment 2, sequence -1, motif + invert"
phrase = mai.develop(motif, spelling, "D major", meter="6/8")
mai.show(mai.Score.of_melody(phrase, meter=piece.score.meter, key=piece.score.key, tempo=168))

# %% tags=["nbval-check-output"]
for word, sentence in OPERATIONS.items():
    print(f"{word:11}{sentence}")

# %% [markdown]
# Change the spelling. Which operation can you still recognise by ear after two others? Which one never?
#
# ## 5. Modify
#
# **Exercise 10.1.** *One line of the picture.* You get a tune as a list of bars, each a tuple of pitches, and a lag. Of all
# pairs of bars that lie so far apart, give the share whose two bars are equal; 0 where there is no such pair.


# %%
def returns(bars, lag):
    # solution 10.1
    pairs = list(zip(bars, bars[lag:]))
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 0


# %% tags=["nbval-check-output"]
mai.check("10.1", returns)

# %% [markdown]
# **Exercise 10.2.** *Name the form.* You get the bars again, and how many bars a section has. Give its letters: equal sections
# have the same letter, each new one the next of the alphabet. So `"AABA"` for a song.


# %%
def letters(bars, length):
    # solution 10.2
    sections = [tuple(bars[i : i + length]) for i in range(0, len(bars), length)]
    known = list(dict.fromkeys(sections))
    return "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[known.index(section)] for section in sections)


# %% tags=["nbval-check-output"]
mai.check("10.2", letters)

# %% [markdown]
# **Exercise 10.3.** *Answer the question.* You get a phrase that ends open, as a list of `(pitch, duration)`, and the tonic's
# pitch. Give its answer: equally long, its first half the same note for note, its end a full cadence. That is, it ends on
# the tonic, in any octave, and the note before is degree 2, 5 or 7 of the major key. No leap may exceed an octave.


# %%
def answered(question, tonic):
    # solution 10.3
    *kept, (_, before), (_, last) = question
    return [*kept, (tonic + 2, before), (tonic, last)]


# %% tags=["nbval-check-output"]
mai.check("10.3", answered)

# %% [markdown]
# ## 6. Make: a form that is heard
#
# Plan a piece in which a friend can find the way. Choose the genre, the form, and a key of its own for one section. Compose
# it, then compose anew only what you do not like. Without a score, the friend draws the form as letters.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **The form is heard** | the letters are guessed | the returns are found | and the friend knows when it will end |
# | **It varies** | copies or strangers | something returns changed | and what changed is missed if you undo it |
# | **The middle is another place** | B might be A | B is higher, denser or elsewhere | and the way home is the best moment |

# %%
dice = np.random.default_rng(4)
own_plan = mai.plan_form("air", "3/4", 32, dice, form="AA'BA").with_section("B", key="D major")
own = mai.compose(genre="air", key="G major", plan=own_plan, seed=4, model="ngram")
mai.show(own.score, ["score", "player"])

# %%
own_plan.draw()

# %%
report_card(own.score, mai.load("oneill").filter(genre="air", split="test"))

# %% [markdown]
# The line *structure 4-8* is the number of this lesson. A piece of 32 bars with the repeats written out returns more often
# than a printed tune, which has signs for that; so do not mind if it lies above.
#
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(10)

# %% [markdown]
# ## 8. Keep
#
# Save your piece, and write beside it the plan, what you composed anew, and why. Give it its stars.

# %% tags=["nbval-check-output"]
print("saved", own.save("my_structure.mid"), "in the form", own_plan.name)

# %%
mai.rating_panel(own)

# %% [markdown]
# Next: in [lesson 11](11_control.ipynb) you ask for more than a form, genre and mood among it, and measure whether you got it.
