# %% [markdown]
# # Lesson 04: A first composer
#
# | | |
# |---|---|
# | **The learner can** | fit Markov and n-gram models, measure them in held-out bits per note, and explain why high orders copy |
# | **Needs** | lessons 00 and 01 |
# | **Minutes** | 45 |
# | **CPU seconds** | 10 on two cores, measured for the whole notebook |
# | **Data** | jigs of *O'Neill's Music of Ireland* (1903), in the public domain; its card is `datasets/oneill/card.md` |
# | **If you play, but do not program** | Read the three steps of section 3 aloud; of *Why high orders copy* take the pictures and leave the code, and exercise 4.3 with it. [Read Python in ten minutes](../docs/reading_python.md) explains lists and slices |
# | **If you program, but do not read music** | Markov chains you may know: skim to *Bits*. What tonic, third and fifth note of a key are: [Read music in ten minutes](../docs/reading_music.md) |
#
# In lesson 00 a machine composed a jig for you. In this lesson you build the heart of that machine, from an empty cell, with
# nothing but counting. You will also learn to measure it, for "it sounds nice" is no measure, and you will meet
# the oldest trap of the trade: a machine that composes beautifully because it copies.
#
# ## 1. Hear it
#
# First, where we are going: a jig from the finished composer. Keep it in your ear. What you build today knows pitches and
# nothing else, so it will be poorer. At the end you will be able to say exactly what it lacks.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.evaluation import bits_per_note, report_card
from melodyai_edu.models import CombinedNGram, NGram
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.tokens import encode

goal = mai.compose(genre="jig", key="D major", bars=16, seed=8, model="ngram")
mai.show(goal.score, ["score", "player", "sound"])

# %% [markdown]
# Now the material. We take the jigs in major from O'Neill's book, our *corpus*, and keep only the pitches of their tokens. As you know
# from lesson 01, the tonic is called 60 in all of them. Counting from 40 upwards makes every pitch a number from 0
# to 47, which is a row in a table; the tonic is row 20.
#
# The corpus comes with a *split*. The model learns from the **train** side; the **test** side is put away until the exam.
# Versions of one tune, in whatever key, always stand on the same side, or the exam would be a
# memory test.


# %% tags=["nbval-check-output"]
def pitches_of(tune):
    values = [token[6:] for token in encode(tune).tokens if token.startswith("Pitch_")]
    return [int(value) - 40 for value in values if value.isdigit()]


jigs = mai.load("oneill").filter(genre="jig", mode="major")
train = [pitches_of(tune) for tune in jigs.filter(split="train")]
test = [pitches_of(tune) for tune in jigs.filter(split="test")]
size = 48
print(len(train), "tunes to learn from,", len(test), "for the exam;", train[0][:8])

# %% [markdown]
# ## 2. Predict
#
# A **Markov model** of order 1 looks at one note and asks: what came next, whenever this note came? A model of order 2
# looks at the last two notes, and so on. In general such a counter is an **n-gram model**. The further back a model
# looks, the better it knows the place it is in.
#
# We will fit models of order 0 (which looks at nothing) to order 8 and ask each how *surprised* it is by tunes it has
# never seen. Which one will be least surprised?

# %%
mai.predict("4.1")

# %% [markdown]
# ## 3. Run: count, divide, measure
#
# Order 1, from scratch: a table with a row for each note and a column for each next note, filled by counting.

# %% tags=["nbval-check-output"]
# Step 1: count how often each note follows each other note
counts = np.zeros((size, size))
for notes in train:
    for before, after in zip(notes, notes[1:]):
        counts[before, after] += 1
# Step 2: give every pair one half more, so that nothing is impossible
table = counts + 0.5
# Step 3: divide each row by its sum: now it holds probabilities
table = table / table.sum(axis=1, keepdims=True)
for after in table[20].argsort()[::-1][:4]:
    print(f"after the tonic comes {after + 40} with probability {table[20, after]:.2f}")

# %% [markdown]
# Read that like a musician. After the tonic (60) comes, most often, the tonic once more, for jigs love repeated notes. Then
# its upper neighbour (62), the third of its chord (64), and the note below, which leads home again (59). Nobody told the
# machine about chords or leading notes. They are in the counts because they are in the tunes.
#
# Such a table is already a composer. Begin at home, throw a die that is weighted like the row you are in, and go where it
# says. (Rhythm is not in the table: every note is an eighth. And we play in G, the commonest key in the book.)


# %%
def as_score(notes, title):
    melody = Melody.from_events([(note + 40 + 7, 12) for note in notes])  # 60 + 7 is a G
    return Score.of_melody(melody, meter=Meter(6, 8), key=Key("G"), tempo=168, title=title)


dice, notes = np.random.default_rng(14), [20]
while len(notes) < 48:
    notes.append(int(dice.choice(size, p=table[notes[-1]])))
mai.show(as_score(notes, "From a table"), ["player"])

# %% [markdown]
# The picture shows the whole table: from which note (down) to which note (across). The darker, the more often. Most of
# the dark lies along the diagonal: melodies move by small steps. Look for the leaps, too. There are fewer, and they
# have favourite places. The commonest are thirds along the chord of home: from 64 down to 60, from 67 down to 64, and back.
# Of the wider ones, a fourth or more, the commonest goes from 55 up to 60, from the fifth note of the key home: any bass
# player could have told us. White columns are notes outside the key.

# %%
plt.imshow(np.log1p(counts[10:36, 10:36]), cmap="Purples", extent=(49.5, 75.5, 75.5, 49.5))
plt.xlabel("to this pitch (60 is the tonic)")
plt.ylabel("from this pitch")
plt.title("What follows what in 264 jigs")
mai.picture("Counts of what follows what: darkest near the diagonal, where steps and thirds are.")

# %% [markdown]
# The package's `NGram` counts the same things. The notes that a model looks back at are called its **context**. Its
# `counts` hold one row for each length of context; row 1 is the one that has looked at one note.

# %% tags=["nbval-check-output"]
first_order = NGram(size, order=1).fit(train)
assert all(np.array_equal(first_order.counts([note])[1], counts[note]) for note in range(size))
print("the same counts for all", size, "notes")

# %% [markdown]
# ### Bits
#
# How good is a prediction? If the model gave the note that really came a probability of one half, we were as surprised
# as by a coin: **1 bit**. A quarter is two coins: 2 bits. In general the surprise is $-\log_2 p$. The mean
# over all notes of the exam is the **held-out bits per note**, and less is better. Nobody gets down to 0: a tune in which
# you can foretell each note is not worth playing.

# %% tags=["nbval-check-output"]
surprises = [-math.log2(table[a, b]) for notes in test for a, b in zip(notes, notes[1:])]
print(f"our table: {sum(surprises) / len(surprises):.2f} bits per note")
print(f"knowing nothing at all: {math.log2(size):.2f}")
print(f"the package's order 1: {bits_per_note(first_order, test):.2f}")

# %% [markdown]
# More than half of the surprise is gone: some of it by knowing which notes jigs use at all, the rest by looking back at one
# note. (The package counts the first note of each tune as well.)
#
# The package also has a finer way than our step 2. When a long context has never been heard, it asks the context that
# is one note shorter, and so on, down to no context at all; and even where it has been heard, the shorter ones keep a
# small say. So it always has an answer.
#
# ## 4. Investigate: how far back?
#
# One argument changes: the order. For each we measure the surprise at tunes that the model has learned from, and at those
# of the exam. The cell takes a few seconds.

# %% tags=["nbval-check-output"]
orders = range(9)
models = {order: NGram(size, order).fit(train) for order in orders}
known = [bits_per_note(models[order], train[:40]) for order in orders]
unseen = [bits_per_note(models[order], test) for order in orders]
print("known: ", [round(bits, 2) for bits in known])
print("unseen:", [round(bits, 2) for bits in unseen])

# %%
plt.plot(orders, known, "o--", label="tunes it has learned from")
plt.plot(orders, unseen, "s-", label="tunes it has never seen")
plt.xlabel("order: how many notes it looks back")
plt.ylabel("bits per note")
plt.legend()
mai.picture(
    f"Bits per note, order 0 to 8: known {np.round(known, 2)}, unseen {np.round(unseen, 2)}"
)

# %% [markdown]
# This is the most important picture of the course. On tunes that it knows, the model gets better and better, down to almost
# nothing. On tunes that it does not know, it gets better up to order 2 and then **worse**. From there on it no
# longer learns jigs; it learns *these* jigs, by heart. That is called **overfitting**, and it is why the exam must be
# kept apart.
#
# Now listen. Drag the slider from 2 to 0, 1, 4 and 8, and watch the roll: where does it
# jump, where does it walk, where does it sound like somebody's tune? The number says how surprised the model is by its own
# piece: the lower, the less choice there was.


# %%
def draw(model, length, seed):
    dice, notes = np.random.default_rng(seed), [20]
    while len(notes) < length:
        notes.append(int(dice.choice(size, p=model.distribution(notes))))
    return notes


def look(order):
    own = draw(models[order], 48, seed=6)
    bits = bits_per_note(models[order], [own])
    return f"{bits:.2f} bits per note", mai.show(as_score(own, f"Order {order}"), ["player"])


mai.explore(look, order=[2, *orders])

# %% [markdown]
# Order 0 is a cat on a piano that happens to know the key. Order 1 moves like a melody and has no idea where it is going.
# Order 2 has little phrases. Order 4 begins to sound like real tunes, and order 8 *is* real tunes, in long pieces, glued
# together. Your ear may like order 8 best. That is the trap.
#
# ## 5. Modify
#
# **Exercise 4.1.** Write the measure yourself. You get a list with the probability that a model gave to each note that came.
# Give the bits per note: the mean of $-\log_2 p$. `math.log2` is there.


# %%
def mean_bits(probabilities):
    # solution 4.1
    return sum(-math.log2(p) for p in probabilities) / len(probabilities)


# %% tags=["nbval-check-output"]
mai.check("4.1", mean_bits)

# %% [markdown]
# **Exercise 4.2.** *Temperature*, from lesson 00, is three short steps: raise every probability to the power
# `1 / temperature`, add them all up, divide each by the sum. Below 1 the likely becomes likelier. Write it for
# a list of probabilities.


# %%
def with_temperature(probabilities, temperature):
    # solution 4.2
    raised = [p ** (1 / temperature) for p in probabilities]
    return [value / sum(raised) for value in raised]


# %% tags=["nbval-check-output"]
mai.check("4.2", with_temperature)

# %% [markdown]
# **Exercise 4.3.** Catch the copyist. Write a function that takes a new piece (a list of notes) and a list of tunes, and gives the
# length of the longest run of notes that stands, unbroken, in the piece and in one of the tunes. A plain way: try
# every place to begin in the piece, and every place in every tune, and count how far they agree. A list has `len()`, and
# a slice `tune[3:]` begins at a place.


# %%
def longest_run(piece, tunes):
    # solution 4.3
    longest = 0
    for tune in tunes:
        for start in range(len(piece)):
            for place in range(len(tune)):
                run = 0
                for a, b in zip(piece[start:], tune[place:]):
                    if a != b:
                        break
                    run += 1
                longest = max(longest, run)
    return longest


# %% tags=["nbval-check-output"]
mai.check("4.3", longest_run)

# %% [markdown]
# ### Why high orders copy
#
# With a copyist-catcher you can see what the curve has told you. The next cell has a quicker one, which also
# shows *what* was copied: it turns each tune into a text, one letter a note, for computers are good at finding texts.

# %% tags=["nbval-check-output"]
tunes = jigs.filter(split="train")
texts = ["".join(map(chr, notes)) for notes in train]


def shared_run(notes):
    text, best = "".join(map(chr, notes)), ""
    for start in range(len(text)):
        longer = text[start : start + len(best) + 1]
        while len(longer) > len(best) and any(longer in other for other in texts):
            best, longer = longer, text[start : start + len(longer) + 1]
    return best


piece = draw(models[8], 48, seed=2)
copied = shared_run(piece)
which = next(place for place, text in enumerate(texts) if copied in text)
print(f"order 8 has {len(copied)} notes in a row from {tunes[which].title}")

# %%
mai.show(as_score(piece, "Order 8"), ["player"])

# %% [markdown]
# That was ours. Now lay its notes (dots) over those of the tune (line), and hear the tune itself. (It has its own key and
# rhythm, which our copy does not know. Follow the rise and fall.)

# %%
shift = texts[which].find(copied) - "".join(map(chr, piece)).find(copied)
plt.plot([note + 40 for note in train[which]], label=tunes[which].title)
plt.plot(np.arange(48) + shift, [note + 40 for note in piece], "o", label="order 8")
plt.xlabel("note")
plt.ylabel("pitch (60 is the tonic)")
plt.legend()
mai.picture(f"The dots of order 8 lie on the line of the tune for {len(copied)} notes in a row.")

# %%
mai.show(tunes[which].score, ["player"])

# %% [markdown]
# One piece proves nothing. So here are ten of each order, 48 notes long, as dots. For comparison we look in the same
# way for the runs of the *human* tunes of the exam: nine tenths of them lie in the grey band, half of them below
# the line.

# %%
for order in orders:
    runs = [len(shared_run(draw(models[order], 48, seed))) for seed in range(10)]
    plt.plot([order] * 10, runs, "o", color="tab:blue", alpha=0.4)
human = [len(shared_run(notes[:48])) for notes in test]
plt.axhspan(*np.percentile(human, (5, 95)), color="0.85", zorder=0, label="human tunes")
plt.axhline(np.median(human), color="0.4", label="the middle one of them")
plt.xlabel("order: how many notes it looks back")
plt.ylabel("longest run found in a known tune")
plt.legend()
mai.picture("The longest run grows with the order, and leaves the band of human tunes at order 7.")

# %% [markdown]
# First the band: people share runs with each other. Ten notes in a row from
# somebody else's jig are nothing to be ashamed of. Up to order 5 the
# machine does as people do. At order 8 each of the ten copies more than the usual tune, and some more than nearly any.
# Why? Count how many *different* contexts there are, and after how many of them only one note was ever heard:

# %% tags=["nbval-check-output"]
for order in (1, 2, 4, 8):
    followers = {}
    for notes in train:
        for end in range(order, len(notes)):
            followers.setdefault(tuple(notes[end - order : end]), set()).add(notes[end])
    alone = sum(len(after) == 1 for after in followers.values()) / len(followers)
    print(f"order {order}: {len(followers):5} contexts, {alone:.0%} of them with one way on")

# %% [markdown]
# Order 1 nearly always has a choice. Order 8 knows one way on from nearly everywhere, for it has been there only once. It
# takes that way, and so comes to the next place where it has been only once. It is on rails, and the rails are
# somebody's tune. These jigs belong to nobody any more; with a song of our day such rails may lead to court.
#
# ### A model that listens to itself
#
# Should we stop at order 2, then? A musician does not: long memories are useful, if one does not trust
# them blindly. `CombinedNGram` does two things better. It gives long contexts less of a say, until they have been heard
# often. And it learns while it listens: a second, **short-term** memory knows nothing but the piece that is being played.
# Tunes quote themselves all the time, so this memory is worth a good deal.

# %% tags=["nbval-check-output"]
combined = CombinedNGram(size).fit(train)


def bits_of(notes):
    piece, total = combined.start(), 0.0
    for note in notes:
        total -= math.log2(piece.distribution()[note])
        piece.observe(note)
    return total


print(f"best single order:    {min(unseen):.2f} bits per note")
print(f"with less blind trust: {bits_per_note(combined.long_term, test):.2f}")
print(f"with a second memory:  {sum(map(bits_of, test)) / sum(map(len, test)):.2f}")

# %% [markdown]
# ## 6. Make: eight bars
#
# Compose eight bars and judge them. The cell below draws from the combined model. Change the seed and the length; write
# `notes = draw(models[3], 48, seed=5)` in place of its first four lines; or use your own exercise, with
# `p=with_temperature(list(piece.distribution()), 0.8)`.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It moves like a jig** | it jumps about | mostly steps, some leaps | and I could hum a bar of it |
# | **It is new** | its run lies above the grey band | inside the band | and I can say why that is enough |
# | **I know what is missing** | "it is not so good" | I can name one thing | I can say which model could learn it |

# %% tags=["nbval-check-output"]
dice, piece, notes = np.random.default_rng(6), combined.start(), [20]
while len(notes) < 48:
    piece.observe(notes[-1])
    notes.append(int(dice.choice(size, p=piece.distribution())))
mine = as_score(notes, "Mine")
print("longest run that it shares:", len(shared_run(notes)), "notes")
report_card(mine, mai.load("oneill").filter(genre="jig", split="test"))

# %%
mai.show(mine, ["score", "sound"])

# %% [markdown]
# Look at the lines that are marked. All notes are equally long. Bars that come back: hardly any, though the second memory
# likes to come back to its own turns. If the ending came home, that was luck. Your model knows what follows what, and nothing of bars,
# of form, of coming home. The composer of the first cell is this model, which also counts rhythm and the
# place in the bar; beside it stands a rule that lets no bar overflow, and a plan of which bars return. Rules
# were in lesson 02, plans come in lesson 10.
#
# One more thing to try: seed 20. A memory that believes what it has just said can talk itself into a corner. You will
# meet that fault again in lesson 05, and cure it.
#
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(4)

# %% [markdown]
# ## 8. Keep
#
# Save your piece, and beside it the goal of the first cell: one day you will want to compare. Give
# yours its stars.

# %% tags=["nbval-check-output"]
mai.write(mine, "my_markov_jig.mid")
print("saved:", goal.save("my_goal.mid"), "and my_markov_jig.mid")

# %%
mai.rating_panel(mine)

# %% [markdown]
# Next: in [lesson 05](05_an_lstm_melody.ipynb) a network decides for itself what to remember.
