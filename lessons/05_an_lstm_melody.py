# %% [markdown]
# # Lesson 05: An LSTM melody
#
# | | |
# |---|---|
# | **The learner can** | train a network on real tunes, sample from it by temperature, beat the n-gram, and cure a one-note loop |
# | **Needs** | lessons 02 and 04 |
# | **Minutes** | 60 |
# | **CPU seconds** | 194 on two cores, measured for the whole notebook |
# | **Data** | jigs of *O'Neill's Music of Ireland* (1903), of Ryan's collection and of Aird's airs, all in the public domain; their cards are `datasets/*/card.md` |
# | **If you play, but do not program** | Of *What an LSTM is* read the three questions and skip the code; do not miss *Curing the loop*. Exercise 5.2 is the gentlest. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | If you have trained networks, skim to *Against the n-gram*. Bars, scale steps and the tonic: [Read music in ten minutes](../docs/reading_music.md) |
#
# In lesson 04 you built a composer by counting. It had one weakness that no counting cures: a long context has been heard only
# once, so the counter must forget, or copy. In this lesson you train a **network**: a long sum with many thousand
# numbers in it, its *weights*, which are not chosen by anybody but learned. This one decides for itself what to remember.
#
# ## 1. Hear it
#
# First, a jig from the package's n-gram composer. In the exam below you will see which n-grams your network beats, and whether
# it beats this one.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.checks.lesson_05 import draw_jig, next_pitches, tune_bits, wander
from melodyai_edu.evaluation import report_card
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.evaluation.statistics import longest_one_note_run
from melodyai_edu.io.corpus_csv import write_csv
from melodyai_edu.models import NGram
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.models.presets import Sizes
from melodyai_edu.tokens import VOCABULARY, encode
from melodyai_edu.training import Recipe, Trainer, fit, original
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.logs import LivePlot

opponent = mai.compose(genre="jig", key="G major", bars=8, seed=5, model="ngram")
mai.show(opponent.score, ["score", "player", "sound"])

# %% [markdown]
# Now the material. Three corpora hold jigs. Each tune has a side: the network learns from **train**; at **valid** we look
# while it trains, to know when to stop; **test** is the exam, and nobody looks at it before.

# %% tags=["nbval-check-output"]
jigs = [tune for name in ("oneill", "ryan", "airds") for tune in mai.load(name).filter(genre="jig")]
train, valid, test = ([t for t in jigs if t.split == s] for s in ("train", "valid", "test"))
print(len(train), "tunes to learn from,", len(valid), "to watch,", len(test), "for the exam")
print(*encode(train[0].melody_score).tokens[4:12])

# %% [markdown]
# The tokens are those of lesson 01: a Duration, then a Pitch, and bar lines. So this composer learns rhythm as well.
#
# ## 2. Predict
#
# A network begins with random numbers and learns in small **steps**: it hears some tunes, guesses at each token what comes
# next, and after those tunes we move all its numbers a little, once, so that the right tokens would have surprised it less.
# Its **loss** is that surprise, on average. Lesson 04 measured it in bits; networks measure it in *nats*, and a nat is 1.44
# bits.
#
# We stop one network after sixteen steps, and let it always take the likeliest token. What will it play?

# %%
mai.predict("5.1")

# %% [markdown]
# ## 3. Run: train a network
#
# ### What an LSTM is
#
# **LSTM** means long short-term memory. It carries two rows of numbers from token to token: the *cell*, its memory, and what
# it *says*. At each token it asks three questions of every number in its memory, like a player who reads on: should I still
# remember this? Is what I hear now worth remembering? Does it matter for the next note? The answers are numbers from 0 (no)
# to 1 (yes), made by a curve that is called the *sigmoid*, and the weights that give them are what is learned. From scratch:


# %%
def yes_or_no(number):
    return 1 / (1 + np.exp(-number))


def lstm_step(heard, said, cell, weights):
    # Step 1: weigh what is heard and what was said, for four purposes at once
    from_heard, from_said, habit = weights
    write, keep, speak_of, matter = np.split(heard @ from_heard + said @ from_said + habit, 4)
    write, keep, new, tell = yes_or_no(write), yes_or_no(keep), np.tanh(speak_of), yes_or_no(matter)
    # Step 2: forget some of the memory, and write some of the new into it
    cell = keep * cell + write * new
    # Step 3: say that part of the memory which matters now
    return tell * np.tanh(cell), cell


# %% [markdown]
# ### Sixteen steps
#
# Now the package's network, as small as it goes: one layer of 128 such cells, between a table that turns tokens into numbers and
# one that turns numbers into probabilities. A step hears three tunes or so. The first run is the one that we stop far
# too early.


# %% tags=["nbval-check-output"]
FULL = False  # True trains the small preset: for a GPU; the bar says how long without
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"  # our tests, which only try each cell
sizes = Sizes("lstm", hidden_dim=64, num_layers=1, units=128, dropout=0.05)


def train_on(tunes, watched, epochs, watcher=None):
    pace = {"learning_rate": 0.015, "batch_tokens": 768, "window": 128, "warmup_steps": 30}
    recipe = Recipe(epochs=epochs, patience=epochs, **pace)
    trainer = Trainer(sizes, examples_of(tunes), examples_of(watched), recipe)
    trainer.fit(has_progress=False, on_report=watcher)
    return trainer


early = train_on(train[:40], valid[:4], epochs=1)
print(early.network.count_params(), "weights,", early.report.step, "steps")

# %% [markdown]
# Does it work as we said? Let its first layer and our ten lines hear the same eight tokens:

# %% tags=["nbval-check-output"]
layer = early.network.stack[0]
weights = [np.asarray(weight) for weight in layer.get_weights()]
heard = np.random.default_rng(0).normal(size=(8, early.network.hidden_dim)).astype("float32")
said = cell = np.zeros(early.network.units)
for one in heard:
    said, cell = lstm_step(one, said, cell, weights)
assert np.allclose(said, np.asarray(layer(heard[None]))[0, -1], atol=1e-4)
print("ours and the package's say the same")

# %% [markdown]
# And now hear what it has learned in sixteen steps. Temperature 0 means: always the likeliest.

# %%
loop = draw_jig(early.network, temperature=0)
print("notes in the longest run of one pitch:", longest_one_note_run(loop)[0])
mai.show(loop, ["score", "player"])

# %% [markdown]
# That is the **one-note loop**, the commonest failure of all first networks. Remember how it comes about: the model knows which note
# is commonest, and little about what follows what; and its first choice at one place is its first choice at the next.
# We shall cure it. First comes the honest way: more training.
#
# ### Training, and how to read the curve
#
# One **epoch** is one pass over all tunes. While the cell runs, the picture grows.

# %%
if FULL:
    network = fit("melody", "small", network="lstm", data=jigs, name="lesson05").network
elif SMOKE:
    network = train_on(train[:16], valid[:4], epochs=1, watcher=LivePlot("jigs")).network
else:
    network = train_on(train, valid, epochs=8, watcher=LivePlot("jigs")).network

# %% [markdown]
# Read it from the left. First a cliff: within a few steps the network knows which tokens are common, and that Durations and
# Pitches take turns. Then a bend, and after it a long slope: now it learns music, and each epoch gives less than the one
# before. The dots, the tunes that it does not train on, keep up with the line, or even lie below it. (A line is the mean of
# many steps, the earlier and worse ones among them; and while it trains, a twentieth of its numbers are switched off by
# chance, which is called *dropout*.) So nothing is learned by heart yet: more epochs would still help.
#
# What if there are only a few tunes? The same network, twelve of them, many more epochs:

# %%
some, watched, epochs = (train[:4], valid[:4], 2) if SMOKE else (train[:12], valid[:12], 50)
few = train_on(some, watched, epochs, LivePlot("twelve tunes"))

# %% [markdown]
# You know this picture from lesson 04: there it had orders below, here it has steps. On its own tunes the network gets better
# and better; on tunes that it does not know it gets better, then **worse**. It overfits. The way out is not
# to train less, nor more, but to keep the weights from where the dots were lowest. It is called *early stopping*, and
# `Trainer` does it for you; in exercise 5.1 you do.
#
# ### Against the n-gram
#
# The exam. Both have learned from the same tunes; both are asked about the same held-out ones, Duration by Duration and Pitch by
# Pitch. The n-gram is that of lesson 04, on all tokens; of its orders we take the one that is best on the valid tunes. The
# last line bootstraps: it draws the exam's tunes anew two thousand times, takes the mean gain of each draw, and says where the
# middle 95% of those means lie (lesson 06 builds it).


# %%
def mean_bits(model, tunes):
    bits, notes = tune_bits(model, tunes)
    return bits.sum() / notes.sum()


tokens = [encode(tune.melody_score).token_ids for tune in train]
ngrams = {order: NGram(len(VOCABULARY), order).fit([t[4:] for t in tokens]) for order in (3, 4, 5)}
watched, exam = (valid[:2], test[:2]) if SMOKE else (valid[:30], test)
order = min(ngrams, key=lambda order: mean_bits(ngrams[order], watched))
bits, notes = tune_bits(ngrams[order], exam)
ours, _ = tune_bits(network, exam)
print(f"n-gram, order {order}: {bits.sum() / notes.sum():.2f} bits per note")
print(f"LSTM:            {ours.sum() / notes.sum():.2f} bits per note")
print("it saves {:.2f}; with other tunes {:.2f} to {:.2f}".format(*bootstrap(bits - ours, notes)))

# %% [markdown]
# The network wins by about half a bit per note, and the whole interval lies above 0: it is no accident of these tunes. Why does
# it win? The n-gram looks back at four tokens, which are two notes (a Duration and a Pitch each). If it looks further, new
# tunes surprise it *more*, as in lesson 04. The network looks back as far as it likes, and where it stands in the bar is
# told to it.
#
# Do not rejoice too early. The composer of the first cell is an n-gram as well, but musicians have helped it: it
# knows phrases of four bars, and it has the second memory of lesson 04, which listens to the piece itself. It has learned
# from the same tunes:

# %%
print(f"the composer's n-gram: {mean_bits(MelodyNGram().fit(tokens), exam):.2f} bits per note")

# %% [markdown]
# A small network that has trained for two minutes on some five hundred tunes does **not** beat that. Perhaps it lacks only tunes and
# time, for it must learn from scratch what the other was told; that can be tested. With `FULL = True` a larger network
# trains to the end, and `melodyai evaluate` compares the networks that the package knows, which have trained for hours. Say
# always *which* n-gram you have beaten.

# %% [markdown]
# ## 4. Investigate: likely or surprising?
#
# ### Temperature
#
# One argument changes. Drag the slider of the temperature to each of its places. Look at the roll, and at the number.


# %%
def look(temperature):
    drawn = draw_jig(network, temperature, seed=3)
    words = f"longest run of one pitch: {longest_one_note_run(drawn)[0]} notes"
    return words, mai.show(drawn, ["player"])


mai.explore(look, temperature=[0.9, 0, 0.5, 1.2, 2])

# %% [markdown]
# At 0 it says the likeliest thing until it can say nothing else. At 2 it knows no key. Music lives between, where a
# first choice is likely and a surprise possible.
#
# ### Curing the loop
#
# We have three medicines, so we try each alone and all together: more training, a temperature, and a **rule** of lesson 02,
# `longest_repetition=2`, which masks a pitch that has sounded twice. Each line counts the longest run in five jigs; beside
# them stand five that people made. (At temperature 0 every seed gives the same jig, so one number stands there.)


# %%
def runs(network, temperature, rules=()):
    seeds = range(1 if SMOKE or temperature == 0 else 5)
    jigs = [draw_jig(network, temperature, rules, seed=seed) for seed in seeds]
    return [longest_one_note_run(jig)[0] for jig in jigs]


rule = ["longest_repetition=2"]
print("sixteen steps, likeliest:", runs(early.network, 0))
print("with training alone:      ", runs(network, 0))
print("with temperature alone:   ", runs(early.network, 1.0))
print("with the rule alone:      ", runs(early.network, 0, rule))
print("with all three:           ", runs(network, 0.9, rule))
print("people:                   ", [longest_one_note_run(t.melody_score)[0] for t in test[:5]])

# %% [markdown]
# The rule always keeps its word, for it masks. But hear what it does to a model that knows nothing: forbidden to say one note
# a third time, it says two by turns. A rule takes away a fault and adds no music. Temperature breaks the loop, and gives
# notes by chance. Only training gives the model something to say. The three belong together, in this order: train, sample,
# and keep the rule for the rest.

# %%
mai.show(draw_jig(early.network, 0, rule), ["player"])

# %% [markdown]
# ### Why not simply predict the number?
#
# A pitch is a number. Why give a probability to each of them? Why not say *the* number, and learn from the squared error, as
# people predict temperatures and prices? It has been tried many times (it is called *regression*); here it is, beside the
# same task with probabilities, a *classifier*. Both learn from a table, as such programs do.

# %%
write_csv(train[:16] if SMOKE else train, "my_jigs.csv")
regression = original.train_complex_melody_generation_model("my_jigs.csv")
classifier = original.train_complex_deep_melody_generation_model("my_jigs.csv")
heard, came = next_pitches(exam)
said = np.asarray(regression.predict(heard, verbose=0))[:, 0]
chances = np.asarray(classifier.predict(heard, verbose=0))
print(original.regression_faults(said, came))

# %% [markdown]
# Its mean error is small, a step or two of the scale. Anyone who looks at the loss alone is content. But `exact`, the share
# of notes that it gets right, is about one in nine; `between` says how many answers lie in the cracks between the keys; and
# `spread`, that it dares less than a tune does. Look at one place, where two ways on are open: the bars say what the
# classifier thinks, the line is the number that the regression says.

# %%
nearest = np.clip(said.round().astype(int), 0, 127)
place = int((chances[range(len(said)), nearest] / chances.max(axis=1)).argmin())
plt.bar(range(50, 90), chances[place, 50:90], label="probability of each pitch")
plt.axvline(said[place], color="tab:red", label="the number that regression says")
plt.xlabel("next pitch [MIDI]")
plt.legend()
mai.picture(
    f"Bars at likely pitches; the regression's line stands at {said[place]:.1f}, between two."
)

# %% [markdown]
# Between two right notes it says their average, which is a wrong note. And when it must live on its own answers, it says
# the average of averages:

# %%
plt.plot([*heard[0], *wander(regression, heard[0])], label="regression, left alone")
plt.plot([*heard[0], *came[:48]], alpha=0.5, label="the tune")
plt.axvline(15, color="0.6", linestyle=":")
plt.xlabel("note")
plt.ylabel("pitch [MIDI]")
plt.legend()
mai.picture("After sixteen notes the tune goes up and down; the regression becomes a flat line.")

# %% [markdown]
# Once more a one-note loop, and no training cures this one, for the question was wrong. The cure: ask for a probability of
# each pitch, and draw.
#
# ## 5. Modify
#
# **Exercise 5.1.** *Early stopping.* You get the losses on held-out tunes, one an epoch, and a patience. Training stops as
# soon as so many epochs in a row brought nothing better than the best before them. Give the epoch with the best loss up to
# there, counted from 1.


# %%
def best_epoch(losses, patience):
    # solution 5.1
    best, where = losses[0], 1
    for epoch, loss in enumerate(losses, 1):
        if loss < best:
            best, where = loss, epoch
        elif epoch - where >= patience:
            break
    return where


# %% tags=["nbval-check-output"]
mai.check("5.1", best_epoch)

# %% [markdown]
# **Exercise 5.2.** *The loop catcher.* From a list of pitches, give the length of the longest run of one pitch.


# %%
def longest_loop(pitches):
    # solution 5.2
    longest, run, before = 0, 0, None
    for pitch in pitches:
        run = run + 1 if pitch == before else 1
        longest, before = max(longest, run), pitch
    return longest


# %% tags=["nbval-check-output"]
mai.check("5.2", longest_loop)

# %% [markdown]
# **Exercise 5.3.** *The only answer.* You get the pitches that came, in several tunes, after one and the same beginning.
# Which single number has the least sum of squared errors to all of them?


# %%
def best_guess(pitches):
    # solution 5.3
    return sum(pitches) / len(pitches)


# %% tags=["nbval-check-output"]
mai.check("5.3", best_guess)

# %% [markdown]
# ## 6. Make: a jig for somebody
#
# Make a jig that you would play to somebody. Change temperature, seed and rules; lesson 02 has a list of them in
# `mai.rules()`. Draw many, keep one, and say why: choosing is composing, too.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It does not loop** | one pitch for a bar | no run longer than people's | and no two bars by turns |
# | **It goes somewhere** | I could stop it anywhere | it has a high point | and it comes home |
# | **I chose it** | the first that came | the best of five | and I can say what the others lacked |

# %%
mine = draw_jig(network, 0.9, ["longest_repetition=2", "end_on_tonic"], seed=6)
mai.show(mine, ["score", "sound"])

# %%
report_card(mine, mai.load("oneill").filter(genre="jig", split="test"))

# %% [markdown]
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(5)

# %% [markdown]
# ## 8. Keep
#
# Save your jig. (A network that `fit` has trained is saved as well, and every command that takes a model knows it by its
# name.) Give your jig its stars.

# %% tags=["nbval-check-output"]
mai.write(mine, "my_lstm_jig.mid")
print("saved: my_lstm_jig.mid")

# %%
mai.rating_panel(mine)

# %% [markdown]
# Next: [lesson 06](06_evaluate_honestly.ipynb) asks how good all this really is, and how sure we may be.
