# %% [markdown]
# # Lesson 09: Harmony
#
# | | |
# |---|---|
# | **The learner can** | harmonise a melody by rules, by search and by model, name every fault of four voices by voices, bar and beat, and say what a chord model has learned and what it has not |
# | **Needs** | lessons 02 and 04 |
# | **Minutes** | 60 |
# | **CPU seconds** | 5 on two cores, measured for the whole notebook |
# | **Data** | chorales by Bach and dances of *O'Neill's Music of Ireland* (1903), all in the public domain; their cards are `datasets/*/card.md` |
# | **If you play, but do not program** | You know why fifths are forbidden: skip the code of *By search*, hear its chords, and do exercise 9.3, which needs ears and no code. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | Triads and numerals were built in lesson 02; voices and intervals are in [Read music in ten minutes](../docs/reading_music.md). *By search* is dynamic programming: skim it |
#
# A melody does not say which chords belong under it. It only says which do not. Between the two lies a craft, and in this lesson
# you practise it three ways: as a pupil who has rules, as a searcher who weighs one chord against all others, and as a listener who
# has heard three hundred chorales. At the end you hand your four voices to a teacher who never tires.
#
# ## 1. Hear it
#
# The first four bars of a chorale melody, with chords that a player of folk tunes might strum. The chord symbols are in
# `chord_text`, bar by bar; `%` says that the chord goes on.

# %%
from collections import Counter
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.composition.harmonise import USUAL_RULES
from melodyai_edu.composition.harmony_counts import chords_at
from melodyai_edu.constraints.chords import chord_table
from melodyai_edu.decoding.chain import Chain
from melodyai_edu.score import Key, Note, Part
from melodyai_edu.theory.chord_fit import chord_tone_share
from melodyai_edu.theory.faults import find_faults
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.progression import is_usual_progression

hymn = next(tune for tune in mai.load("chorales") if "BWV 422" in tune.title)
parts = [replace(p, notes=tuple(n for n in p.notes if n.onset < 384)) for p in hymn.score.parts]
bach = replace(hymn.score, parts=tuple(parts), duration=384)  # four bars of 96 ticks
melody = replace(bach, parts=bach.parts[:1])
mai.harmonise(melody, style="folk", seed=1)

# %% [markdown]
# And here is the same melody as Bach set it, for four voices: soprano, alto, tenor and bass, each a melody of its own.

# %%
mai.show(bach, ["score", "player"])

# %% [markdown]
# ## 2. Predict
#
# Keep to the seven triads of C major and put one under each of the sixteen beats, so that the note that sounds is in it. How many
# ways are there?

# %%
mai.predict("9.1")

# %% tags=["nbval-check-output"]
key, numerals = Key("C"), ["I", "ii", "iii", "IV", "V", "vi", "viio"]
triads = [parse_roman(numeral, key) for numeral in numerals]
notes = melody.parts[0].notes
beats = [next(n.pitch for n in notes if n.onset <= beat < n.end) for beat in range(0, 384, 24)]
fits = np.array([[pitch % 12 in triad.pitch_classes for triad in triads] for pitch in beats])
print("triads that fit each beat:", fits.sum(axis=1), "ways:", f"{np.prod(fits.sum(axis=1)):,}")

# %% [markdown]
# Every note of a scale is the root of one triad, the third of another, the fifth of a third. So the melody rules out four of seven
# chords on each beat, and leaves an ocean.
#
# ## 3. Run: one melody, three harmonies
#
# ### By rules
#
# A textbook says which chord may follow which: roots (the notes that chords are built on) fall by fifths towards home, IV may
# go to I, V may turn to vi. Let us begin on I, end on V, and take nothing but usual steps. How many ways are left? We need
# not write them all down. It is enough to know, at each beat, how many ways lead to each chord.

# %% tags=["nbval-check-output"]
# Step 1: which triad usually follows which
usual = np.array([[is_usual_progression(a, b, key) for b in triads] for a in triads])
# Step 2: count the ways to each chord, beat by beat
reach = [fits[0] * np.eye(7, dtype=int)[0]]
for fit in fits[1:]:
    reach.append((reach[-1] @ usual) * fit)
print("ways that end on V:", f"{reach[-1][4]:,}")

# %% tags=["nbval-check-output"]
# Step 3: one of them, going back from the end: each way has the same chance
dice, by_rules = np.random.default_rng(1), [4]
for ways in reach[-2::-1]:
    odds = ways * usual[:, by_rules[0]]
    by_rules.insert(0, int(dice.choice(7, p=odds / odds.sum())))
print(*[numerals[chord] for chord in by_rules])

# %% [markdown]
# Each of these is correct. Most of them are dull, or restless: the rules forbid, and have no taste. To hear one, we put the tones
# of each chord under the melody, as near together as they will go.


# %%
def block(path):
    voices = [[], [], []]
    for beat, chord in enumerate(path):
        root, third, fifth = triads[chord].pitch_classes
        pitches = (55 + (third - 55) % 12, 48 + (fifth - 48) % 12, 41 + (root - 41) % 12)
        for voice, pitch in zip(voices, pitches):
            voice.append(Note(24 * beat, 24, pitch))
    return replace(melody, parts=(*melody.parts, *(Part(tuple(voice)) for voice in voices)))


mai.show(block(by_rules), ["score", "player"])

# %% [markdown]
# ### By search
#
# Give taste a number. Say that a chord which stays costs 2, an unusual step costs 5, and each chord has its own small price:
# I, IV and V are cheap, vii is dear. The best harmonisation is the cheapest of the millions. The trick is the one from above, with
# a minimum in the place of the sum: the cheapest way to a chord is the cheapest way to one before it, and the step.

# %% tags=["nbval-check-output"]
# Step 1: prices; it begins on I and ends on V
price = np.array([0, 2, 4, 1, 0, 2, 6]) + np.where(fits, 0, 1000)
price[0, 1:], price[-1, [0, 1, 2, 3, 5, 6]] = 1000, 1000
step = np.where(np.eye(7) > 0, 2, np.where(usual, 0, 5))
# Step 2: the cheapest way to each chord, and where it came from
cheapest, came_from = price[0], []
for cost in price[1:]:
    total = cheapest[:, None] + step
    came_from.append(total.argmin(axis=0))
    cheapest = total.min(axis=0) + cost
# Step 3: back from the end
by_search = [int(cheapest.argmin())]
for before in reversed(came_from):
    by_search.insert(0, int(before[by_search[0]]))
print(*[numerals[chord] for chord in by_search], "- price", cheapest.min())

# %% [markdown]
# This is *Viterbi's algorithm*. The package has it in `Chain`, which wants weights, the more the better, in the place of
# prices. It must find a path of the same price.

# %% tags=["nbval-check-output"]
best = list(Chain(-price, [-step] * 15).best())
assert price[range(16), best].sum() + step[best[:-1], best[1:]].sum() == cheapest.min()
print("the package finds the same price:", cheapest.min())

# %%
mai.show(block(by_search), ["player"])

# %% [markdown]
# ### By model
#
# Where do prices come from? From music. We read the chords of the training chorales off the four voices, beat by beat, and count
# which triad follows which. A relative frequency is a price as well: *minus* its logarithm, in bits, as in lesson 04.

# %% tags=["nbval-check-output"]
chorales = mai.load("chorales")
major = chorales.filter(mode="major")


def beats_of(tune):
    read = chords_at(tune, np.arange(tune.pickup, tune.score.duration, 24))
    names = [chord_table(tune.key).names[chord] if chord >= 0 else "?" for chord in read]
    return [name.removesuffix("7").replace("ø", "o") for name in names]


counts = np.full((7, 7), 0.5)
for tune in major.filter(split="train"):
    read = beats_of(tune)
    for before, after in zip(read, read[1:]):
        if before in numerals and after in numerals:
            counts[numerals.index(before), numerals.index(after)] += 1
follows = counts / counts.sum(axis=1, keepdims=True)
print("after V comes:", {name: f"{share:.0%}" for name, share in zip(numerals, follows[4])})

# %%
plt.imshow(follows, cmap="Greens")
plt.xticks(range(7), numerals)
plt.yticks(range(7), numerals)
mai.picture("Which chord follows which: darkest where V, and vii, go to I.")

# %% [markdown]
# Rows are chords, columns what comes next; dark is often: look at row V and see it go home. Is that knowledge, or only the
# fact that I and V are common? Lesson 04 has taught you how to ask: bits per chord, on chorales that were not counted, beside
# a model that knows no more than how common each triad is.

# %% tags=["nbval-check-output"]
common, pairs = counts.sum(axis=0) / counts.sum(), []
for tune in major.filter(split="test"):
    read = [numerals.index(name) if name in numerals else -1 for name in beats_of(tune)]
    pairs += [(a, b) for a, b in zip(read, read[1:]) if a >= 0 and b >= 0]
before, after = np.array(pairs).T
print(f"{len(pairs)} chords; how common: {-np.log2(common[after]).mean():.2f} bits")
print(f"what follows what: {-np.log2(follows[before, after]).mean():.2f} bits")

# %% [markdown]
# A tenth of a bit on every chord. That is little, and honest: much of what there is to know about the next chord lies in the
# melody and in the place, at the bar line or at the end of a phrase, and our table has seen neither. Now let the melody
# speak, too: the triads that fit, weighed by what follows what. `draw` gives a harmonisation with exactly the chance that the
# model has for it, *given* that the melody fits and that it ends on V. It is the exact sampler of lesson 02 again.

# %% tags=["nbval-check-output"]
weights = np.log(fits + 1e-99)
weights[0, 1:], weights[-1, [0, 1, 2, 3, 5, 6]] = -np.inf, -np.inf
chain, his = Chain(weights, [np.log(follows)] * 15), beats_of(hymn)[:16]
draws = [chain.draw(np.random.default_rng(seed)) for seed in range(100)]
by_model = draws[3]


def as_bach(path):
    return sum(numerals[chord] == one for chord, one in zip(path, his))


for name, path in (("rules", by_rules), ("search", by_search), ("model", by_model)):
    print(f"{name:7}", *[f"{numerals[chord]:4}" for chord in path], f"as Bach: {as_bach(path)}")
print("Bach   ", *[f"{one:4}" for one in his])
hits = [as_bach(path) for path in draws]
print(f"model, 100 draws: {np.mean(hits):.1f} on average, from {min(hits)} to {max(hits)}")

# %% [markdown]
# One draw proves nothing, and this was a lucky one: on average the model agrees with Bach on about seven beats, one more than
# the rules just now and one less than the search. One chorale decides nothing either, and there are many good settings that are
# not his.

# %%
mai.show(block(by_model), ["score", "player"])

# %% [markdown]
# ### The teacher
#
# The chords are good now. The voices are not: we have put down blocks, and all of them slide together. When two voices move
# from a fifth to a fifth, or from an octave to an octave, the ear hears one voice instead of two. `find_faults` names each place.

# %% tags=["nbval-check-output"]
faults = find_faults(block(by_model))
print(*faults[:6], "...", sep="\n")

# %%
mai.predict("9.2")

# %% tags=["nbval-check-output"]
marks = Counter(fault.kind for tune in chorales[:100] for fault in find_faults(tune.score))
for kind, number in marks.most_common():
    print(f"{number / 100:5.2f} a chorale: {kind}")

# %% [markdown]
# (In an *overlap* a voice moves past where its neighbour just was; in a *crossing* it lies beyond it; *spacing* means too
# wide a gap; a *leading tone* is a leading note. *Hidden* fifths: soprano and bass reach a fifth in one direction while the
# soprano leaps.)
#
# A rule of this kind is a habit, not a law: Bach lets voices cross for the sake of their lines, but he hardly ever lets two of them
# run in fifths. Remember that when a machine is proud of having no fault at all.
#
# The package goes further than you have done: a model of chords *and* of how each voice moves, counted in the same
# chorales, and the rules of lesson 02 compiled. Here is what it makes of the melody, if it is asked to wait on V at the end.

# %% tags=["nbval-check-output"]
choir = mai.harmonise(melody, rules=[*USUAL_RULES, "cadence=4 half"], seed=4)
print(choir.chord_text())
print("faults:", [str(fault) for fault in find_faults(choir.score)])

# %%
mai.show(choir.score, ["score", "player"])

# %% [markdown]
# (`vi7` has a seventh on top; `V6` has its third in the bass. Bach's `V/vi` is the V of vi, borrowed for a moment.)
#
# ## 4. Investigate: another style
#
# Three styles, three vocabularies. Folk has learned from dance tunes whose chords nobody wrote down: they were inferred, tune
# by tune, from which chords their notes would fit. Pop repeats loops. Jazz leads everywhere by a fifth. Change the style, then
# the temperature from 0.1 to 3, and watch the numbers.


# %%
def look(style, temperature):
    sheet = mai.harmonise(melody, style=style, temperature=temperature, seed=6)
    words = f"notes on strong beats inside their chords: {chord_tone_share(sheet.score):.0%}"
    chords = sheet.chord_text(symbols=True)
    return f"{chords}\n{words}\n{sheet.why(2, 3)}", mai.show(sheet.score, ["score", "player"])


mai.explore(look, style=["jazz", "pop", "folk"], temperature=[1.0, 0.1, 0.3, 2.0, 3.0])

# %% [markdown]
# `why` is worth a second look. It gives the chance of every chord at one place, over *all* legal ways to harmonise the whole
# melody. Ask it for a place where you would have taken another chord.
#
# ### In whose manner?
#
# Bach died in 1750; nobody loses a commission because a machine has counted his chords. A manner as such is free, as we read
# the law: copyright "shall extend to expressions and not to ideas" (TRIPS agreement, article 9.2). Notes that somebody wrote
# may not be taken; how she writes may be learned, by you and by a machine. To a composer who lives by her manner that is
# little comfort. So you will find traditions among the genres and styles here, and no living composer's name. But `melodyai
# data add` learns from any folder, hers too. *To discuss:* forty songs of a living composer would make a model. What would
# you ask her first? Whose name would you put on what it writes?
#
# ## 5. Modify
#
# **Exercise 9.1.** *Hear parallels.* Two chords are given as four pitches each, from the soprano down. Give a list of the pairs of
# voices that move in parallel fifths, such as `[("tenor", "bass")]`, the upper voice first. A fifth is 7 semitones,
# or 19, or 31. Both voices must move; two voices that stay are no parallels.

# %%
VOICES = ("soprano", "alto", "tenor", "bass")


def parallel_fifths(before, after):
    # solution 9.1
    found = []
    for upper in range(4):
        for lower in range(upper + 1, 4):
            gaps = [(chord[upper] - chord[lower]) % 12 for chord in (before, after)]
            moved = before[upper] != after[upper] and before[lower] != after[lower]
            if gaps == [7, 7] and moved:
                found.append((VOICES[upper], VOICES[lower]))
    return found


# %% tags=["nbval-check-output"]
mai.check("9.1", parallel_fifths)

# %% [markdown]
# **Exercise 9.2.** *Search.* Take `price`, a table with a row for each beat and a column for each chord, and `step`, what it costs
# to go from a chord (row) to the next (column). Give the cheapest path, as a list of column numbers. Nothing is said about where
# to begin or to end.


# %%
def cheapest_path(price, step):
    # solution 9.2
    cheapest, came_from = np.array(price[0]), []
    for cost in price[1:]:
        total = cheapest[:, None] + np.array(step)
        came_from.append(total.argmin(axis=0))
        cheapest = total.min(axis=0) + cost
    path = [int(cheapest.argmin())]
    for before in reversed(came_from):
        path.insert(0, int(before[path[0]]))
    return path


# %% tags=["nbval-check-output"]
mai.check("9.2", cheapest_path)

# %% [markdown]
# **Exercise 9.3.** *Repair.* Here are four chords in C major: I, IV, V, I, each voice with its four pitches. Tenor and bass go in
# fifths all the way, and in the third chord alto and tenor cross. Change the **alto and the tenor** only, so that all chords
# are complete and no fault is left. Use the check as often as you like: that is what a teacher is for.
#
# `{"soprano": [67, 69, 67, 67], "alto": [64, 65, 59, 64], "tenor": [55, 60, 62, 55], "bass": [48, 53, 55, 48]}`


# %%
def repaired():
    # solution 9.3
    return {
        "soprano": [67, 69, 67, 67],
        "alto": [64, 65, 62, 64],
        "tenor": [60, 60, 59, 60],
        "bass": [48, 53, 55, 48],
    }


# %% tags=["nbval-check-output"]
mai.check("9.3", repaired)

# %% [markdown]
# ## 6. Make: a melody with your chords
#
# Harmonise a melody of your own: hum one, read a file with `mai.read`, or take a tune from a corpus. Try two styles, ask for
# cadences where you breathe (`rules=["cadence=4 half, 8 authentic"]`), and give the chords yourself in a bar where the machine
# disappoints you (`chords="I | IV V | I"`).
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It fits** | clashes on strong beats | strong notes belong to their chords | and the exceptions are wanted |
# | **It goes somewhere** | any order would do | phrases close where the melody breathes | and the way there is prepared |
# | **It is yours** | the first draw | the better of several | and one chord changed, for a reason you can say |

# %%
jigs = mai.load("oneill").filter(genre="jig", mode="major", split="test")
mine = mai.harmonise(jigs[3], style="folk", rules=["cadence=8 authentic"], seed=5)
mine

# %% [markdown]
# Your report card: yours beside twenty dances that the machine has harmonised without being asked for anything. A chord that never
# changes fits badly, one that follows every note fits too well. The usual lies in between.


# %%
def card(sheet):
    return chord_tone_share(sheet.score), len(sheet.chords) / sheet.score.bar_count


usual_cards = np.array([card(mai.harmonise(jig, style="folk", seed=1)) for jig in jigs[:20]])
low, high = np.quantile(usual_cards, [0.1, 0.9], axis=0)
names = "strong notes in chords", "chords a bar"
for name, own, least, most in zip(names, card(mine), low, high):
    verdict = "usual" if least <= own <= most else "UNUSUAL"
    print(f"{name:24} {own:.2f}   {verdict}, most have {least:.2f} to {most:.2f}")

# %% [markdown]
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(9)

# %% [markdown]
# ## 8. Keep
#
# Save what you made, as MIDI to hear and as MusicXML to print, and give it its stars.

# %% tags=["nbval-check-output"]
print("saved", mine.save("my_harmony.mid"), "and", mine.save("my_harmony.musicxml"))

# %%
mai.rating_panel(mine)

# %% [markdown]
# Next: in [lesson 10](10_structure.ipynb) a piece gets a plan: which bars return, and what is different when they do.
