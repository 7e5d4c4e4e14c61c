"""Write docs/models/*.md, a page for each network that comes with the package, from its JSON card.

Run without arguments to rewrite pages and curves, with ``--check`` to fail if a page is out of
date. Figures come from benchmarks/results/models.json, where benchmarks/models.py leaves them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from melodyai_edu.models.chorale import ChoraleCard, load_chorale_model
from melodyai_edu.models.saved import ModelCard, models_folder, read_card

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "models"
RESULTS = ROOT / "benchmarks" / "results" / "models.json"

LIMITS = """## Limits

- It knows Irish, Scottish and American dance tunes and airs of the 18th and 19th century, and the melodies of Bach's
  chorales: nothing of other places and times, no harmony, no words, no performance.
- Of genres with few tunes (waltz, minuet, slide) it has hardly heard any.
- It hears a piece as one line in one key; later keys are not heard.
- By itself it may fill a bar wrongly or never end; in `mai.compose` the rules prevent both.
- Tunes come from printed collections of their time; titles and choices are those of their editors.

## Intended use

Learning how such a model works, and sketching melodies that a person then judges. Not for passing off what it
writes as a traditional tune: `piece.copying` says how much of a piece stands in the tunes that it learned from.
"""


def licence(corpus: str) -> str:
    """Give the licence line of a corpus card."""
    lines = (ROOT / "datasets" / corpus / "card.md").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith("| licence"))
    return line.split("|")[2].strip()


def figures(card: ModelCard) -> str:
    """Give the figures that the benchmark left, if it did."""
    known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    rows = known.get("bits", {}).get(card.name)
    if not rows:
        return ""
    lines = "\n".join(
        f"| {genre} | {row['tunes']} | {row['duration']:.3f} | {row['pitch']:.3f} |"
        for genre, row in rows.items()
    )
    return (
        "## On tunes it never heard\n\nBits per duration and per pitch on the test tunes "
        "(`python benchmarks/models.py`); fewer is better.\n\n"
        f"| genre | tunes | duration | pitch |\n|---|---|---|---|\n{lines}\n\n"
    )


def page(card: ModelCard) -> str:
    """Write one page."""
    facts, sizes = card.training, card.sizes
    body = (
        f"{sizes.num_layers} blocks with {sizes.num_heads} heads"
        if sizes.network == "transformer"
        else f"{sizes.num_layers} LSTM layers of {sizes.units} cells"
    )
    what = "melodies" if card.kind == "melody" else "rhythms (every pitch is the tonic)"
    use = (
        f'`mai.compose(..., model="{card.name}")` draws from it'
        if card.kind == "melody"
        else f'`mai.draw_rhythm("{card.name}", "jig", "6/8")` lets it write a rhythm, '
        f'`mai.compose_over("{card.name}", genre="jig")` a piece over one'
    )
    corpora = "\n".join(
        f"| `{name}` | {part['examples']:,} | `{part['sha256']}` | {licence(name)} |"
        for name, part in facts["data"].items()
    )
    return f"""# {card.name}

| | |
|---|---|
| what it writes | {what} |
| network | {body}, embedding of {sizes.hidden_dim} |
| weights | {facts["weights"]:,}, stored in half precision |
| file | SHA-256 `{card.sha256}` |
| command | `{facts["command"]}` |
| data | {facts["examples"]:,} tunes, SHA-256 `{facts["data_sha256"]}` |
| seed | {facts["recipe"]["seed"]} |
| time | {facts["hours"]} hours on two shared cores |
| loss | {facts["best"]:.4f} nats a token on validation tunes |

{use}; `melodyai_edu.models.saved.load_model` opens it.

## Learned from

| corpus | tunes | SHA-256 | licence |
|---|---|---|---|
{corpora}

![loss by training steps]({card.name}.png)

{figures(card)}{LIMITS}"""


def chorale_page(card: ChoraleCard) -> str:
    """Write the page of a four-part network."""
    facts = card.training
    losses = "\n".join(f"| {epoch} | {loss:.4f} |" for epoch, loss in facts["valid_losses"])
    pieces = ", ".join(f"{side} {number}" for side, number in facts["pieces"].items())
    return f"""# {card.name}

| | |
|---|---|
| what it foretells | four voices on a grid of 16ths, cell by cell: soprano, bass, alto, tenor of each step |
| network | an LSTM of {card.units} cells that hears the piece once a step, two dense layers of {card.hidden_dim} for each voice |
| weights | {facts["weights"]:,}, stored in half precision |
| file | SHA-256 `{card.sha256}` |
| command | `{facts["command"]}` |
| how | {facts["how"]} |
| data | the published split of Bach's chorales as far as it is in music21's corpus (`datasets/bach_split/card.md`): {pieces} pieces |
| seed | {facts["recipe"]["seed"]} |
| time | {facts["hours"]} hours on two shared cores |
| loss | {facts["best"]:.4f} nats a note on validation pieces |

`mai.harmonise(..., model="{card.name}")` draws with it; `melodyai_edu.models.chorale.load_chorale_model` opens it;
`python benchmarks/chorale_likelihood.py` measures it on the test pieces.

## How it learned

| epochs | nats a note, validation |
|---|---|
{losses}

## Licence of what it learned from

{licence("chorales")}

## Limits

- It knows Bach's four-part chorales and nothing else: no instruments, no words, no fermatas, no tempo.
- A held and a repeated note look alike on its grid, and nothing is shorter than a 16th.
- It hears from left to right. Where a melody goes is known to the automaton that sets the chords, not to it.
- By itself it would write a parallel fifth now and then, as Bach did; in `mai.harmonise` the rules prevent it.

## Intended use

Learning how such a model works, and sketching settings that a person then judges; not for passing off what it writes as
Bach's.
"""


def draw_curve(card: ModelCard) -> None:
    """Draw how the loss fell."""
    from melodyai_edu.render.curves import draw_losses

    losses = [tuple(pair) for pair in card.training["losses"]]
    steps = losses[-1][0] / card.training["valid_losses"][-1][0]
    valid = [(round(epoch * steps), loss) for epoch, loss in card.training["valid_losses"]]
    figure = draw_losses(losses, valid, card.name)
    figure.savefig(FOLDER / f"{card.name}.png", dpi=70, bbox_inches="tight")


def main() -> int:
    """Write or check all pages."""
    is_check = sys.argv[1:] == ["--check"]
    FOLDER.mkdir(exist_ok=True)
    stale = []
    for file in sorted(models_folder().glob("*/card.json")):
        card = read_card(file.parent)
        target, text = FOLDER / f"{card.name}.md", page(card)
        if is_check and (not target.is_file() or target.read_text(encoding="utf-8") != text):
            stale.append(target.name)
        if not is_check:
            target.write_text(text, encoding="utf-8")
            draw_curve(card)
    for file in sorted(models_folder().glob("*/chorale.json")):
        chorale = load_chorale_model(file.parent).card
        target, text = FOLDER / f"{chorale.name}.md", chorale_page(chorale)
        if is_check and (not target.is_file() or target.read_text(encoding="utf-8") != text):
            stale.append(target.name)
        if not is_check:
            target.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/models/{name} is out of date: run python tools/build_model_cards.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
