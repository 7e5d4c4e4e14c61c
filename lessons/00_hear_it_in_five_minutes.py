# %% [markdown]
# # Lesson 00: Hear it in five minutes
#
# | | |
# |---|---|
# | **The learner can** | generate, hear, read and export a piece, and name the four modules of music that the course is built on |
# | **Needs** | nothing: no earlier lesson, no theory. Where a word is new, it is explained |
# | **Minutes** | 25, the first sound after one |
# | **CPU seconds** | 17 on two cores, measured for the whole notebook |
# | **Data** | Irish, Scottish and American dance tunes and Bach's chorales (hymns for four voices): music in the public domain, cards in the folder `datasets` |
# | **If you play, but do not program** | Run every cell and read the words between them; they carry the lesson. For section 5 read the page [Read Python in ten minutes](../docs/reading_python.md) first |
# | **If you program, but do not read music** | Sections 1 and 3 explain each word of music when it comes. Where you want more, there is [Read music in ten minutes](../docs/reading_music.md). The code of section 5 you may skim |
#
# In this lesson a machine writes a tune for you. You will hear it, read it, look inside it, and decide what the next
# one is to be like. How the machine learned to do it is what the other lessons are about; today you find out *what* it
# does, and what it does not do.
#
# ## 1. Hear it
#
# Press **Shift-Enter** in each cell (a box with code), from top to bottom. The next cell loads the toolkit and composes a jig: a fast
# Irish dance. Give it a few seconds, for it has to read some thousand tunes before it begins. *G major* is the
# **key**: which notes the tune uses, and that G is its home.

# %%
import melodyai_edu as mai
from melodyai_edu.evaluation.report_card import report_card, statistics
from melodyai_edu.score import Key

piece = mai.compose(genre="jig", key="G major", bars=16, seed=2, model="ngram")
piece

# %% [markdown]
# What you see, from the top:
#
# - **The score.** Time runs from left to right, higher notes stand higher. Each box between two vertical lines is a
#   *bar*. This jig has six eighth notes in a bar (an eighth is the short note of which most of it is made), felt as
#   two beats of three: *one*-and-a *two*-and-a. The `6/8` at the beginning, the *meter*, says so.
# - **The piano roll.** The same notes as rectangles: long notes are long, high notes are high. Nothing in it is hidden
#   in symbols, but it does not show the beat as well as the score.
# - **The player.** Press play and follow the cursor. You can change the tempo, its speed, while it plays.
# - **The facts**, and at the very end the answer to a fair question: *did it copy this from somewhere?* The longest
#   run that also stands in the tunes it learned from is counted, and the same is counted for real tunes that it has
#   never seen, for musicians borrow from each other too. (A second line says how many of all its stretches of eight
#   notes stand there.)
#
# Listen twice. Then hum the first two bars. If you can, the machine has done something right: tunes that are worth
# playing can be remembered.
#
# ## 2. Predict
#
# You asked for a *jig* in *G major*, *16 bars* long. (`model="ngram"` names the plainest composer of the package, the one that you
# will build yourself in lesson 04.) You also gave a number called `seed`. Before you run anything else, decide what it is for.

# %%
mai.predict("0.1")

# %% [markdown]
# Now try it. The next cell composes three more pieces and compares their notes with the first.

# %% tags=["nbval-check-output"]
again = mai.compose(genre="jig", key="G major", bars=16, seed=2, model="ngram")
other = mai.compose(genre="jig", key="G major", bars=16, seed=8, model="ngram")
moved = mai.compose(genre="jig", key="A major", bars=16, seed=2, model="ngram")

for name, one in {"same seed": again, "other seed": other, "other key": moved}.items():
    same = one.score.parts[0].notes == piece.score.parts[0].notes
    print(f"{name}: the same notes as before? {same}")
pairs = [*zip(piece.score.parts[0].notes, moved.score.parts[0].notes)]
print("other key: the same rhythm?", all(a.duration == b.duration for a, b in pairs))
print("other key, moved by semitones:", sorted({b.pitch - a.pitch for a, b in pairs}))

# %% [markdown]
# A seed is where the dice begin. The machine draws each note by chance, with better odds for what fits, and a computer's
# chance is a long list of numbers that begins where the seed says. The same request with the same seed is the same piece:
# today, next year, on another machine, in a notebook or on the command line. That is why you can send a friend a
# request instead of a recording.
#
# The last lines are worth a second look. (A *semitone* is the way from one key of a piano to the very next, black or
# white.) In A major the rhythm has stayed, and yet it is another tune: its notes have not all moved by the same distance. The
# machine keeps to the height at which people play these dances, and in another key other notes lie there, so that the same
# dice choose otherwise. If you want *this* tune in A, move every note by two semitones. A musician hears a tune by its
# distances from home, not by the names of its notes; in lesson 01 you will see that the machine does, too.
#
# ## 3. Run: what is inside a piece
#
# A piece is not a sound. It is a list of notes, and each note says four things: when it begins (its *onset*), how long
# it lasts (its *duration*), how high it is (its *pitch*), and how it is spelled. Times are counted in *ticks*, 24 to
# a quarter note. Pitches are counted in semitones: 60 is the C in the middle of a piano, 61 the key next to it.

# %% tags=["nbval-check-output"]
notes = piece.score.parts[0].notes
for note in notes[:6]:
    print(f"begins {note.onset:3}  lasts {note.duration:2}  pitch {note.pitch}  {note.pitch_name}")

# %% [markdown]
# That is enough to work out, by hand, some of the facts that stood below the player. Each step has a name, so that you
# can find it again in longer programs.

# %% tags=["nbval-check-output"]
# Step 1: find the lowest and the highest note
lowest = min(notes, key=lambda note: note.pitch)
highest = max(notes, key=lambda note: note.pitch)
# Step 2: find how long the piece lasts, in ticks, then in quarter notes
ticks = max(note.onset + note.duration for note in notes)
quarters = ticks / 24
# Step 3: turn quarter notes into seconds; the tempo counts quarter notes a minute
seconds = 60 * quarters / piece.score.tempo
print(lowest.pitch_name, highest.pitch_name, f"{seconds:.1f} seconds")

# %% [markdown]
# Now the package's own facts. `assert` is a promise to the reader: it says nothing if the claim is true, and stops the
# notebook if it is not.

# %% tags=["nbval-check-output"]
facts = piece.facts
assert (facts["lowest"], facts["highest"]) == (lowest.pitch_name, highest.pitch_name)
assert abs(facts["seconds"] - seconds) < 0.1
print(facts["bars"], "bars of", facts["meter"], "in", facts["key"])
print("form:", facts["form"])

# %% [markdown]
# The last line is the *form*. Each letter is a bar, and a letter that comes back is a bar that comes back. `ABCD ABEF`
# is an opening of two bars that is said twice, with another ending the second time. Repetition is the cheapest and
# strongest tool that a composer has. Without it a listener has nothing to hold on to.
#
# ### Four modules
#
# Everything in this course belongs to one of four modules of music. You will meet these words in every lesson:
#
# | module | the question it answers | in the piece above |
# |---|---|---|
# | **rhythm** | when, and how long? | six eighths a bar, a longer note where a phrase breathes |
# | **melody** | which note comes next? | mostly steps, now and then a leap |
# | **harmony** | what sounds together, and where is home? | one voice only, but it knows its key, and it ends at home |
# | **structure** | what comes back, and when? | the letters of the form |
#
# The composer of today handles rhythm, melody and a little structure. Chords (notes that sound together) and several
# voices come later.
#
# ## 4. Investigate: one dial, three settings
#
# One thing at a time. *Temperature* says how far the dice may stray from the likely: below 1 the likely becomes
# likelier, above 1 the unlikely gets its chance. One piece proves nothing, so the next cell composes ten jigs at each of
# three temperatures, and counts.

# %% tags=["nbval-check-output"]
for temperature in (0.3, 1.0, 2.0):
    request = {"genre": "jig", "temperature": temperature, "model": "ngram"}
    pieces = [mai.compose(**request, seed=seed) for seed in range(10)]
    counts = [statistics(one.score) for one in pieces]
    for name in ("steps [%]", "widest leap [semitones]"):
        mean = sum(count[name] for count in counts) / len(counts)
        print(f"temperature {temperature}: {name:24} {mean:5.1f}")

# %% [markdown]
# A *step* goes to a neighbouring note, a *leap* goes further. The widest leap grows each time. The share of steps falls
# only at 2; between 0.3 and 1 it hardly differs, for small leaps are likely in a jig, too, and ten pieces are few.
#
# Now do it with your own hands. In the panel, set the temperature to 0.3 and press **Generate**; then to 2.0. Look at
# the roll, listen, and see what becomes of the two lines on copying. When you have heard enough, change the genre, and
# leave everything else alone. **Export** saves the piece beside this notebook.

# %%
panel = mai.composer_panel()
panel

# %% [markdown]
# Some things to try, each with one change only:
#
# - a *reel* and a *hornpipe*, two other dances, with the same seed: both have two beats to a bar, so what tells them
#   apart? (Read the tempo in the facts, too.)
# - the same jig in G major and in E minor: which notes are new?
# - 8 bars and 32 bars: at what length does it lose the thread?
#
# ## 5. Modify
#
# Three blanks. Each is a **function**: a recipe with a name, which stands after `def`; what it is given stands in the
# brackets, what it hands back after `return`. Replace the line with `NotImplementedError`, run the cell, then run the
# check below it. A check never gives the answer away; it tells you what a musician would notice.
#
# **Exercise 0.1.** Write a function that composes a *reel* in *D major*, *8 bars* long. The names of the *arguments*,
# `genre=` and so on, are in the very first code cell that composes.


# %%
def my_reel():
    # solution 0.1
    return mai.compose(genre="reel", key="D major", bars=8, seed=3)


# %% tags=["nbval-check-output"]
mai.check("0.1", my_reel)

# %% [markdown]
# **Exercise 0.2.** A listener feels that a tune is over when it comes home: when its last note is the *tonic*, the
# note that the key is named after. Write a function that takes a score and says whether it ends at home. You need
# three things: the notes (`score.parts[0].notes`), a note's `pitch_class` (its pitch without the octave, from 0 to
# 11, so that a low G and a high G count as the same), and the key's `score.key.tonic_pitch_class`.


# %%
def ends_at_home(score):
    # solution 0.2
    last = score.parts[0].notes[-1]
    return last.pitch_class == score.key.tonic_pitch_class


# %% tags=["nbval-check-output"]
mai.check("0.2", ends_at_home)

# %% [markdown]
# **Exercise 0.3.** How singable is a tune? Singers like steps. Write a function that takes a list of pitches and gives
# the share of steps among its intervals, from 0 to 1: how many of the moves from one pitch to the next are 1 or
# 2 semitones wide, up or down, divided by how many moves there are. `zip(pitches, pitches[1:])` gives the
# pairs of neighbours.


# %%
def share_of_steps(pitches):
    # solution 0.3
    moves = [abs(after - before) for before, after in zip(pitches, pitches[1:])]
    return sum(1 <= move <= 2 for move in moves) / len(moves)


# %% tags=["nbval-check-output"]
mai.check("0.3", share_of_steps)

# %% [markdown]
# ## 6. Make: a piece that you would keep
#
# Compose something that you would keep. There is no wrong answer, but there is a report card, and a rubric for the
# things that no program can count:
#
# | | not yet | good | very good |
# |---|---|---|---|
# | **Can I hum it?** | not a bar of it | the opening | the opening, and I know where it comes back |
# | **Does it breathe?** | it never stops | there are resting places | they come where I expect them, but for one |
# | **Is it of its kind?** | could be anything | I know that it is a dance | I would not notice it among real ones |
#
# Change the request until you are content with all three. Write down how many you threw away. That number matters:
# choosing is composing, too. This request names no `model`, so it goes to the best composer at hand: a network, which
# you will take apart in lesson 07.

# %%
mine = mai.compose(genre="hornpipe", key="D major", bars=16, seed=9, temperature=0.9)
mine

# %% [markdown]
# The report card counts what can be counted, and sets it beside tunes of the same kind that the machine has never
# seen. A line that is marked is not a fault. It says: here your piece is unlike nine tenths of its kind. Decide for
# yourself whether you can hear that.

# %%
hornpipes = mai.load("oneill").filter(genre="hornpipe", split="test")
report_card(mine.score, hornpipes)

# %% [markdown]
# ## 7. Recall
#
# Close your eyes, say each answer aloud, then choose.

# %%
mai.recall(0)

# %% [markdown]
# ## 8. Keep
#
# A piece can leave this notebook in any form you need: MIDI for a studio program, MusicXML for a notation program, ABC
# for a web page of folk tunes, MP3 for a friend, PNG for a wall.

# %% tags=["nbval-check-output"]
for suffix in (".mid", ".musicxml", ".abc", ".mp3", ".png"):
    print("saved", mine.save(f"my_first_piece{suffix}"))
back = mai.read("my_first_piece.mid")
print(
    "read back:", back.note_count == mine.score.note_count, Key.parse(mine.facts["key"]) == back.key
)

# %%
mai.rating_panel(mine)

# %% [markdown]
# Open the `.mid` file in a program of your own; it is an ordinary file and nothing about it is ours. Give the piece
# its stars in the panel above; they stay on your computer, and in lesson 12 they can teach the machine what you like.
#
# *May you play it, change it, sell it?* As we read it, nothing stands in your way. The tunes that it learned from are in the
# public domain; `mine.provenance["data"]` names each collection with what its card says. The package's licence (MIT) is about
# its code and claims nothing of what you compose. (A soundfont of your own has its own licence, for the sound.) And the facts
# say how long a run the piece shares with a tune that it learned from. Lesson 06 shows what that check misses, lesson 13 what
# nobody knows yet.
#
# What you have *not* seen yet is how it knows. Where do the odds come from? Why does it not wander off like a bored
# child at a piano? [Lesson 01](01_music_as_data.ipynb) begins at the beginning, with what music looks like
# to a machine; [lesson 04](04_a_first_composer.ipynb) builds this very composer from an empty cell.
