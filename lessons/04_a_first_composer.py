# %% [markdown]
# # Lesson 04: A first composer
#
# | | |
# |---|---|
# | **The learner can** | fit Markov and n-gram models, measure them in held-out bits per note, and explain why high orders copy |
# | **Needs** | lessons 00 and 01 |
# | **Minutes** | 45 |
# | **CPU seconds** | 40 on two cores, measured for the whole notebook |
# | **Data** | jigs of *O'Neill's Music of Ireland* (1903), in the public domain; its card is `datasets/oneill/card.md` |
#
# In lesson 00 a machine composed a jig for you. In this lesson you build the heart of that machine, from an empty cell, with
# nothing but counting. You will also learn to measure it, for "it sounds nice" is no measure, and you will meet
# the oldest trap of the trade: a machine that composes beautifully because it copies.
#
# ## 1. Hear it
#
# First, where we are going: a jig from the finished composer. Keep it in your ear. The first piece that you make
# yourself will be poorer; the last one should come close.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.evaluation import bits_per_note, report_card
from melodyai_edu.models import CombinedNGram, NGram
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.tokens import encode

goal = mai.compose(genre="jig", key="D major", bars=16, seed=8)
mai.show(goal.score, ["score", "player", "sound"])

# %% [markdown]
# Now the material. We take the jigs in major from O'Neill's book and keep only the pitches. As you know from lesson 01, the
# tonic is called 60 in all of them. We count from 40 upwards, so that every pitch becomes a small number.
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
# A **Markov model** of order 1 looks at one note and asks: what came next, whenever this note came? A model of order 2 looks at
# two notes, and so on. In general that is an **n-gram model**. The more a model looks at, the better it
# knows the place it is in.
#
# We will fit models of order 0 (which looks at nothing) to order 8 and ask each how *surprised* it is by tunes it has
# never seen. Which one will be least surprised?

# %%
mai.predict("4.1")

# %% [markdown]
# ## 3. Run: count, divide, measure
#
# Order 1, from scratch. A table with a row for each note and a column for each next note, filled by counting.

# %% tags=["nbval-check-output"]
# Step 1: count how often each note follows each other note
counts = np.zeros((size, size))
for tune in train:
    for before, after in zip(tune, tune[1:]):
        counts[before, after] += 1
# Step 2: give every pair one half more, so that nothing is impossible
table = counts + 0.5
# Step 3: divide each row by its sum: now it holds probabilities
table = table / table.sum(axis=1, keepdims=True)
for note in table[20].argsort()[::-1][:4]:
    print(f"after the tonic comes {note + 40} with probability {table[20, note]:.2f}")

# %% [markdown]
# Read the last line like a musician. After the tonic (60) come, most often, its neighbours and the notes of
# its chord. Nobody told the machine about chords. They are in the counts, because they are in the tunes.
#
# The picture shows the whole table: from which note (down) to which note (across). The dark diagonal means that small
# moves are common. Look for the leaps, too: they are fewer, and they have favourite places.

# %%
plt.imshow(np.log1p(counts[10:36, 10:36]), cmap="Purples", extent=(50, 76, 76, 50))
plt.xlabel("to this pitch (60 is the tonic)")
plt.ylabel("from this pitch")
plt.title("What follows what in 264 jigs")
plt.show()

# %% [markdown]
# The package's `NGram` counts the same things. Its table holds one row for each length of context; row 1 is the one
# that has looked at one note.

# %% tags=["nbval-check-output"]
first_order = NGram(size, order=1).fit(train)
assert all(np.array_equal(first_order.counts([note])[1], counts[note]) for note in range(size))
print("the same counts for all", size, "notes")

# %% [markdown]
# ### Bits
#
# How good is a prediction? If the model gave the note that really came a probability of one half, we were told as
# much as by a fair coin: **1 bit**. A quarter is two coins: 2 bits. In general the surprise is $-\log_2 p$. The mean
# over all notes is the **bits per note**, and less is better. There is a floor that no model reaches, for music that can be
# predicted completely is no music.

# %% tags=["nbval-check-output"]
surprises = [-math.log2(table[a, b]) for tune in test for a, b in zip(tune, tune[1:])]
print(f"our table: {sum(surprises) / len(surprises):.2f} bits per note")
print(f"knowing nothing at all: {math.log2(size):.2f}")
print(f"the package's order 1: {bits_per_note(first_order, test):.2f}")

# %% [markdown]
# ## 4. Investigate
#
# One argument changes: the order. For each we measure the surprise at the tunes it has learned from, and at those of the
# exam. The cell takes a few seconds.

# %% tags=["nbval-check-output"]
orders = range(9)
models = {order: NGram(size, order).fit(train) for order in orders}
known = [bits_per_note(models[order], train[:40]) for order in orders]
unseen = [bits_per_note(models[order], test) for order in orders]
print("known: ", [round(bits, 1) for bits in known])
print("unseen:", [round(bits, 1) for bits in unseen])

# %%
plt.plot(orders, known, "o--", label="tunes it has learned from")
plt.plot(orders, unseen, "s-", label="tunes it has never seen")
plt.xlabel("order: how many notes it looks back")
plt.ylabel("bits per note")
plt.legend()
plt.show()

# %% [markdown]
# The most important picture of the course. On tunes that it knows, the model gets better and better, down to almost
# nothing. On tunes that it does not know, it gets better up to order 2 and then **worse**. From there on it no
# longer learns jigs; it learns *these* jigs by heart. That is called **overfitting**, and it is why the exam must be kept
# apart.
#
# Now listen to it. Each new note is drawn with the model's probabilities. Change `order` to 0, 1, 2, 4 and 8.


# %%
def draw(model, length, seed):
    dice, notes = np.random.default_rng(seed), [20]
    while len(notes) < length:
        notes.append(int(dice.choice(size, p=model.distribution(notes))))
    return notes


def as_score(notes, title):
    events = [(note + 40 + 2, 12) for note in notes]  # the tonic is 60; two more is D
    melody = Melody.from_events(events)
    return Score.of_melody(melody, meter=Meter(6, 8), key=Key("D"), tempo=168, title=title)


order = 2
mai.show(as_score(draw(models[order], 48, seed=1), f"Order {order}"), ["score", "roll", "sound"])

# %% [markdown]
# Order 0 is a drunk at a piano. Order 1 moves like a melody, but has no idea where it is going. Order 2 has little
# phrases. Order 4 begins to sound like real tunes, and order 8 *is* real tunes, glued together. Your ear may like
# order 8 best. That is the trap.
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
# With a copyist-catcher you can explain the curve. The next cell draws 60 notes from a low, a middle and a high order, and looks
# for the longest run of *pitches* that they share with a tune of the training side. (It uses a quicker way to look, with texts.)

# %% tags=["nbval-check-output"]
texts = ["".join(chr(100 + note) for note in tune) for tune in train]


def longest_shared(notes):
    text = "".join(chr(100 + note) for note in notes)
    parts = (text[a:b] for a in range(len(text)) for b in range(a + 1, len(text) + 1))
    return max((len(part) for part in parts if any(part in other for other in texts)), default=0)


for order in (1, 4, 8):
    print(
        "order", order, "shares", longest_shared(draw(models[order], 60, seed=2)), "notes in a row"
    )
print("a human tune of the exam:", longest_shared(test[1][:60]))

# %% [markdown]
# Why do high orders copy? A context of eight notes has, as a rule, been heard exactly once. After it only one note is known, so that is
# the note which comes; and then the next eight notes have been heard exactly once as well. The model is on rails. Note the last line,
# too: people share runs with each other. Copying nothing is not human either.
#
# ### A model that listens to itself
#
# The cure is not a lower order. It is a better mixture. `CombinedNGram` asks all orders at once, the longer ones only as loudly as
# they have evidence; and it adds a second, **short-term** memory, which knows nothing but the piece that is being made. A
# tune quotes itself all the time, so this memory is worth a good deal.

# %% tags=["nbval-check-output"]
combined = CombinedNGram(size).fit(train)


def bits_of(tune):
    piece, total = combined.start(), 0.0
    for note in tune:
        total -= math.log2(piece.distribution()[note])
        piece.observe(note)
    return total


print(f"best single order: {min(unseen):.2f} bits per note")
print(f"combined: {sum(map(bits_of, test)) / sum(map(len, test)):.2f} bits per note")

# %% [markdown]
# ## 6. Make
#
# Compose eight bars with the model of your choice, and judge them. Change the model, the seed, the length; use your own
# `with_temperature` in `draw` if you like.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It moves like a jig** | it jumps about | mostly steps, some leaps | and I could hum a bar of it |
# | **It is new** | it shares more than 15 notes in a row | fewer than a human tune does | and I can say how I know |
# | **I know what is missing** | "it is not so good" | I can name one thing | I can say which model could learn it |

# %% tags=["nbval-check-output"]
mine = as_score(draw(models[2], 48, seed=11), "Mine")
print("longest run shared:", longest_shared(draw(models[2], 48, seed=11)), "notes")
report_card(mine, mai.load("oneill").filter(genre="jig", split="test"))

# %%
mai.show(mine, ["score", "sound"])

# %% [markdown]
# Look at the lines that are marked. Bars that come back: hardly any. The ending: if it came home, that was luck. Your model knows what
# follows what, and nothing of bars, of form, of coming home. The composer of lesson 00 is this model, which also
# counts rhythm and place in the bar; in front of it stands a rule that lets no bar overflow, and a plan
# of which bars return. Rules are lesson 02, plans lesson 10.
#
# ## 7. Recall
#
# Two of these go back to earlier lessons.

# %%
mai.recall(4)

# %% [markdown]
# ## 8. Keep
#
# Save your piece, and beside it the goal of the first cell. In ten lessons you will want to compare. Give
# both a mark from 1 to 5.

# %% tags=["nbval-check-output"]
mai.write(mine, "my_markov_jig.mid")
print("saved:", goal.save("my_goal.mid"), "and my_markov_jig.mid")
