# %% [markdown]
# # Lesson 07: Attention
#
# | | |
# |---|---|
# | **The learner can** | build attention and its mask by hand, prove that nothing leaks, compare a small transformer fairly with an LSTM, and read attention maps |
# | **Needs** | lessons 04 and 05 |
# | **Minutes** | 60 |
# | **CPU seconds** | 177 on two cores, measured for the whole notebook |
# | **Data** | jigs of *O'Neill's Music of Ireland* (1903), of Ryan's collection and of Aird's airs, all in the public domain; their cards are `datasets/*/card.md` |
# | **If you play, but do not program** | Of *Ten lines* read the four steps, skip *The package's block*, and go by ear and map from *Investigate* on. [Read Python in ten minutes](../docs/reading_python.md) has tables and masks |
# | **If you program, but do not read music** | Attention you may know: do *The leak check*, then go on to *The comparison*. Bars and places in them: [Read music in ten minutes](../docs/reading_music.md) |
#
# The LSTM of lesson 05 hears a tune as we hear a story on the telephone: note after note goes by, and what it does not write into
# its memory is gone. Players who have forgotten how a tune began do something else. They look at the page. In this
# lesson you build a network that looks at the page, and you make sure that it does not turn it too early.
#
# ## 1. Hear it
#
# A jig from O'Neill's book, from the exam side: no network here has learned from it. Listen for the fifth bar. Where
# have you heard it before?

# %%
import os

import numpy as np

import melodyai_edu as mai
from melodyai_edu.checks import lesson_07_maps as maps
from melodyai_edu.checks.lesson_05 import draw_jig
from melodyai_edu.evaluation import report_card
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.training import Recipe, Trainer, fit
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.logs import LivePlot

jigs = [tune for name in ("oneill", "ryan", "airds") for tune in mai.load(name).filter(genre="jig")]
train, valid, test = ([t for t in jigs if t.split == s] for s in ("train", "valid", "test"))
peeler = next(tune for tune in test if tune.title == "The Angry Peeler")
mai.show(maps.excerpt(peeler.melody_score, range(1, 9)), ["score", "player", "sound"])

# %% [markdown]
# Bars 5, 6 and 7 are bars 1, 2 and 3. Tunes live on such returns. To play bar 5, an LSTM must have carried the first
# bar through the three others, without knowing that it would be wanted. It would be simpler to look back.
#
# ## 2. Predict
#
# We are going to build a network in which every note may look at every other. While it learns, the whole tune lies on
# the table; so we must hide from each note what comes after it. That is what the **mask** does. What if we forget it?

# %%
mai.predict("7.1")

# %% [markdown]
# ## 3. Run: a network that looks back
#
# ### Ten lines
#
# In **attention** each note is three rows of numbers. Its **query** says what it is looking for. Its **key** says what it is, so
# that others can find it. Its **value** is what it hands over to those who look at it. All the rest is school arithmetic:


# %%
def attention(queries, keys, values, may_hear):
    # Step 1, scores: how well does each query (row) fit each key (column)?
    # (the root keeps long rows from giving large scores)
    scores = queries @ keys.T / np.sqrt(keys.shape[1])
    # Step 2, mask: what must not be heard fits infinitely badly
    scores = np.where(may_hear, scores, -np.inf)
    # Step 3, softmax: make each row weights, none below 0, that sum to 1
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    # Step 4, weighted mean: each note hears the values, by weight
    return weights @ values, weights


# %% [markdown]
# Nothing has been learned yet, so we choose the rows ourselves. A note is described by its pitch and by its place in the bar. The
# same description serves as query and as key, so that each note looks for notes like itself; the value is its
# pitch. As a mask we take `np.tri`, a table that is true on and below its diagonal: row 3 may hear notes 0 to 3.

# %% tags=["nbval-check-output"]
notes = [note for note in peeler.melody if note.onset < 5 * peeler.meter.bar_duration]
pitches = np.array([note.pitch for note in notes])
places = np.array([note.onset % peeler.meter.bar_duration for note in notes])
vectors = 8 * np.hstack([np.eye(128)[pitches], np.eye(72)[places]])
causal = np.tri(len(notes), dtype=bool)
heard, weights = attention(vectors, vectors, pitches[:, None], causal)
first = next(i for i, note in enumerate(notes) if note.onset >= 4 * peeler.meter.bar_duration)
print(f"the first note of bar 5 gives {weights[first, 0]:.0%} to the first of bar 1,")
print(
    f"{weights[first, first]:.0%} to itself, and {weights[first, 1:first].sum():.0%} to all others"
)

# %% [markdown]
# ### The leak check
#
# Does it really hear nothing that comes later? Do not believe a diagonal, test it: change the last note, and see whether
# anything that was heard *before* moves. We do it with open ears, too.

# %% tags=["nbval-check-output"]
changed = vectors.copy()
changed[-1] = vectors[0]
for name, mask in (("open ears", np.ones_like(causal)), ("with mask", causal)):
    before, _ = attention(vectors, vectors, vectors, mask)
    after, _ = attention(changed, changed, changed, mask)
    moved = ~np.isclose(before, after).all(axis=1)[:-1]
    print(f"{name}: {moved.sum()} of {len(moved)} earlier notes hear something else")

# %% [markdown]
# ### The package's block
#
# A **transformer** stacks such layers. Each of its blocks runs several attentions side by side, called **heads**, which may
# look for different things; their queries, keys and values are made from the notes by weights that are learned. After each
# attention two plain layers of weights make something of what was heard.
#
# One thing attention lacks: order. Apart from the mask, it would hear the same if the notes before were shuffled. So each query
# and key is also turned a little further at every token, as a clock's hand is, and a score can tell how far apart two tokens
# stand. Here is an untrained block. Do its heads do what your ten lines do?

# %% tags=["nbval-check-output"]
sizes = {"transformer": Sizes("transformer", 64, num_layers=2, num_heads=4, dropout=0.05)}
sizes["lstm"] = Sizes("lstm", 64, num_layers=1, units=120, dropout=0.05)
network = build(sizes["transformer"])
block, heard = network.blocks[0], np.random.default_rng(0).normal(size=(12, 64)).astype("float32")
theirs = np.asarray(block.attention(heard[None]))[0]
for head, (query, key, value) in enumerate(zip(*maps.heads_of(block, heard))):
    assert np.allclose(
        attention(query, key, value, np.tri(12, dtype=bool))[1], theirs[head], atol=1e-5
    )
print("ours and the package's agree in", len(theirs), "heads")

# %% [markdown]
# And the leak check for the whole network: we let the tune end on another note, and compare all answers before it.

# %% tags=["nbval-check-output"]
as_written, other_end = maps.answers(network, peeler), maps.answers(network, peeler, pitch=61)
print(
    "answers before the last note that move:",
    (abs(as_written - other_end)[:-1] > 1e-4).any(1).sum(),
)

# %% [markdown]
# ### The prediction
#
# Now we forget the mask, on purpose, and train. The network is as small as they come: one block. Then it sits the exam
# twice: first with the whole tune on the table, as in its training; then note by note, as when it composes.


# %%
FULL = False  # True trains both small presets: for a GPU; the bar says how long without
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"  # our tests, which only try each cell
tunes, watched, exam = (train[:16], valid[:4], test[:4]) if SMOKE else (train, valid, test)


def train_on(sizes, epochs, rate, watcher=None, batch=768, window=256):
    pace = {"batch_tokens": batch, "window": window, "warmup_steps": 50}
    recipe = Recipe(epochs=1 if SMOKE else epochs, patience=epochs, learning_rate=rate, **pace)
    trainer = Trainer(sizes, examples_of(tunes), examples_of(watched), recipe)
    trainer.fit(has_progress=False, on_report=watcher)
    return trainer.network


# %%
with maps.without_mask():
    cheat = train_on(Sizes("transformer", 64, 1, 4), 2, 0.005, batch=512, window=128)
    bits, notes = maps.pitch_bits(cheat, exam)
print(f"with the tune on the table:   {bits.sum() / notes.sum():.1f} bits per pitch")
bits, notes = maps.pitch_bits(cheat, exam)
print(f"note by note, as it composes: {bits.sum() / notes.sum():.1f} bits per pitch")
mai.show(draw_jig(cheat, 0.9, seed=1), ["player"])

# %% [markdown]
# In the first line the best composer in the history of the world; in the second, worse than dice, which need
# 6.4 bits for 85 pitches. It has learned one thing perfectly: to read the next note off the page. When it
# composes, there is no page. This fault has no error message and the loveliest curve of all, and it has been
# published more than once. Held-out tunes do not uncover it. The leak check does.
#
# ### Train it properly
#
# With its mask, then, and beside it the LSTM of lesson 05. For a fair race both have about as many weights, the same tunes, and
# the same number of passes; each runs at the pace that suits it. This is the longest wait of the lesson.

# %%
networks = {}
for kind, rate in (("transformer", 0.006), ("lstm", 0.015)):
    if FULL:
        networks[kind] = fit("melody", "small", network=kind, data=jigs, name=f"my-{kind}").network
    else:
        networks[kind] = train_on(sizes[kind], 8, rate, LivePlot(kind))

# %% [markdown]
# Both curves have the cliffs that you know. The transformer's plain is longer: before it can learn what to
# make of an earlier note, it must find out *where to look*, and at first it looks everywhere alike.
#
# ### The comparison
#
# The exam, pitch by pitch, with intervals from lesson 05's bootstrap: tunes are drawn anew, and the figures counted
# again. The last line counts the difference tune by tune, which is much surer than comparing two intervals.


# %%
def compare(pair):
    bits = {}
    for kind, network in pair.items():
        bits[kind], notes = maps.pitch_bits(network, exam)
        figures = "{:.2f} bits per pitch, with other tunes {:.2f} to {:.2f}"
        print(
            f"{kind}, {network.count_params():,} weights:",
            figures.format(*bootstrap(bits[kind], notes)),
        )
    saved = bootstrap(bits["lstm"] - bits["transformer"], notes)
    print("the transformer saves {:.2f}; with other tunes {:.2f} to {:.2f}\n".format(*saved))


compare(networks)

# %% [markdown]
# Read the last line before you read on. If its interval holds 0, this exam cannot tell the two apart. If it lies
# below 0, the LSTM has won, and that is no disgrace: with few tunes and little time, a network that
# is *told* that the latest notes matter most has a head start on one that must discover it.
#
# So a race of two minutes is not the last word. The package brings pairs that were trained to the end, on the training
# side of all its tunes; `tiny` and `small` are their sizes. They have not seen our exam either.

# %%
for preset in ("tiny", "small"):
    names = {kind: f"melody-{preset}-{kind}" for kind in sizes}
    if set(names.values()) <= set(list_models()):
        print(preset)
        compare({kind: load_model(name).network for kind, name in names.items()})

# %% [markdown]
# ## 4. Investigate: where does it look?
#
# Where does a trained transformer look? We let it read the tune of the first cell, and note, each time that it has to
# choose a pitch, how each head divides its weight among the notes heard so far. The table says how much of it goes to
# notes at *the same place in an earlier bar*. Rows are layers, columns are heads.

# %%
best = "melody-small-transformer"
reader = load_model(best).network if best in list_models() else networks["transformer"]
seen = maps.note_maps(reader, peeler, bars=8)
print(f"a head that looks everywhere alike: {seen.chance:.2f}")
print(seen.looks_back.round(2))

# %% [markdown]
# Most heads care for other things. Here is the one that looks back most. Go along a row: it is a note that is being
# chosen. The dark squares in it are the notes that this head looks at. Nothing lies above the diagonal; you know why. Below
# the map stand two bars: the one that the head mostly looks at from the chosen `bar`, then that bar itself.


# %%
def look(layer, head, bar):
    from_bar = seen.weights[layer, head][seen.bars == bar].sum(axis=0)
    by_bar = np.bincount(seen.bars, weights=from_bar) / from_bar.sum()
    words = f"{seen.looks_back[layer, head]:.0%} of its weight at the same place"
    words += f"; from bar {bar} it looks at bar {by_bar.argmax()}, with {by_bar.max():.0%}"
    both = maps.excerpt(peeler.melody_score, [int(by_bar.argmax()), bar])
    return words, maps.draw_map(seen, layer, head), mai.show(both, ["score", "player"])


(layer, head), (layers, heads) = seen.best, seen.looks_back.shape
mai.explore(look, layer=[layer, *range(layers)], head=[head, *range(heads)], bar=[6, *range(2, 9)])

# %% [markdown]
# Look at the rows of bars 5 to 7. A dark line runs through them, parallel to the diagonal, four bars to the left: note by note
# the head follows the first bars with its finger, while the network plays their return. (In a network of
# your own the line is fainter.) Nobody told it that tunes
# return. It is the second memory of lesson 04, and this time it was learned.
#
# Now choose another layer and head, and find one that looks just one note back, and one for which you have no name.
# Choose another `bar`, too, and play the two bars each time: can you hear why the head looks there?
#
# A word of caution. A map shows where a head looks, not what the network makes of it: its other heads, and the plain layers,
# have a say too. It is a good place to begin asking, and no proof.
#
# ### Whom has it read?
#
# The network that comes with the package learned from 3,690 tunes, and its page in `docs/models` names every collection, with
# licence and checksum. Their makers could not be asked; they died long ago, and their music is in the public domain. Many
# large music models have learned from the work of people who are alive, and do not say whose. In the European Union, as we
# read Directive 2019/790, article 4, works that one may lawfully reach may be copied for such mining, unless their owners
# have said no, on the internet in a way that machines can read. Elsewhere courts are still busy. *To discuss:* what should a
# musician be able to find out about a model, and to refuse it? Is "it learned as a pupil learns" a good answer?
#
# ## 5. Modify
#
# **Exercise 7.1.** *The mask, by hand.* Without `np.tri` this time, and with a shorter memory. You get the bar of each note, such as
# `[1, 1, 2, 2, 3]`, and a reach. Give a table of True and False: may the note of this row hear the note of this column? It
# may hear itself and what has sounded, in its own bar and in as many bars before it as the reach says.


# %%
def may_hear(bars, reach):
    # solution 7.1
    bars, order = np.array(bars), np.arange(len(bars))
    has_sounded = order[None, :] <= order[:, None]
    is_near = bars[:, None] - bars[None, :] <= reach
    return has_sounded & is_near


# %% tags=["nbval-check-output"]
mai.check("7.1", may_hear)

# %% [markdown]
# **Exercise 7.2.** *The leak check, as a tool.* You get a listener, a function that turns a table (a row for each note)
# into a table of what each note hears, and such a table. Say whether the listener leaks: True or False.


# %%
def leaks(listen, notes):
    # solution 7.2
    for place in range(len(notes)):
        other = notes.copy()
        other[place] += 1
        if not np.allclose(listen(notes)[:place], listen(other)[:place]):
            return True
    return False


# %% tags=["nbval-check-output"]
mai.check("7.2", leaks)

# %% [markdown]
# **Exercise 7.3.** *Find the head.* You get maps (heads, rows, columns), and for each note its bar and its position in the bar. Which
# head puts most weight on notes at the same position in an earlier bar?


# %%
def head_that_looks_back(heads, bars, positions):
    # solution 7.3
    bars, positions = np.array(bars), np.array(positions)
    same_place = positions[:, None] == positions[None, :]
    earlier_bar = bars[None, :] < bars[:, None]
    return (heads * (same_place & earlier_bar)).sum(axis=(1, 2)).argmax()


# %% tags=["nbval-check-output"]
mai.check("7.3", head_that_looks_back)

# %% [markdown]
# ## 6. Make: an ending that remembers
#
# Make a jig whose ending remembers its beginning. Draw with several seeds and temperatures, and keep one. Listen for what
# returns: does it come back at the right place, and is it changed when it does?
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It remembers** | each bar is new | a bar or a turn comes back | and at a place where one waits for it |
# | **It does not stutter** | the same bar four times | no bar thrice | and what returns is varied |
# | **I checked it** | it sounds good | I know which bars return | and I have found them in a map |

# %%
mine = draw_jig(reader, 0.8, ["longest_repetition=2", "end_on_tonic"], seed=4)
mai.show(mine, ["score", "sound"])

# %%
report_card(mine, mai.load("oneill").filter(genre="jig", split="test"))

# %% [markdown]
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(7)

# %% [markdown]
# ## 8. Keep
#
# Save your jig, and give it its stars: more than that of lesson 05?

# %% tags=["nbval-check-output"]
mai.write(mine, "my_attentive_jig.mid")
print("saved: my_attentive_jig.mid")

# %%
mai.rating_panel(mine)

# %% [markdown]
# Next: in [lesson 08](08_rhythm.ipynb) such networks learn what we have so far taken for granted: rhythm.
