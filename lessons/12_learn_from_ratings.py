# %% [markdown]
# # Lesson 12: Learn from ratings
#
# | | |
# |---|---|
# | **The learner can** | fit a taste to pairs, tune a network with DPO, measure the gain on what was held out, with what it cost, and catch reward hacking |
# | **Needs** | lessons 06, 07 and 11 |
# | **Minutes** | 60 |
# | **CPU seconds** | 102 on two cores, measured for the whole notebook; most of it for the two tunings |
# | **Data** | melodies that the shipped networks write in this lesson, rated by formulas and by you; real tunes of `datasets/*/card.md`, in the public domain, guard what is learned |
# | **If you play, but do not program** | Skip the formula of *Change the network*, the words above it say the same; read *Whose taste is it?* and *Ann wants out* in full. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | Only steps, leaps and figures matter here: [Read music in ten minutes](../docs/reading_music.md). Logistic regression you may know: skim *Fit a taste* |
#
# Until now the machine learned what people *wrote*. Nobody asked what people *like*. You have given stars all through this
# course, and the machine never heard of them. In this lesson a rating changes the model. Then we count what it has gained,
# and what it has lost, for a machine that wants to please will find ways that you did not mean.
#
# ## 1. Hear it
#
# Two jigs by one composer. Do not ask which is correct; both keep every rule. Which one would you rather hear again?

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import melodyai_edu as mai
from melodyai_edu.checks import lesson_12_networks as networks
from melodyai_edu.checks import lesson_12_raters as raters
from melodyai_edu.checks.lesson_12_panel import TastePanel
from melodyai_edu.evaluation import report_card
from melodyai_edu.evaluation.control import Share
from melodyai_edu.feedback import open_store
from melodyai_edu.models.saved import load_model, save_model
from melodyai_edu.training.dpo import Tuner, TuningRecipe
from melodyai_edu.training.guards import judge_guards
from melodyai_edu.training.margins import PairSet, dpo_loss, pair_margins
from melodyai_edu.training.preference import fit_preference, learn_from_pairs

first, second = (mai.compose(genre="jig", bars=8, seed=n, model="ngram") for n in (1, 2))
mai.show(first.score, ["score", "player"])

# %%
mai.show(second.score, ["score", "player"])

# %% [markdown]
# Say it, and it is on your disk: the two melodies, which was better, when, and a pseudonym, nothing else of you. If you preferred
# the second, change the two names. (This lesson keeps its ratings in a folder of its own. Without `store=` they go to yours.)

# %% tags=["nbval-check-output"]
folder = Path(tempfile.mkdtemp())
store = open_store(folder / "ratings.sqlite")
mai.rate(first, better_than=second, rater="quiet-owl", store=store)
print("ratings in the store:", len(store))

# %% [markdown]
# "Better than" is easier to say than "four stars": your four is another person's three, and your own four of last week. So
# we learn from **pairs**.
#
# ## 2. Predict
#
# Suppose that nothing but one rater's pleasure counts.

# %%
mai.predict("12.1")

# %% [markdown]
# ## 3. Run: from answers to a network
#
# ### Collect
#
# One pair is no taste. A class would hand in its tables, and the teacher would merge them. We have no class here, so
# Ann comes in. **Ann is simulated**: she is a formula, nobody listened, and one in ten of her answers is turned round.
# What she likes you shall find out from her answers, like the machine. The network writes two pieces at a time, and she compares them.

# %%
SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"  # our tests, which only try each cell
many = 24 if SMOKE else 120
network = load_model("melody-tiny-transformer").network
couples = raters.couples_of(raters.write_pieces(network, 2 * many + 16, seed=1))[:many]
ann = raters.CLASS[0]
print(store.merge(raters.hand_in(ann, couples, folder / "ann.csv")))
pairs = store.pairs(ann.name)

# %% [markdown]
# ### Fit a taste
#
# Give each melody a **merit**. The chance that one is preferred to another shall depend on the difference of their merits
# alone, by the curve that you know from lesson 05, the sigmoid:

# %% tags=["nbval-check-output"]
for difference in (0, 1, 2, 4):
    print(f"better by {difference}: preferred in {1 / (1 + np.exp(-difference)):.0%}")

# %% [markdown]
# This is the model of Bradley and Terry (1952); chess ratings are made in the same way. A merit is a sum of things that can
# be counted, each times a weight: how many notes, how wide the intervals, how often a bar returns. We look for the weights
# under which Ann's answers surprise us least.

# %%
taste = fit_preference(pairs)
# Step 1: what describes the better melody, less what describes the other
better, worse = (taste.standardised(side) for side in zip(*pairs))
rows, weights, ridge = better - worse, np.zeros(better.shape[1]), taste.facts["ridge"]
pace = 1 / ((rows**2).sum() / 4 + ridge)
# Step 2: where a choice surprises, move towards it; what nothing speaks for goes back to 0
for _ in range(20_000):
    surprise = 1 - 1 / (1 + np.exp(-rows @ weights))
    weights += pace * (surprise @ rows - ridge * weights)
# Step 3: the package finds the same by a shorter way
assert np.allclose(weights, taste.weights, atol=1e-3)

# %% [markdown]
# The `ridge` keeps weights small; without it, 29 of them would explain her errors as well. Now look at the weightiest. What
# does Ann like? And of *new* pairs, pieces that nobody rated, how many does the taste foresee?

# %%
print([name for name, _ in taste.reasons[:4]])
fresh = raters.couples_of(raters.write_pieces(network, 64 if SMOKE else 224, seed=2))[:100]
exam = ann.truth(fresh)
print("new pairs foreseen:", Share(*taste.accuracy(exam)))

# %% [markdown]
# She likes leaps. Her whole taste is one line of code: the mean interval in semitones. The machine was never told; it weighs what
# goes along with leaps as well, for all it knows is a hundred answers.
#
# ### Use it at once
#
# A taste can choose. We let the composer write eight candidates, take the one that Ann's taste likes most, and the network
# has not changed at all. Hear the first candidate, then the chosen one.

# %%
ask = {"genre": "air", "bars": 8, "seed": 3, "model": "melody-tiny-transformer"}
plain = mai.compose(**ask)
file = str(taste.save(folder / "ann.json"))
picked = mai.compose(**ask, taste=file, candidates=2 if SMOKE else 8)
print(*(f"{raters.leap_size(piece.score):.1f} semitones" for piece in (plain, picked)))
mai.show(plain.score, ["score", "player"])

# %%
mai.show(picked.score, ["score", "player"])

# %% [markdown]
# It costs eight times the work for each piece, and never finds what the network would not write. So let us change the network.
#
# ### Change the network
#
# Raise the chance of what was chosen, lower that of what was rejected. But hold the network near what it was, or it will forget
# all else. **DPO**, direct preference optimisation, does both in one line, with a frozen copy of the network, the reference:
#
# $$-\log\,\sigma\big(\beta\,[(\log p_{chosen} - \log p^{ref}_{chosen}) - (\log p_{rejected} - \log p^{ref}_{rejected})]\big)$$
#
# That is Bradley and Terry again. The merit of a melody is now how much likelier it has become, times $\beta$. That is the
# leash: with a high one a small move earns all the merit that a pair can ask for, and the network stays near; with a low one
# it must run far for the same. Here is the loss by hand, on 16 pairs. How likely a melody is you know from lesson 05: the
# logarithms of its tokens' chances, added up.

# %%
batch = PairSet(pairs[:16]).batch(np.arange(16))


def log_chances(network, melodies):
    token_ids = np.concatenate([batch["prompt_ids"], melodies], axis=1)[:, :-1]
    logits = np.array(network({"token_ids": token_ids, "chord_ids": 0 * token_ids}))[:, 6:]
    logs = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    chosen = np.take_along_axis(logs, melodies[:, :, None], axis=2)[:, :, 0]
    return (chosen * (melodies > 0)).sum(axis=1)


# %% tags=["nbval-check-output"]
def losses_of(learner, beta=0.2):
    # Step 1: how much likelier has each melody become
    melodies = batch["chosen_ids"], batch["rejected_ids"]
    liked, refused = (log_chances(learner, m) - log_chances(network, m) for m in melodies)
    # Step 2: has the chosen one gained more than the other
    return -np.log(1 / (1 + np.exp(-beta * (liked - refused))))


print(f"loss before the first step: {losses_of(network).mean():.3f}")

# %% [markdown]
# Before the first step network and reference are one, every difference is 0, and the loss is $\log 2$, a coin's. Now the package
# tunes the network: a fifth of the pairs is held out, three passes over the others, real tunes beside them against forgetting.

# %%
short = {"epochs": 1, "shares": (1,), "pieces": 32, "real_weight": 0}
learned = learn_from_pairs(pairs, name=networks.free_name(), **(short if SMOKE else {}))
print(learned)

# %%
# Step 3: the package counts the same
margins = (pair_margins(each, batch) for each in (learned.network, network))
assert np.allclose(losses_of(learned.network), dpo_loss(*margins, beta=0.2), atol=1e-3)
print(f"loss after the last step: {losses_of(learned.network).mean():.3f}")

# %% [markdown]
# Below the name stand the **guards**. *Bits* tells how much real tunes surprise the network, *distinct* how many of its
# figures of four notes are different ones. Either may get 3% worse, no more, and more held-out pairs must have moved Ann's
# way than the other. If not, the package goes back a part of the way, and if that does not help, the old network stays. An
# accepted one gets a name of its own, and every piece names the one that made it; the way back is the old name.
#
# The guard of the pairs is a weak one: a coin passes it in four cases of ten. In exercise 12.2 you build a stricter one.
#
# ## 4. Investigate: the same wishes, another network
#
# ### Has Ann gained?
#
# Ask the network about the new pairs: of how many has the chosen piece gained on the other? Then the plainer question. Both
# networks get the same wishes and the same seeds, and Ann, without errors, compares the new piece with the old one.

# %%
number = 32 if SMOKE else 96
new = PairSet(exam).batch(np.arange(len(exam)))
gained = pair_margins(learned.network, new) > pair_margins(network, new)
print("new pairs foreseen:", Share(int(gained.sum()), len(exam)))
before, after = (raters.write_pieces(each, number, seed=3) for each in (network, learned.network))
print("the new piece is preferred:", raters.wins(after, before))
mai.show(after[0].score, ["score", "roll", "player"])

# %% [markdown]
# Two measures, two verdicts. When we ran it, the network foresaw 13 of 24 held-out pairs (35% to 72%) and 58 of the new
# hundred (48% to 67%): one half lies inside, so that is no proof. But of 93 pieces that had changed 72% were preferred, from
# 62% to 80%, and one half lies outside. Ann answers as often as we like. People do not; so keep the interval, and do not call
# 13 of 24 a success.
#
# *What it misses:* whether anyone but Ann likes it better.
#
# ### Let loose
#
# Now we change a few numbers: the leash `beta` almost to nothing, larger steps, more passes, no real tunes. Ann and her pairs
# are the same.

# %%
loose = TuningRecipe(beta=0.001, learning_rate=1e-3, real_weight=0, epochs=1 if SMOKE else 6)
hacked = networks.copy_of("melody-tiny-transformer")
Tuner(hacked, pairs, loose).fit()
wild = raters.write_pieces(hacked, number, seed=3)
print("the guards say:", judge_guards(networks.guards_of(network, hacked, (before, wild), exam)))
music = [piece.score for piece in wild if piece.score]
print(f"{len(music)} of {len(wild)} pieces are music")
mai.show(music[0], ["score", "roll", "player"])

# %%
mai.show(music[-1], ["score", "player"])

# %% [markdown]
# The leaps are wide, so Ann must love them. But hornpipe or air, it is the same few notes, those of one chord and one beside
# it, up and down without end. Eight bars were asked for and fifteen came, and when we ran it two of three pieces were no
# music at all. The guards refuse, for they look where Ann does not. Now walk from the old network to this one, by mixing
# their weights, and watch three numbers on the way.

# %%
shares = (0, 0.25, 0.5, 0.75, 1)
figures = networks.walk(network, hacked, shares, number)
names = ("leaps, in what is music", "what is music", "distinct figures")
for name, values in zip(names, zip(*figures)):
    plt.plot(shares, np.array(values) / values[0], "o-", label=name)
plt.gca().set(xlabel="share of the way to the loose network", ylabel="times what it was")
plt.legend()
mai.picture(f"Stops on the way, each with {names}: {np.round(figures, 2).tolist()}")

# %% [markdown]
# There is your answer to the prediction. One line rises, the only one that the rater sees, and the others pay for it. *When a
# measure becomes a target, it ceases to be a good measure*: this is **reward hacking**. The network went
# the cheapest way to what was counted. Change `epochs` or `beta` in the cell before, and find out how far you can go.
#
# ### The wall still stands
#
# A taste is a wish. Ann's network wants leaps; the rule says that none may exceed five semitones. We look into the notes, with the
# tuned network and the loose one.

# %% tags=["nbval-check-output"]
save_model(hacked, load_model("melody-tiny-transformer").card, folder / "loose")
ruled = {"genre": "reel", "key": "D major", "bars": 8, "rules": networks.RULES}
for model in (learned.model, str(folder / "loose")):
    made = [mai.compose(**ruled, model=model, seed=seed) for seed in range(4)]
    print(sum(networks.keeps_rules(piece.score) for piece in made), "of 4 keep every rule")

# %% [markdown]
# Tuning moves chances. It cannot move a mask.
#
# ### Which pair next?
#
# People tire, and most pairs teach little, for their answer is known beforehand. Better ask where the taste is unsure.
# Simulated answers again: any pair, against the one of a hundred whose answer would tell most.

# %%
for is_chosen, name in ((False, "any pair"), (True, "the pair that tells most")):
    curve = raters.learning_curve(before + after, is_chosen=is_chosen, rounds=2 if SMOKE else 20)
    plt.plot(range(1, 31), curve, label=name)
plt.gca().set(xlabel="ratings", ylabel="new pairs foreseen")
plt.legend()
mai.picture("New pairs foreseen after 1 to 30 ratings: any pair, and the pair that tells most.")

# %% [markdown]
# When we ran it, nineteen chosen pairs taught as much as thirty of any kind. A simpler way to choose you will write in exercise 12.3.
#
# ### Whose taste is it?
#
# Ann is joined by Ben and Cleo, who love leaps as she does, and by Dan, who loves steps. All four are simulated.

# %%
mai.predict("12.2")

# %%
answers = [person.pairs(couples, seed=seed) for seed, person in enumerate(raters.CLASS)]
common = fit_preference([pair for each in answers for pair in each])
for person, own in zip(raters.CLASS, answers):
    hits = [fit.accuracy(person.truth(fresh)) for fit in (common, fit_preference(own))]
    ours, theirs = (Share(*each).value for each in hits)
    print(f"{person.name:15} {ours:.0%} by the common taste, {theirs:.0%} by their own")

# %% [markdown]
# On average the common taste foresees well over half. To Dan it is worse than a coin, and the average does not say so.
# Whoever is rare, or rates seldom, vanishes in a pool; whoever rates most is heard most. So count people, not ratings; show
# the worst served beside the average; and where you can, learn one taste for each person. Ask before you collect (with
# children, their parents too), say what for, and take a no. Nobody who taught our networks was asked either, but their tunes
# are common property, and a rating is not: it is about a person.
#
# ### Ann wants out
#
# She may have everything that is kept of her, and she may have it erased. In the European Union that is the law (General Data
# Protection Regulation, articles 15 and 17), and as we read it a pseudonym does not change that, as long as somebody can tell
# who is behind it (recital 26). Elsewhere it is good manners.

# %% tags=["nbval-check-output"]
store.export_rater(ann.name, folder / "for_ann.json")
store.erase(ann.name)
trace = ann.name.encode() in (folder / "ratings.sqlite").read_bytes()
print("her pairs:", len(store.pairs(ann.name)), "- a trace in the file:", trace)

# %% [markdown]
# Gone from the store, to the last byte. Not gone: the table that was handed in, the list `pairs` in this notebook, and what
# the network has learned from her (it lies among your models as `melody-simulated-1`, and you may delete it). Only training
# anew without her takes that back. So keep the ratings by which a model was trained apart, and say beforehand what erasing
# cannot reach.
#
# ## 5. Modify
#
# **Exercise 12.1.** *Stars into pairs.* You get one person's ratings as `(tune, genre, stars)`, the oldest first. Give the
# pairs `(better, worse)` that follow. Only tunes of one genre are compared, equal stars say nothing, and who rates a tune
# twice is believed the last time.


# %%
def pairs_of(ratings):
    # solution 12.1
    last = {(genre, tune): stars for tune, genre, stars in ratings}
    return [
        (one, other)
        for (genre, one), more in last.items()
        for (kind, other), fewer in last.items()
        if genre == kind and more > fewer
    ]


# %% tags=["nbval-check-output"]
mai.check("12.1", pairs_of)

# %% [markdown]
# **Exercise 12.2.** *Be the guard.* You get the figures before and after, as dictionaries with `bits` and `distinct`, and how
# many held-out pairs are foreseen, as a `Share`; its `interval` is Wilson's. Give a list of what is wrong: `"bits"` or
# `"distinct"` if one got worse by more than 5%, `"pairs"` if the interval reaches down to one half.


# %%
def faults_of(before, after, pairs):
    # solution 12.2
    is_good = {
        "bits": after["bits"] <= 1.05 * before["bits"],
        "distinct": after["distinct"] >= 0.95 * before["distinct"],
        "pairs": pairs.interval[0] > 0.5,
    }
    return [name for name, good in is_good.items() if not good]


# %% tags=["nbval-check-output"]
mai.check("12.2", faults_of)

# %% [markdown]
# **Exercise 12.3.** *The next question.* Several tastes fit the answers so far equally well. You get their merits: a row for
# each taste, a column for each melody. Give the places of the two melodies about which the tastes disagree most. Only who is
# ahead counts.


# %%
def next_pair(scores):
    # solution 12.3
    places = range(len(scores[0]))
    pairs = [(one, other) for one in places for other in places if one < other]

    def smaller_side(pair):
        ahead = [np.sign(row[pair[0]] - row[pair[1]]) for row in scores]
        return min(ahead.count(1), ahead.count(-1))

    return max(pairs, key=smaller_side)


# %% tags=["nbval-check-output"]
mai.check("12.3", next_pair)

# %% [markdown]
# ## 6. Make: your own taste
#
# The panel plays two jigs at a time and asks about the pair that tells most. Without buttons, use
# `panel.hear()` and `panel.answer("A")`. Answer fifteen times, then go on. (The stars that you gave in other lessons lie in
# your own folder: `fit_preference([*store.pairs("quiet-owl"), *open_store().pairs()])` learns from those as well.)

# %%
pool = [mai.compose(genre="jig", bars=8, seed=seed, model="ngram") for seed in range(3, 15)]
panel = TastePanel(pool, store, "quiet-owl")
panel

# %%
mine = fit_preference(store.pairs("quiet-owl"))
wish = {"genre": "jig", "bars": 8, "seed": 20, "model": "ngram", "rules": ["end_on_tonic"]}
piece = mai.compose(**wish, taste=str(mine.save(folder / "mine.json")), candidates=8)
print([name for name, _ in mine.reasons[:3]])
mai.show(piece.score, ["score", "player", "sound"])

# %%
report_card(piece.score, mai.load("oneill").filter(genre="jig", split="test"))

# %% [markdown]
# Compose some pieces with your taste and some without, and have somebody lay them before you in disguise. Do you choose your
# own? Write five lines.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **Your pairs** | clicked through | heard to the end | some asked twice, to see how sure you are |
# | **The gain** | "I like it better" | so many of so many, blind | with an interval, on pieces that were not rated |
# | **The price** | not looked at | report card beside it | and what your taste would overdo if let loose |
#
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(12)

# %% [markdown]
# ## 8. Keep
#
# Save the piece, and rate it: this time somebody listens. Your ratings go along as a file that is yours.

# %% tags=["nbval-check-output"]
piece.save("my_taste.mid")
mai.rate(piece, stars=4, rater="quiet-owl", store=store)
store.export_rater("quiet-owl", "my_ratings.json")
print("saved: my_taste.mid, my_ratings.json")

# %% [markdown]
# Next: in [lesson 13](13_ship_it.ipynb) the composer leaves the notebook, and answers whoever calls.
