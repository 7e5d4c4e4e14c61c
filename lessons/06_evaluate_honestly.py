# %% [markdown]
# # Lesson 06: Evaluate honestly
#
# | | |
# |---|---|
# | **The learner can** | put an interval on a number, catch a copy, run a blind test, and say what each number of a report card misses |
# | **Needs** | lessons 04 and 05 |
# | **Minutes** | 60 |
# | **CPU seconds** | 24 on two cores, measured for the whole notebook |
# | **Data** | dances of *O'Neill's Music of Ireland* (1903), and, in the copy check, Ryan's collection, Aird's airs and chorales, all in the public domain; their cards are `datasets/*/card.md` |
# | **If you play, but do not program** | Let the formulas be and read each *What it misses*; the copy check and the blind test need ears, not code. In exercise 6.1 you type a formula in. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | The bootstrap you may know: begin at *A report card, and forty of them*. What a scale, a semitone and an interval are: [Read music in ten minutes](../docs/reading_music.md) |
#
# Anybody can make a machine look good: choose the best of fifty pieces, count what it does well, and ask your friends.
# In this lesson you learn to be fair. You will measure the same composer in six ways, and each time we ask the one question
# that is usually left out: **what does this number miss?**
#
# ## 1. Hear it
#
# Two openings of jigs, eight bars each. One stands in a book of 1903. The other was made by the package's n-gram composer.
# Titles, tempo and instrument are the same, so there is nothing but notes to go by. Which is which? Write your answer down;
# you will need it.

# %%
import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.composition.library import train_index
from melodyai_edu.evaluation import CopyIndex, HumanCopying, copy_report, report_card
from melodyai_edu.evaluation.blind import BlindTest, pairs_needed
from melodyai_edu.evaluation.control import Share
from melodyai_edu.evaluation.genre_classifier import GenreClassifier
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.evaluation.statistics import compare, melody_statistics
from melodyai_edu.models import NGram
from melodyai_edu.score import Melody, Score
from melodyai_edu.tokens import encode
from melodyai_edu.widgets import blind_panel

jigs = mai.load("oneill").filter(genre="jig", mode="major")
train, test = jigs.filter(split="train"), jigs.filter(split="test")
ask = [{"genre": "jig", "key": t.key.name, "seed": n, "bars": 16} for n, t in enumerate(test)]
machines = [mai.compose(**asked, model="ngram").score for asked in ask]
hidden = BlindTest([test[10].melody_score], [machines[10]], seed=4)
mai.show(hidden.pair(0)[0], ["player"])

# %%
mai.show(hidden.pair(0)[1], ["player"])

# %% [markdown]
# ## 2. Predict
#
# In lesson 04 the n-gram of order 2 was the best, and order 3 came close behind. But somebody else, with an exam of ten tunes,
# reports the contrary.


# %% tags=["nbval-check-output"]
def pitches_of(tune):
    values = [token[6:] for token in encode(tune).tokens if token.startswith("Pitch_")]
    return [int(value) - 40 for value in values if value.isdigit()]


def surprise_at(model, notes):
    return sum(-np.log2(model.distribution(notes[:i])[note]) for i, note in enumerate(notes))


exam = [pitches_of(tune) for tune in test]
models = {order: NGram(48, order).fit([pitches_of(tune) for tune in train]) for order in (1, 2, 3)}
bits = {n: np.array([surprise_at(model, notes) for notes in exam]) for n, model in models.items()}
counts = np.array([len(notes) for notes in exam])
gain, notes = (bits[2] - bits[3])[:10], counts[:10]  # what order 3 saves on ten tunes
print(f"saved per note: {gain.sum() / notes.sum():.2f} bits; {(gain > 0).sum()} of 10 tunes won")

# %%
mai.predict("6.1")

# %% [markdown]
# ## 3. Run: put a number on trial
#
# ### How sure is a number?
#
# The ten tunes are a draw from all the jigs of the world, and another draw would have given another number. How
# different a number? We have no other draw, but we can pretend: draw ten tunes *from our ten*, some twice, some not at all,
# and measure again. Two thousand times. This is the **bootstrap**. The middle 95% of those two thousand numbers
# are the **interval**.

# %% tags=["nbval-check-output"]
# Step 1: draw as many tunes as there are, and measure again
dice, means = np.random.default_rng(0), []
for _ in range(2000):
    rows = dice.integers(0, len(gain), len(gain))
    means.append(gain[rows].sum() / notes[rows].sum())
# Step 2: leave out the fortieth part at either end
low, high = np.quantile(means, [0.025, 0.975])
# Step 3: the package does the same
assert np.allclose(bootstrap(gain, notes, seed=0), (gain.sum() / notes.sum(), low, high))
print(f"interval: {low:.2f} to {high:.2f}")

# %% [markdown]
# We draw whole tunes, not notes, for the notes of a tune resemble each other: a jig that is hard to foretell is hard all
# through. And we draw *differences*: both models sit the same exam, so an odd tune is odd for both.
#
# The interval holds 0. On these ten tunes either model may be the better one. Here are the other thirty.

# %% tags=["nbval-check-output"]
for number in (10, 20, 40):
    for worse, better in ((2, 3), (1, 2)):
        mean, low, high = bootstrap((bits[worse] - bits[better])[:number], counts[:number])
        print(f"{number} tunes: order {better} saves {mean:5.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
# The wins of order 3 have melted away, and nothing is decided at forty tunes either. That order 2 beats order 1, on
# the other hand, was plain from the first ten: 0 lies far outside.
#
# *What it misses:* the interval knows only the luck of drawing tunes. If all our tunes come from one book, no interval will tell
# you about the next book.
#
# ### A report card, and forty of them
#
# You know the card from lesson 00. It sets one piece beside human tunes that the model has not seen.

# %% tags=["nbval-check-output"]
card = report_card(machines[0], test)
card

# %% [markdown]
# Is a mark bad? Ask the same of people. Here are forty human tunes beside forty others, each judged as if it were a machine's.

# %% tags=["nbval-check-output"]
marks = [len(report_card(tune.melody_score, test).unlike) for tune in train[:40]]
print("human tunes with at least one mark:", sum(mark > 0 for mark in marks), "of 40")

# %% [markdown]
# Two thirds of these human tunes bear a mark, and our machine's piece bears none: there are eight rows, and each marks about
# one tune in ten. So a mark is no fault, and a spotless card is no proof. *What it misses:* all the other pieces of the same
# machine. So we measure all forty pieces, and for each number ask how far the two heaps, human and machine, cover each other:
# the **overlapped area** is 1 where they lie on top of one another, and 0 where they never meet.

# %% tags=["nbval-check-output"]
NAMES = ("pitch-class entropy", "scale consistency", "groove consistency", "mean interval")
NAMES += ("repeated bars", "structure 4-8")
humans = [tune.melody_score for tune in test]


def table(pieces):
    for name, (ours, theirs, area) in compare(pieces, humans).items():
        if name in NAMES:
            print(f"{name:20} {ours[0]:5.2f}   human {theirs[0]:5.2f}   overlap {area:.1f}")


table(machines)

# %% [markdown]
# *Entropy* says how evenly the twelve notes are used; *scale consistency*, how many fit one scale; *groove*, how alike
# the rhythms of the bars are; *structure 4-8*, how alike bars are that stand four or eight apart. The machine comes close to
# people in most of them. Where it differs most, it is too good: it never leaves its scale, and people do. Is it nearly human, then? We
# shall put the numbers themselves to the test.
#
# ## 4. Investigate: take the music away
#
# What must a good number notice? That the music is gone. So we take it away: some of the notes of a real jig go into a hat and
# come out in a chance order, each with its own duration.

# %%
mai.predict("6.2")


# %%
def events_of(score):
    melody = score.parts[0].melody(score.duration)
    return [(getattr(event, "pitch", None), event.duration) for event in melody.events()]


def shuffled(score, share, seed=0):
    dice, events = np.random.default_rng(seed), events_of(score)
    places = np.flatnonzero(dice.random(len(events)) < share)
    mixed = dict(zip(places, dice.permutation(places), strict=True))
    events = [events[mixed.get(place, place)] for place in range(len(events))]
    facts = {"meter": score.meter, "key": score.key, "tempo": 168, "pickup": score.pickup}
    return Score.of_melody(Melody.from_events(events), title=f"{share:.0%} shuffled", **facts)


def look(share):
    mixed = shuffled(humans[0], share)
    found = {name: round(value, 2) for name, value in melody_statistics(mixed).items()}
    return {name: found[name] for name in NAMES}, mai.show(mixed, ["player"])


mai.explore(look, share=[0.3, 0, 0.1, 0.6, 1])

# %% [markdown]
# Drag the slider to 0, to 0.1 and to 1. When does it stop being a tune for you? Then look at what the numbers have noticed, over
# all forty tunes. Each curve is the overlap with the tunes as they are. (Two of the curves lie on top of each other; the first of them is drawn wider.)

# %%
shares = (0, 0.1, 0.3, 0.6, 1)
rows = [compare([shuffled(score, share) for score in humans], humans) for share in shares]
for place, name in enumerate(NAMES):
    plt.plot(shares, [row[name][2] for row in rows], "o-", lw=6 - place, label=name)
plt.xlabel("share of the notes that are shuffled")
plt.ylabel("overlapped area with the human tunes")
plt.legend(fontsize=8)
mai.picture("Two of the curves stay near 1 whatever is shuffled; the other four fall.")

# %% tags=["nbval-check-output"]
table([shuffled(score, 1) for score in humans])

# %% [markdown]
# Two numbers have noticed nothing at all. A heap of notes has the same entropy and the same scale as the tune. Who
# reports those two and no others has not shown that a machine makes music. The other four do hear the order of
# notes: each of them one side of it.
#
# *What they all miss:* whether anybody wants to hear it twice.
#
# ### Is it a copy?
#
# A machine that plays back its training tunes looks human in every statistic, for the tunes are. So look for the longest run of
# notes, in any key, that stands in one of the tunes that the composer learned from: this book's and those of three other
# corpora. People of one tradition share runs, too; so beside it stands what held-out human tunes share. Then we plant
# a theft of thirty notes, three semitones higher.

# %% tags=["nbval-check-output"]
index = train_index()
human = HumanCopying.of(test, index)
own, theirs = events_of(machines[0]), events_of(train[7].melody_score)
stolen = [(pitch and pitch + 3, duration) for pitch, duration in theirs[20:50]]
ornate = [(pitch and pitch + (n % 6 == 5), d) for n, (pitch, d) in enumerate(stolen)]
for name, middle in (("own", []), ("planted", stolen), ("ornate", ornate)):
    report = copy_report(Melody.from_events(own[:24] + middle + own[24:]), index, human)
    inside = "inside" if report.is_within_human else "ABOVE"
    print(f"{name:8} run of {report.longest_run:2} notes, {inside} the span of human tunes")

# %% [markdown]
# The theft is found, key or no key. *What it misses* stands in the third line: the same theft, with every sixth note a
# semitone higher, goes through. And it misses all that is not in its index: only the tunes that the composer learned from are
# there, so nobody has looked whether the piece resembles a song of last year. Nor does it say what is allowed. Whether a
# likeness is too great is asked in court of ears and experts, not of a length; "inside the span of human tunes" means only
# that musicians of this tradition borrow as much. Does the disguise get past *your* ear? First the theft, then the tune.

# %%
mai.show(Score.of_melody(Melody.from_events(ornate), meter=train[7].meter, tempo=168), ["player"])

# %%
mai.show(train[7].melody_score, ["player"])

# %% [markdown]
# ### Did we get what we asked for?
#
# We ask for jigs, reels and hornpipes. A **classifier** that has learned from real tunes names the genre of each piece,
# and the share it names as asked is the **control accuracy**. Beside it stands how often the classifier is right about real
# tunes, for it errs as well.

# %%
kinds = ("jig", "reel", "hornpipe")
dances = [tune for tune in mai.load("oneill") if tune.genre in kinds]
judge = GenreClassifier().fit([tune for tune in dances if tune.split == "train"])
real = judge.accuracy([tune for tune in dances if tune.split == "test"])
for kind in kinds:
    asked = [mai.compose(genre=kind, bars=16, seed=n, model="ngram").score for n in range(20)]
    got = Share(judge.name(asked).count(kind), len(asked))
    mess = judge.name([shuffled(score, 1) for score in asked]).count(kind)
    print(f"{kind:8} got {got}; real tunes {real[kind]}; shuffled {mess} of 20")

# %% [markdown]
# In brackets stands an interval again: for a share one takes *Wilson's*, which you will write yourself. Twenty of twenty
# pieces do not mean "always". And the last column is *what it misses*: nearly every piece is still a jig, a reel or a
# hornpipe to this judge when its notes come out of a hat. It listens first of all to the meter and the note values, which the
# hat does not change. Control accuracy says that you got the kind, and nothing of whether you got a tune.
#
# ## 5. Modify
#
# **Exercise 6.1.** *Wilson's interval.* With $p$ = right / number, $n$ = number and $z = 1.96$, the interval goes from
# $(m - r)/d$ to $(m + r)/d$, where $m = p + \frac{z^2}{2n}$, $r = z\sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}$ and
# $d = 1 + \frac{z^2}{n}$. Give low and high. In Python the root is `np.sqrt(...)`, and what stands below a line needs
# brackets: `z**2 / (2 * n)`.


# %%
def interval_of_share(right, number):
    # solution 6.1
    z, p = 1.96, right / number
    middle = p + z**2 / (2 * number)
    reach = z * np.sqrt(p * (1 - p) / number + z**2 / (4 * number**2))
    return (middle - reach) / (1 + z**2 / number), (middle + reach) / (1 + z**2 / number)


# %% tags=["nbval-check-output"]
mai.check("6.1", interval_of_share)

# %% [markdown]
# **Exercise 6.2.** *Copies in any key.* In lesson 04 you looked for the longest run of equal notes. A thief transposes. Take
# two lists of pitches, and give the number of *notes* in the longest run whose **intervals** are the same.


# %%
def shared_notes(first, second):
    # solution 6.2
    a, b = ([y - x for x, y in zip(tune, tune[1:])] for tune in (first, second))
    longest = 0
    for i in range(len(a)):
        for j in range(len(b)):
            run = 0
            while i + run < len(a) and j + run < len(b) and a[i + run] == b[j + run]:
                run += 1
            longest = max(longest, run)
    return longest + 1 if longest else 0


# %% tags=["nbval-check-output"]
mai.check("6.2", shared_notes)

# %% [markdown]
# **Exercise 6.3.** *Spot the leak.* The exam is worthless where its tunes are known beforehand. `train` and `test` are lists of
# `(name, pitches)`. Give the names in `test` of all tunes that share a run of at least half of their notes with a tune in
# `train`. Names prove nothing: one tune has many, and one name stands over many tunes.


# %%
def leaks(train, test):
    # solution 6.3
    return [
        name
        for name, notes in test
        if any(2 * shared_notes(notes, other) >= len(notes) for _, other in train)
    ]


# %% tags=["nbval-check-output"]
mai.check("6.3", leaks)

# %% [markdown]
# Does that happen? The package's split keeps versions on one side. Watch what happens if we throw all the tunes together and draw
# an exam of forty by chance alone.

# %% tags=["nbval-check-output"]
both = [*train, *test]
order = np.random.default_rng(1).permutation(len(both))
learned, drawn = ([both[place] for place in part] for part in (order[:-40], order[-40:]))
for name, heard, asked in (("package", train, test), ("chance", learned, drawn)):
    known = CopyIndex(heard)
    runs = [(known.longest_run(tune.melody), tune) for tune in asked]
    found = [
        (tune, known.tunes[which]) for (run, which), tune in runs if 2 * run >= tune.note_count
    ]
    print(
        f"{name}: {len(found)} of 40 leak",
        *[f"\n   {a.title} = {b.title}" for a, b in found],
        sep="",
    )

# %% [markdown]
# ## 6. Make: a report that holds
#
# The last judge is an ear that does not know whose music it hears. First, what luck can do. A thousand people who *guess*
# hear ten pairs each:

# %% tags=["nbval-check-output"]
guesses = np.random.default_rng(0).integers(0, 2, (1000, 10)).sum(axis=1)
print((guesses >= 7).sum(), "of 1000 guessers are right seven times or more")
for truth in (0.9, 0.8, 0.7, 0.6):
    print(f"to find out an ear that is right in {truth:.0%}: {pairs_needed(truth)} pairs")

# %% [markdown]
# Those numbers give such an ear a chance of four in five to be told from a guesser. So be modest about the ten pairs below.
# They can show that you hear a difference, if you hear it nearly always. They cannot show that there is none.
#
# None of these tunes has been played to you in this lesson. Your answers are kept in your own folder; nothing is told before
# the last one. Without buttons, use `panel.hear()` and `panel.answer("A")`, and look at `panel.result`.
#
# *What it misses:* an ear that tells the two apart has not said which one is better.

# %%
blind = BlindTest(humans[11:21], machines[11:21], seed=6)
panel = blind_panel(blind)
panel

# %% [markdown]
# Now evaluate something of your own: the network of lesson 05, the shipped one, or other wishes for the composer. Change
# `ask`, or put your own scores into `machines`, and run the lesson again. Write five lines.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **Fair** | the best pieces, chosen | all pieces, seeds named | and human tunes under the same measures |
# | **Sure** | one number | a number and its interval | and how many tunes or pairs would settle it |
# | **Honest** | "it is better" | what was measured | and what each number misses |
#
# And the two openings of the first cell? Compare with what you wrote down.

# %% tags=["nbval-check-output"]
print("the machine's was", hidden.machine(0), "and the other is called", test[10].title)

# %% [markdown]
# One pair, one answer: a coin would have been right half of the time.
#
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(6)

# %% [markdown]
# ## 8. Keep
#
# Save a piece together with its card, so that nobody needs to take your word for it. Give it its stars, and write
# down what they miss.

# %% tags=["nbval-check-output"]
mai.write(machines[0], "my_judged_jig.mid")
print("saved: my_judged_jig.mid, unlike human tunes in:", ", ".join(card.unlike) or "nothing")

# %%
mai.rating_panel(machines[0])

# %% [markdown]
# Next: in [lesson 07](07_attention.ipynb) a new network waits, and you know how to examine it.
