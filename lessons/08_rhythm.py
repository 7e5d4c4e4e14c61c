# %% [markdown]
# # Lesson 08: Rhythm
#
# | | |
# |---|---|
# | **The learner can** | count a groove, beat a table with a rhythm model, make printed notes swing, and measure whether a wish for density or meter was met |
# | **Needs** | lessons 05 and 06 |
# | **Minutes** | 50 |
# | **CPU seconds** | 134 on two cores, measured for the whole notebook |
# | **Data** | jigs, reels, hornpipes and airs of *O'Neill's Music of Ireland* (1903), of Ryan's collection and of Aird's airs, all in the public domain; their cards are `datasets/*/card.md` |
# | **If you play, but do not program** | Tap all of section 1, then skip the code of *A table for durations* and of the network; *Let it drum* and *Swing* are yours. [Read Python in ten minutes](../docs/reading_python.md) for exercise 8.2, which has a dictionary |
# | **If you program, but do not read music** | Play section 1 until you can tell the three dances apart without looking. Meters, dots and triplets: [Read music in ten minutes](../docs/reading_music.md). *A network for rhythm* you may skim |
#
# Whoever drums on a table with two fingers makes music, and nobody asks for the pitches. So far our models learned rhythm on
# the side. In this lesson we take the pitches away and look at what is left: which is, to a dancer, nearly everything.
#
# ## 1. Hear it
#
# Three dances, each tapped on one note: a jig, a reel, a hornpipe. Which is which? Your feet know before you do.

# %%
import os

import numpy as np

import melodyai_edu as mai
from melodyai_edu.checks import lesson_08_rhythms as rhythms
from melodyai_edu.evaluation import report_card
from melodyai_edu.evaluation.control import Share
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.models.presets import Sizes
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.theory import groove
from melodyai_edu.training import Recipe, Trainer, fit
from melodyai_edu.training.examples import examples_of
from melodyai_edu.training.logs import LivePlot

books = [tune for name in ("oneill", "ryan", "airds") for tune in mai.load(name)]
dances = [tune for tune in books if tune.genre in ("jig", "reel", "hornpipe")]
named = {tune.title: tune for tune in dances}
three = [named[title] for title in ("The Angry Peeler", "The New Demesne", "The Piper's Despair")]
mai.show(rhythms.tap(three[0].melody_score), ["score", "player", "sound"])

# %%
mai.show(rhythms.tap(three[1].melody_score), ["score", "player", "sound"])

# %%
mai.show(rhythms.tap(three[2].melody_score), ["score", "player", "sound"])

# %% [markdown]
# The first is the jig: it runs in threes. The second is a reel: nothing in it is dotted; even eighths run, and a quarter or a
# triplet (three in the time of two) gives them a push. The third is a hornpipe, and it cannot make up its mind: even in bar
# 1, triplets and dotted pairs (long and short, three to one) by turns in bar 2. We shall come back to that.
#
# ## 2. Predict
#
# In a moment we count how long the notes are, at each place of a bar in 2/2. At some places the count leaves hardly a doubt
# about what comes. At which does it leave most?

# %%
mai.predict("8.1")

# %% [markdown]
# ## 3. Run: when, and how long?
#
# ### A groove is a shape
#
# Here is the simplest thing that can be counted: where in the bar do notes begin? That is their **onsets**, as you
# know. Three lines do it, and the package agrees.

# %% tags=["nbval-check-output"]
jig = three[0]
length = jig.meter.bar_duration  # a quarter has 24 ticks, a bar of 6/8 has 72
# Step 1: at which tick of its bar does each note begin? Add its share there
shares = np.zeros(length)
for note in jig.melody:
    shares[note.onset % length] += 1 / len(jig.melody)
# Step 2: the package counts the same
assert np.allclose(shares, groove.onset_shares(jig.melody, jig.meter))
print({place: f"{shares[place]:.0%}" for place in range(0, length, 12)})

# %% [markdown]
# Such a shape is what musicians call the feel of a dance: where it steps, and where it leaves air. Count over all tunes, and
# each dance has its own. Compare the rows: which places does a dance hardly ever touch? And what are the small bars at 4, 8, 12
# and 16 that only the hornpipe has?


# %%
def profile(tunes, meter):
    found = [t for t in tunes if f"{t.meter.numerator}/{t.meter.denominator}" == meter]
    pickups = [t.melody_score.pickup for t in found]
    return np.mean(
        [groove.onset_shares(t.melody, t.meter, p) for t, p in zip(found, pickups)], axis=0
    )


groups = {"jig": "6/8", "reel": "2/2", "hornpipe": "2/2"}
rhythms.draw_profiles(
    {
        kind: profile([t for t in dances if t.genre == kind], meter)
        for kind, meter in groups.items()
    },
    "share of onsets at each sixteenth of the bar",
)

# %% [markdown]
# ### A table for durations
#
# Now a model. We count which durations came at each place of each meter, on the tunes to learn from. Then we ask the exam's
# tunes how much they surprise the table: lesson 04's bits, for durations alone. Every duration gets a tenth of a count in
# advance, so that nothing is impossible.

# %% tags=["nbval-check-output"]
train, valid, test = ([t for t in dances if t.split == s] for s in ("train", "valid", "test"))


def events(tune):
    places = groove.bar_positions(tune.melody, tune.meter, tune.melody_score.pickup)[1]
    meter = (tune.meter.numerator, tune.meter.denominator)
    return [(*meter, place) for place in places], tune.melody.durations


# Step 1: at each place, count what came
counts = {}
for tune in train:
    for place, duration in zip(*events(tune)):
        here = counts.setdefault(place, {})
        here[duration] = here.get(duration, 0) + 1
kinds = len({duration for here in counts.values() for duration in here})


# Step 2: a tenth in advance, divide, and take the bits
def surprise(place, duration):
    here = counts.get(place, {})
    return -np.log2((here.get(duration, 0) + 0.1) / (sum(here.values()) + 0.1 * kinds))


table = [sum(surprise(*event) for event in zip(*events(tune))) for tune in test]
numbers = [len(tune.melody.notes) for tune in test]
print(f"the table: {sum(table) / sum(numbers):.2f} bits per duration")
print(f"dice with {kinds} sides: {np.log2(kinds):.2f}")

# %% [markdown]
# That is cheap: a pitch cost the counters of lesson 04 more than two bits. And the cost is not spread evenly. Here is the
# answer to the prediction, at each place of a bar in 2/2:

# %%
costs = [[] for _ in range(96)]
for tune in test:
    for place, duration in zip(*events(tune)):
        if place[:2] == (2, 2):
            costs[place[2]].append(surprise(place, duration))
means = np.array([np.mean(cost) if len(cost) > 20 else 0 for cost in costs])
rhythms.draw_profiles({"bits": means}, "what a duration costs the table, by its place in 2/2")

# %% [markdown]
# At the four quarters, sixteenths 1, 5, 9 and 13, a musician decides; between them the decision is carried out. A dancer
# of 2/2 counts two of these as beats and feels the other two as well. Most of what rhythm *says* is said there. Whether
# listeners wait for just these places, this count cannot say.
#
# ### A network for rhythm
#
# The table has no memory: it does not know what the bar before was like. A network hears the whole tune so far. It is lesson 07's
# transformer, and it reads the same tokens, only that every pitch is the tonic. It trains for a minute or two.

# %%
FULL = False  # True trains the small preset: for a GPU; the bar says how long without
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"  # our tests, which only try each cell
learn, watch, exam = (train[:40], valid[:4], test[:6]) if SMOKE else (train, valid[::4], test)
if FULL:
    network = fit("rhythm", "small", data=dances, name="my-rhythm").network
else:
    sizes = Sizes("transformer", hidden_dim=48, num_layers=2, num_heads=4, dropout=0.0)
    pace = {"batch_tokens": 1536, "window": 256, "warmup_steps": 30, "learning_rate": 0.008}
    recipe = Recipe(epochs=1 if SMOKE else 4, patience=4, **pace)
    trainer = Trainer(sizes, examples_of(learn, "rhythm"), examples_of(watch, "rhythm"), recipe)
    trainer.fit(has_progress=False, on_report=LivePlot("rhythm"))
    network = trainer.network

# %%
best = "rhythm-small-transformer"
drummers = {"yours": network} | (
    {"shipped": load_model(best).network} if best in list_models() else {}
)
for name, drummer in drummers.items():
    bits, durations = rhythms.duration_bits(drummer, exam)
    print(
        "{}: {:.2f} bits per duration, with other tunes {:.2f} to {:.2f}".format(
            name, *bootstrap(bits, durations)
        )
    )

# %% [markdown]
# Yours should lie clearly below the table's figure, and the one that comes with the package, `shipped`, at half of it. Both
# comparisons are fair to the table in one way and not in another: the network hears rests and bar lines as well, and is told
# the genre. Say so when you report it. And the interval comes from lesson 05's bootstrap: it says what other tunes of this
# kind would have changed, not what another seed would.
#
# What can the network know that the table cannot? That a tune which began in running eighths mostly runs on, and that a bar
# comes back.
#
# ## 4. Investigate: few notes or many?
#
# ### Let it drum
#
# Here a rule from lesson 02 fills each bar exactly, and the network chooses. Change the density: 1 asks for few notes, 5 for
# many, 0 for nothing in particular. When you have heard enough, set it back, and change the genre alone, then the meter alone.

# %%
drummer = drummers.get("shipped", network)


def look(density, genre, meter):
    drawn = rhythms.draw_rhythm(drummer, genre, meter, density=density, seed=2)
    words = f"{len(drawn.parts[0].notes) / 8} notes a bar"
    return words, mai.show(drawn, ["score", "player", "sound"])


mai.explore(look, density=[1, 0, 3, 5], genre=[None, "jig", "air"], meter=["2/4", "3/4", "6/8"])

# %% [markdown]
# ### Asked, and got
#
# A wish is not a rule. Genre, meter and density stand before the first note, as a few words to a drummer, and the network may
# mishear them. So we ask forty times, with no rule to help, and count. First the meter: in how many pieces is *each*
# bar just as long as the meter says? The interval is Wilson's, from lesson 06.

# %%
many = 4 if SMOKE else 40
for meter in ("2/4", "3/4", "6/8", "9/8"):
    pieces = rhythms.ask_for(drummer, [{"meter": meter, "bars": 8}] * many)
    print(meter, Share(sum(piece.filled_bars == 1 for piece in pieces), many))

# %% [markdown]
# It counts. Nobody gave it a rule for that. The meter with the fewest tunes has the most slips. Now the density, in
# 2/4, without a genre. `guidance` says how loud the wish is spoken: at 1 as in the tunes, above 1 louder.


# %%
def notes_a_bar(guidance):
    wishes = [{"meter": "2/4", "bars": 8, "density": d} for d in (1, 3, 5) for _ in range(many)]
    pieces = rhythms.ask_for(drummer, wishes, guidance=guidance)
    found = [len(piece.score.parts[0].notes) / 8 if piece.score else np.nan for piece in pieces]
    return np.nanmean(np.reshape(found, (3, many)), axis=1)


for guidance in (1.0, 2.0):
    print(f"guidance {guidance}: few, middle, many notes a bar:", notes_a_bar(guidance).round(1))

# %% [markdown]
# The row climbs, and louder wishes drive its ends apart. But try `density=5` with a jig *in 6/8* where it drums above: a jig in
# eighths has six places in its bar, and stays a jig. Where two wishes contradict each other, the tunes decide which one wins.
#
# ### Tidier than people
#
# Do its rhythms hang together as a tune's do? **Groove similarity** compares every two bars, sixteenth by sixteenth.

# %%
reels = [tune for tune in test if tune.genre == "reel"]
played = [groove.groove_similarity(t.melody, t.meter, t.melody_score.pickup) for t in reels]
wishes = [{"genre": "reel", "meter": "2/2", "bars": 16}] * many
scores = [p.score for p in rhythms.ask_for(drummer, wishes) if p.score]
drawn = [groove.groove_similarity(s.parts[0].melody(), s.meter, s.pickup) for s in scores]
print(f"people: {np.median(played):.2f}   network: {np.median(drawn):.2f}")

# %% [markdown]
# The network is the more regular drummer. That is what cutting off unlikely notes does, and an even groove is not
# yet a good one: a metronome has 1.00.
#
# ### Swing
#
# Back to the hornpipe, and its small bars: those are the short notes after dotted ones. How many hornpipes have them at all, in print?

# %% tags=["nbval-check-output"]
hornpipes = [tune.melody.durations for tune in dances if tune.genre == "hornpipe"]
dotted = [{(18, 6), (9, 3)} & {*zip(each, each[1:])} for each in hornpipes]
print(f"of {len(dotted)} hornpipes {dotted.count(set()) / len(dotted):.0%} have no dotted pair")

# %% [markdown]
# Three in five are printed without a single dotted pair, others are dotted throughout, and a few mix both, as ours does. Yet
# they are one dance. Players hold the first of two eighths and bring the second late, and printers wrote that down as dotted,
# or did not care to. Change `ratio`: 1 is as printed, 1.4 is lazy, 2 is triplet swing, 3 is dotted.

# %% tags=["nbval-check-output"]
ratio = 2
hornpipe = named["The Piper's Despair"]
danced = groove.swing(hornpipe.melody, hornpipe.meter, ratio)
print("printed:", groove.swing_ratio(hornpipe.melody, hornpipe.meter))
print("danced: ", groove.swing_ratio(danced, hornpipe.meter))

# %%
mai.show(rhythms.swung(hornpipe.melody_score, ratio), ["player", "sound"])

# %% [markdown]
# No pitch has changed and no beat has moved; what was printed dotted or in triplets has stayed as it was. Our networks know even and
# dotted, for both are in print. What lies between, and is danced, they have never heard: it does not stand in their books. A
# model knows what was written down. Remember that when someone tells you that theirs knows music.
#
# ## 5. Modify
#
# **Exercise 8.1.** *Swing, by hand.* You get onsets in ticks, 24 to the quarter, and a ratio. Give the list of new onsets:
# the second eighth of each quarter, and nothing else, comes late, so that first and second are in that ratio.


# %%
def swing_by_hand(onsets, ratio):
    # solution 8.1
    late = 24 * ratio / (1 + ratio) - 12
    return [onset + late if onset % 24 == 12 else onset for onset in onsets]


# %% tags=["nbval-check-output"]
mai.check("8.1", swing_by_hand)

# %% [markdown]
# **Exercise 8.2.** *The bar line as a mask.* The table says how likely each duration is; in the bar there is only so much
# room. Give the chances of those that fit, as a dictionary whose values add up to 1. (This is what the automaton of lesson 02
# does before each note that the network draws: the rule says what may come, the model says what should.)


# %%
def fitting(chances, room):
    # solution 8.2
    kept = {duration: chance for duration, chance in chances.items() if duration <= room}
    return {duration: chance / sum(kept.values()) for duration, chance in kept.items()}


# %% tags=["nbval-check-output"]
mai.check("8.2", fitting)

# %% [markdown]
# **Exercise 8.3.** *Alike.* You get the onsets of two bars of 4/4, in ticks from their bar lines. At what share of the sixteen
# sixteenths do they agree? (They agree where a note begins in both, and where none begins in either.)


# %%
def alike(first, second):
    # solution 8.3
    return np.mean([(place in first) == (place in second) for place in range(0, 96, 6)])


# %% tags=["nbval-check-output"]
mai.check("8.3", alike)

# %% [markdown]
# ## 6. Make: a rhythm to dance to
#
# Make a rhythm that you would dance to, and put a melody over it. Draw until one makes your foot move. Each of its bars
# becomes a rule, and the composer finds pitches for just these durations. Where the rules leave no melody, it says so.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **It moves** | I count along | my foot goes along | I know where the next step falls |
# | **It returns** | no bar comes again | a bar comes again | and with a change where I wait for it |
# | **The melody fits** | pitches anyhow | long notes where it rests | I would hum it without the rhythm |

# %%
mine = rhythms.draw_rhythm(drummer, "air", "3/4", seed=5)
song = mai.compose(
    genre="air", meter="3/4", bars=8, seed=5, rules=[*rhythms.rhythm_rules(mine), "end_on_tonic"]
)
mai.show(song.score, ["score", "player", "sound"])

# %% [markdown]
# The report card's groove line is the number of exercise 8.3:

# %%
report_card(song.score, mai.load("oneill").filter(genre="air", split="test"))

# %% [markdown]
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(8)

# %% [markdown]
# ## 8. Keep
#
# Save your song, once as printed and, if its beat is a quarter, once swung: the second is what you send to a friend, the
# first what you put on a music stand. Give it its stars.

# %% tags=["nbval-check-output"]
mai.write(song.score, "my_rhythm.mid")
mai.write(rhythms.swung(song.score, 2), "my_rhythm_danced.mid")
print("saved: my_rhythm.mid, my_rhythm_danced.mid")

# %%
mai.rating_panel(song.score)

# %% [markdown]
# Next: in [lesson 09](09_harmony.ipynb) melodies get a bass, and chords.
