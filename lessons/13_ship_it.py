# %% [markdown] extra="serve"
# # Lesson 13: Ship it
#
# | | |
# |---|---|
# | **The learner can** | call the composer over HTTP, show that the same seed is the same piece, read a metrics page, a Dockerfile and a Kubernetes manifest, and write a card that says whose music it is |
# | **Needs** | lessons 06, 10 and 12 |
# | **Minutes** | 60 |
# | **CPU seconds** | 21 on two cores, measured for the whole notebook with the service that it starts |
# | **Data** | pieces that are composed in this lesson, by a model that learned from tunes in the public domain (`datasets/*/card.md`) |
# | **If you play, but do not program** | Skip the code of *Ask by hand* and of *The metrics page*; *A crowd*, *Whose music is it?* and the capstone are yours. [Read Python in ten minutes](../docs/reading_python.md) |
# | **If you program, but do not read music** | This is your ground. Before the capstone, read what a form and a cadence do in [Read music in ten minutes](../docs/reading_music.md), or ask a musician to listen with you |
#
# A piece is finished when somebody else can hear it. A program is finished when somebody else can use it: a person who does
# not know you, at another computer, at three in the morning. That takes three things. They must be able to ask. They must get
# what was promised, or a clear no. And they must know whose music it is.
#
# ## 1. Hear it
#
# A jig. You have heard many, but this one comes from farther away.

# %%
import http.client
import json
import math
import tempfile
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

import melodyai_edu as mai
from melodyai_edu.api.own_service import OwnService
from melodyai_edu.checks.lesson_13_capstone import judge_capstone
from melodyai_edu.checks.lesson_13_crowd import crowd
from melodyai_edu.evaluation import report_card
from melodyai_edu.io.corpus_add import add
from melodyai_edu.io.corpus_card import gaps_of
from melodyai_edu.io.deployment import excerpt
from melodyai_edu.render.service_map import draw_service_map

service, folder = OwnService(queue_size=4), Path(tempfile.mkdtemp())
wish = {"genre": "jig", "key": "D major", "bars": 16, "seed": 7, "model": "ngram"}
piece = service.wait_for(service.call("POST", "/v1/compositions", wish)).value
(folder / "far.musicxml").write_bytes(service.call("GET", piece["links"]["musicxml"]).data)
mai.show(mai.read(folder / "far.musicxml"), ["score", "player"])

# %% [markdown]
# This notebook did not compose it. Another program did, a **service**. It runs beside the notebook, we know its address and
# nothing else, and we talk to it as your telephone talks to computers all over the world: by HTTP. `OwnService` starts the
# very command with which a school would serve its classes, `melodyai serve`, and ends it with the notebook.
#
# ## 2. Predict
#
# One wish, one seed, two places.

# %%
mai.predict("13.1")

# %% [markdown]
# ## 3. Run: call the composer
#
# ### Ask by hand
#
# A request is a short letter: a verb, a place, a few headers, and here a wish as JSON, which programs of all languages read.
# The **key** in the header says who asks. The answer begins with a number, its **status**; 201 means *made*.

# %% tags=["nbval-check-output"]
# Step 1: the address, and who we are
line = http.client.HTTPConnection(service.address.removeprefix("http://"))
headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
# Step 2: send the wish, and hear the answer
line.request("POST", "/v1/compositions", json.dumps(wish), headers)
answer = line.getresponse()
made = json.loads(answer.read())
print(answer.status, answer.reason, "-", made["title"])
# Step 3: fetch the piece as a file
line.request("GET", made["links"]["mid"], headers=headers)
theirs = line.getresponse().read()
# Step 4: the package composes here, without any service: the same bytes
ours = mai.compose(**wish).save(folder / "here.mid").read_bytes()
assert theirs == ours
print(len(theirs), "bytes, all the same")

# %% [markdown]
# Every byte. The seed throws all the dice, so whoever knows the wish and the seed has the piece, and need not keep the file.
# But "same" has small print: the same version, and a model that learned from the same tunes. So each piece carries its
# papers, with a fingerprint of its notes. If other notes come one day, you will be told. And they say whose tunes the model
# learned from.

# %%
papers = made["provenance"]
print(papers["version"], papers["model"], papers["notes_sha256"][:12], sep="\n")
print({corpus: words[:36] for corpus, words in papers["data"].items()})

# %% [markdown]
# ### The way of a wish
#
# What happened between letter and answer? Follow it from left to right: a door that asks who you are, a queue with few
# places, a worker that composes, a store that keeps. What is refused leaves downwards, with its number.

# %%
draw_service_map()

# %% [markdown]
# Not every letter gets in. Four who knock, and one who tries forty keys:

# %% tags=["nbval-check-output"]
reader = service.make_key("class 3b, may only read", ["read"])
odd = wish | {"genre": "polka dot"}
for key, body in (("", wish), ("mai_guess", wish), (reader, wish), (service.key, odd)):
    print(str(service.call("POST", "/v1/compositions", body, key=key))[:72])
tries = [service.call("GET", "/v1/genres", key=f"mai_{n}").status for n in range(40)]
print("forty guesses:", sorted(set(tries)))

# %% [markdown]
# The number is for programs, the sentence for people. *401*: I do not know you. *403*: I know you, but this key is not for
# that. *422*: I understand you, but it cannot be had. *429*: not so often. A wrong key and no key get the same answer, for
# whoever guesses shall learn nothing. And the service itself does not know your key. It keeps a fingerprint, so nobody can
# steal what is not there.
#
# ### The metrics page
#
# Who runs a service does not hear every piece. They look at a page of numbers, or rather a program does, **Prometheus**, every
# fifteen seconds. It is plain text.

# %%
page = service.call("GET", "/metrics").data.decode()
print(*(line for line in page.splitlines() if "melodyai_requests_total{" in line), sep="\n")

# %%
# Step 1: what begins with # is for people
lines = [line for line in page.splitlines() if not line.startswith("#")]
# Step 2: a name with its labels, a space, a number
figures = {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}
# Step 3: the reader of Prometheus finds the same
samples = [sample for kind in text_string_to_metric_families(page) for sample in kind.samples]
ours = [(name.partition("{")[0], number) for name, number in figures.items()]
assert ours == [(sample.name, sample.value) for sample in samples]
for what in ("count", "sum"):
    print(what, figures[f'melodyai_generation_seconds_{what}{{kind="compose"}}'])

# %% [markdown]
# A **counter** only grows, like the number in a car; you read it twice and subtract. It falls to 0 when the service is
# started anew. A **gauge**, such as `melodyai_queue_length`, is a picture of one moment. Two pieces were made, and nearly all
# of these seconds went into the first: before it the model had to learn its tables. Whoever takes the mean of both believes
# in a service that does not exist. So look twice, and take what was added.
#
# ## 4. Investigate: how many may come?
#
# ### A crowd

# %%
mai.predict("13.2")


# %%
def look(number):
    visitors = crowd(service, wish, number)
    return str(visitors), visitors.draw(places=4)


mai.explore(look, number=[6, 1, 3, 12])

# %% [markdown]
# Each bar is a caller, and the curve below is the gauge. Drag the slider to 1, 3 and 12: up to five callers wait longer
# and longer, and from there on nobody waits longer than before; more are sent away instead. (One may slip in while another
# leaves.) Then give it a longer queue, `service = OwnService(queue_size=20)`, and drag again. Is that better? Everybody
# gets a piece, the last one after an age.
#
# A queue without end is a promise that nobody keeps. So this one says no early, with 503 and the header `Retry-After`, and
# it is for the caller to come again.
#
# For how many musicians is such a service enough, then? There is a law for that: *those inside =
# those who come in a second times the seconds that each stays* (Little, 1961). It holds for the circle in which a musician
# asks, waits, listens, and asks again: in it are as many as pieces are made in a second, times the seconds of one round. That
# is exercise 13.1.
#
# ### Read a Dockerfile
#
# "It runs on my computer" is no way to ship. An **image** holds a program with all that it needs, libraries and tools of its
# system; only the system's core, the kernel, is borrowed from the computer it runs on. A **Dockerfile** is the
# recipe: one instruction a line, in order. A running image is a **container**. Six instructions of ours; what begins with
# `#` is a remark.

# %%
for word in ("FROM ${BASE} AS run", "COPY --from", "USER", "RUN melodyai", "HEALTHCHECK", "CMD"):
    print(excerpt("Dockerfile", word), "\n")

# %%
mai.predict("13.3")

# %% [markdown]
# In words: begin with a slim Python; copy in what was built before; be nobody in particular; *compose a jig*, and if that
# fails there is no image; ask now and then whether it answers; and when it is started, serve. Mind what is not there: no key
# and no password. An image is passed around.
#
# ### Read a manifest
#
# One container stops when its computer does. **Kubernetes** looks after many, on many computers. You do not tell it what to
# do. You write down what shall *be*, in a manifest, and it compares and mends. What it starts and moves as one
# is a **pod**: one container, or a few that belong together (ours has one). Equal ones are **replicas**.

# %%
for probe in ("readinessProbe:", "livenessProbe:"):
    print(excerpt("kubernetes/deployment.yaml", probe))
for key in ("minReplicas:", "maxReplicas:", "metrics:"):
    print(excerpt("kubernetes/autoscaler.yaml", "spec:", key))
print(excerpt("kubernetes/disruption.yaml", "spec:", "maxUnavailable:"))

# %% [markdown]
# Two questions are asked again and again. *Do you take work?* After two noes in a row no callers are sent. *Do you live?*
# After four it is started anew. Ask the second where you mean the first, and a service that is merely busy gets killed for it.
#
# The middle part watches the gauge from above, and asks for so many replicas that each has the given number of jobs waiting.
# What comes of twenty jobs you will compute in exercise 13.2. The last line is for the day of a repair.

# %%
mai.predict("13.4")

# %% [markdown]
# ### Whose music is it?
#
# Now ship *music*: four jigs, as a corpus from which others may learn. The package reads them, counts, splits and writes a
# card. (It lies among your own corpora as `ship_it`; delete it there if you like.)

# %% tags=["nbval-check-output"]
shelf = folder / "shelf"
shelf.mkdir()
for seed in range(4):
    mai.compose(**wish | {"seed": seed}).save(shelf / f"jig_{seed}.mid")
print(add("ship_it", shelf, progress=False))
print("O'Neill's card lacks:", gaps_of(mai.load("oneill")))
print("Yours lacks:", *gaps_of(mai.load("ship_it")), sep="\n- ")

# %% [markdown]
# A machine counts. Whose it was, a machine cannot know, and so three rows are yours to write.
#
# *Whose music?* In Europe and many other countries a tune is its composer's until seventy years after their death. A
# recording or an edition may have rights of its own. "I found it on the internet" is no permission: it says where it lay.
# *What may be done?* A **licence** says so in words that lawyers have tried: `CC0` gives everything away, `CC BY` asks to be
# named, `NC` forbids to sell. Where licences meet in one corpus, each tune keeps its own; whoever uses the whole must keep
# them all, and some cannot be kept together. *And what a model writes?* In many countries nobody owns what no person made; how
# much of you is in a choice of wish and seed, courts still argue. What comes too close to a tune that is somebody's stays
# theirs; hence the copy check. (Ask a lawyer before you sell.)
#
# And the law is not all. O'Neill took down tunes that fiddlers and pipers had from others, and those from others; of most who
# shaped them no name is left. So put down the names that you have, and say that a machine had a hand in it. Whoever *serves*
# others owes them as much: from whose tunes a piece comes (each carries its papers), and what is kept of them. Ours deletes
# pieces only after `MELODYAI_RETENTION_DAYS`, which is to be set, and gives or erases a caller's ratings at `/v1/raters/me`.
#
# ## 5. Modify
#
# **Exercise 13.1.** *How many musicians?* You get two looks at the metrics page, each a dictionary with `count`, the pieces
# made, and `seconds`, the work on them. You also get how many workers compose, and how long a musician listens before asking
# again. While nobody has to queue, each comes back after one piece's work and the listening. How many musicians, at most, can
# be served so (a whole number)? (The service may have been started anew between the looks.)


# %%
def musicians(before, after, workers, listening):
    # solution 13.1
    if after["count"] < before["count"]:
        before = {"count": 0, "seconds": 0}
    seconds = (after["seconds"] - before["seconds"]) / (after["count"] - before["count"])
    return int(workers * (seconds + listening) / seconds)


# %% tags=["nbval-check-output"]
mai.check("13.1", musicians)

# %% [markdown]
# **Exercise 13.2.** *Be the autoscaler.* So many jobs wait, there are `now` replicas, and each may have `target` jobs
# waiting. How many replicas shall there be in a minute? At least `fewest`, at most `most`. Within a minute they may double,
# but only one may go.


# %%
def replicas(waiting, now, target, fewest, most):
    # solution 13.2
    wanted = min(max(math.ceil(waiting / target), fewest), most)
    return max(now - 1, min(2 * now, wanted))


# %% tags=["nbval-check-output"]
mai.check("13.2", replicas)

# %% [markdown]
# **Exercise 13.3.** *The card.* You get the tunes of a corpus, each a dictionary with `title`, `by`, `from`, `licence` and
# `split`; an empty licence means that nobody knows. Give the card as a dictionary with `whose music`, `origin`, `licence`,
# `tunes` (how many), `splits` (how many on each side) and `left out` (titles). What nobody may pass on stays out.


# %%
def card_of(tunes):
    # solution 13.3
    kept = [tune for tune in tunes if tune["licence"]]
    sides = [tune["split"] for tune in kept]
    return {
        "whose music": sorted({tune["by"] for tune in kept}),
        "origin": sorted({tune["from"] for tune in kept}),
        "licence": sorted({tune["licence"] for tune in kept}),
        "tunes": len(kept),
        "splits": {side: sides.count(side) for side in set(sides)},
        "left out": [tune["title"] for tune in tunes if not tune["licence"]],
    }


# %% tags=["nbval-check-output"]
mai.check("13.3", card_of)

# %% [markdown]
# ## 6. Make: a capstone
#
# Your capstone: a piece of 32 bars for people whom you can name. A form in which something returns, a band, rules of your
# own, and papers. It is composed by the service. So long a piece is not waited for: the answer is 202, *accepted*, and names
# a job; then one asks again.

# %%
plan = {"genre": "jig", "form": "AABA", "bars": 32, "arrangement": "jig", "model": "ngram"}
mine = plan | {"mood": "happy", "rules": ["in_key", "max_leap=12", "end_on_tonic"], "seed": 13}
answer = service.call("POST", "/v1/compositions", mine)
print(answer, answer.value["state"])
piece = service.wait_for(answer).value
midi = service.call("GET", piece["links"]["mid"]).data
final = mai.rebuild(piece["provenance"])
mai.show(final.score, ["score", "player", "sound"])

# %%
judge_capstone(piece, midi)

# %%
report_card(final.score, mai.load("oneill").filter(genre="jig", split="test"))

# %% [markdown]
# The first card counts what was asked, the second sets your melody beside real jigs. (Bars are heard again more often than in
# print, where a sign stands for a repeat.) Neither of them can hear. So change the wish until *you* want to hear it twice,
# play it to somebody, and write five lines under the table.
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **The piece** | 32 bars that keep the rules | one knows where A returns | somebody hums it afterwards |
# | **The proof** | "the seed is 13" | same bytes over HTTP and here | and you can say under which conditions |
# | **The papers** | "made by AI" | model, data and licence are named | and whom you would thank |
# | **The judgement** | a spotless card | what the numbers miss, in your words | a blind test with people who do not know you |

# %% [markdown]
# ## 7. Recall
#
# Answer aloud first. Two of these go back to earlier lessons.

# %%
mai.recall(13)

# %% [markdown]
# ## 8. Keep
#
# Keep the piece together with its papers: from those alone `mai.rebuild` makes it again. Rate it, this time over HTTP.

# %% tags=["nbval-check-output"]
Path("my_capstone.mid").write_bytes(midi)
Path("my_capstone.json").write_text(json.dumps(piece["provenance"]), encoding="utf-8")
rated = service.call("POST", "/v1/ratings", {"piece": piece["id"], "stars": 4}).value
print("saved my_capstone.mid and my_capstone.json, rated", rated["value"])
service.stop()

# %%
mai.rating_panel(final)

# %% [markdown]
# The course is over. What next? `mai.studio()` composes with you, without a line of code. `melodyai train` learns from your own music.
# `melodyai serve` on a computer of your own, with a key for each friend, is a service; the folder `deployment/` waits for the day
# when there are more friends than one computer can bear. And the models are small. You know now how each part works,
# how to measure whether a change is better, and what a number misses. Make a better one, and put it on paper whose music it is.
