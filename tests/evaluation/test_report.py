from __future__ import annotations

import json

from melodyai_edu.evaluation.report import report_text, write_report
from melodyai_edu.evaluation.statistics import STATISTICS

ROW = {
    "duration": (0.5, 0.4, 0.6),
    "pitch": (2.0, 1.9, 2.1),
    "note": (2.5, 2.3, 2.7),
    "weights": 1234,
    "seconds": 1.5,
}
HABITS = {
    "one-note loops": (0.0, 0.0, 0.1),
    "windows copied": (0.1, 0.05, 0.2),
    "longest copied run": (9.0, 8.5, 9.5),
}
REPORT = {
    "tunes": 10,
    "pieces": 20,
    "seed": 3,
    "bits": {"uniform": {**ROW, "weights": 0}, "mine": ROW},
    "writing": {
        "mine": {
            "music": (0.9, 0.8, 0.95),
            "ended": (1.0, 0.9, 1.0),
            "bars filled": (0.8, 0.7, 0.9),
            **HABITS,
            "statistics": {name: ((1, 0, 2), (1, 0.5, 1.5), 0.75) for name in STATISTICS},
        },
        "silent": {
            "music": (0.0, 0.0, 0.1),
            "ended": None,
            "bars filled": None,
            **dict.fromkeys(HABITS),
            "statistics": {},
        },
    },
    "control": {
        "mine": {
            "length": (18, 20, 0.7, 0.97),
            "meter": (20, 20, 0.84, 1.0),
            "genre": {
                "all": [(9, 10, 0.6, 0.98), (8, 10, 0.5, 0.94), None],
                "jig": [(9, 10, 0.6, 0.98), (8, 10, 0.5, 0.94), (1, 10, 0.02, 0.4)],
            },
        },
        "silent": {"length": (0, 20, 0, 0.16), "meter": (0, 20, 0, 0.16), "genre": {}},
    },
    "human": HABITS,
}


def test_every_figure_stands_with_its_interval():
    text = report_text(REPORT)
    assert "| mine | 0.500 [0.400, 0.600] | 2.000 [1.900, 2.100] |" in text
    assert "| 1,234 | 1.5 |" in text
    assert all(f"| {name} |" in text for name in STATISTICS)
    assert "| mine | 90.0% [80.0%, 95.0%] | 100.0% [90.0%, 100.0%] |" in text
    habits = "0.0% [0.0%, 10.0%] | 10.0% [5.0%, 20.0%] | 9.0 [8.5, 9.5] |"
    assert f"| 80.0% [70.0%, 90.0%] | {habits}" in text
    assert f"| real tunes | - | - | - | {habits}" in text


def test_what_was_asked_for_stands_beside_what_came():
    text = report_text(REPORT)
    assert "| mine | length | 90.0% [70.0%, 97.0%] of 20 | - | - |" in text
    assert "| mine | genre | 90.0% [60.0%, 98.0%] of 10 | 80.0% [50.0%, 94.0%] of 10 | - |" in text
    assert "| 10.0% [2.0%, 40.0%] of 10 |" in text
    assert "Asked and got" not in report_text({**REPORT, "control": {}})


def test_what_wrote_no_music_has_no_figures():
    text = report_text(REPORT)
    assert "| silent | 0.0% [0.0%, 10.0%] | - | - | - | - | - |" in text
    assert "### silent" not in text


def test_a_folder_with_pictures(tmp_path):
    write_report(REPORT, tmp_path / "report")
    files = {file.name for file in (tmp_path / "report").iterdir()}
    assert files == {"report.json", "report.md", "bits.png", "statistics.png"}
    assert json.loads((tmp_path / "report" / "report.json").read_text())["seed"] == 3


def test_without_pieces_there_is_one_picture(tmp_path):
    write_report({**REPORT, "writing": {}}, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.json", "report.md", "bits.png"}
    assert "What they write" not in (tmp_path / "report.md").read_text()
