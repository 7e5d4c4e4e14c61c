"""How good, how alike, how original: figures for pieces and models.

Conventions
-----------
A figure of a generated piece always stands beside the same figure of real tunes that the model has
not seen.

Contents
--------
copying, likelihood, report_card
"""

from melodyai_edu.evaluation.copying import CopyIndex, CopyReport, HumanCopying, copy_report
from melodyai_edu.evaluation.likelihood import bits_per_note, surprise
from melodyai_edu.evaluation.report_card import ReportCard, report_card

__all__ = [
    "CopyIndex",
    "CopyReport",
    "HumanCopying",
    "ReportCard",
    "bits_per_note",
    "copy_report",
    "report_card",
    "surprise",
]
