"""A report on models as people read it: Markdown, pictures, and JSON for programs.

Conventions
-----------
A figure with an interval is (mean, low, high), a share of what was asked for (hits, number, low,
high).

Contents
--------
write_report, report_text
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from melodyai_edu.evaluation.statistics import STATISTICS
from melodyai_edu.io.disk import save_bytes

__all__ = ["report_text", "write_report"]

_INCHES = (7.0, 3.2)


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json``, ``report.md``, ``bits.png`` and ``statistics.png``.

    Parameters
    ----------
    report : mapping
        As `melodyai_edu.training.assess.assess` measures it.
    folder : Path
        Made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_bytes(json.dumps(report, indent=1).encode() + b"\n", folder / "report.json")
    save_bytes(report_text(report).encode(), folder / "report.md")
    _draw_bits(report["bits"], folder / "bits.png")
    if any(found["statistics"] for found in report["writing"].values()):
        _draw_areas(report["writing"], folder / "statistics.png")


def report_text(report: Mapping[str, Any]) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report : mapping

    Returns
    -------
    text : str
    """
    parts = [
        "# Models of melodies",
        f"{report['tunes']} held-out tunes heard; {report['pieces']} pieces from each model, drawn "
        f"without rules; seed {report['seed']}. In brackets: 95% intervals, Wilson's of shares, "
        f"else tunes or pieces resampled. Weights of the n-gram are its counts.",
        "## Surprise at tunes they never heard\n\n![bits per note](bits.png)\n",
        _bits_table(report["bits"]),
    ]
    if report["writing"]:
        parts += [
            "## What they write\n",
            _habit_table(report),
            "The n-gram has no bar lines and no end of its own: it is given both.",
        ]
    if report["control"]:
        parts += [
            "## Asked and got\n\nA listener that learned genres from real training tunes names the "
            "genre; it hears no meter. In brackets: Wilson's 95% intervals.",
            _control_table(report["control"]),
        ]
    shown = {n: found["statistics"] for n, found in report["writing"].items()}
    tables = [f"### {n}\n\n{_statistics_table(rows)}" for n, rows in shown.items() if rows]
    parts += ["![overlap with real tunes](statistics.png)", *tables] if tables else []
    return "\n\n".join(parts) + "\n"


def _figure(values: Any, digits: int = 3) -> str:
    if values is None:
        return "-"
    mean, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{mean} [{low}, {high}]"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bits_table(bits: Mapping[str, Any]) -> str:
    rows = [
        (
            name,
            *(_figure(row[what]) for what in ("duration", "pitch", "note")),
            f"{row['weights']:,}" if row["weights"] else "-",
            f"{row['seconds']:.1f}",
        )
        for name, row in bits.items()
    ]
    head = ("model", "bits a duration", "bits a pitch", "both", "weights", "seconds")
    return _table(head, rows)


def _habit_table(report: Mapping[str, Any]) -> str:
    shares = ("music", "ended", "bars filled", "one-note loops", "windows copied")
    rows = [
        (
            name,
            *(_percentage(found.get(what)) for what in shares),
            _figure(found["longest copied run"], 1),
        )
        for name, found in (*report["writing"].items(), ("real tunes", report["human"]))
    ]
    head = ("written by", "is music", "ended", "bars filled", "one-note loops", "windows copied")
    return _table((*head, "longest copied run"), rows)


def _control_table(control: Mapping[str, Any]) -> str:
    """Write what was asked for, row by row, model by model."""
    rows: list[tuple[str, ...]] = []
    for name, found in control.items():
        rows += [(name, what, _share(found[what]), "-", "-") for what in ("length", "meter")]
        for genre, shares in found["genre"].items():
            what = "genre" if genre == "all" else f"genre: {genre}"
            rows.append((name, what, *map(_share, shares)))
    return _table(("written by", "asked for", "got", "real tunes", "nobody asked"), rows)


def _percentage(values: Any) -> str:
    if values is None:
        return "-"
    mean, low, high = values
    return f"{mean:.1%} [{low:.1%}, {high:.1%}]"


def _share(values: Any) -> str:
    if values is None or not values[1]:
        return "-"
    hits, number, low, high = values
    return f"{hits / number:.1%} [{low:.1%}, {high:.1%}] of {number}"


def _statistics_table(statistics: Mapping[str, Any]) -> str:
    rows = [
        (name, STATISTICS[name], _figure(ours), _figure(theirs), f"{area:.2f}")
        for name, (ours, theirs, area) in statistics.items()
    ]
    return _table(("statistic", "what", "written", "real", "overlap"), rows)


def _draw_bits(bits: Mapping[str, Any], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.add_subplot()
    names = list(bits)
    for number, what in enumerate(("duration", "pitch")):
        means, lows, highs = zip(*(bits[name][what] for name in names), strict=True)
        places = [place + 0.36 * (number - 0.5) for place in range(len(names))]
        errors = [
            [m - low for m, low in zip(means, lows, strict=True)],
            [high - m for m, high in zip(means, highs, strict=True)],
        ]
        axes.barh(places, means, 0.34, xerr=errors, label=f"bits a {what}")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("bits; fewer is better")
    axes.legend(frameon=False)
    figure.savefig(file, dpi=100)


def _draw_areas(writing: Mapping[str, Any], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.add_subplot()
    shown = {name: found["statistics"] for name, found in writing.items() if found["statistics"]}
    for number, (name, statistics) in enumerate(shown.items()):
        width = 0.8 / len(shown)
        places = [
            place + width * (number - len(shown) / 2 + 0.5) for place in range(len(statistics))
        ]
        axes.bar(places, [area for *_, area in statistics.values()], width, label=name)
    axes.set_xticks(range(len(STATISTICS)), list(STATISTICS), rotation=35, ha="right")
    axes.set(ylim=(0, 1), ylabel="overlap with real tunes")
    axes.legend(frameon=False, fontsize="small")
    figure.savefig(file, dpi=100)
