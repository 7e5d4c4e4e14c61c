"""How good, how alike, how original: figures for pieces and models.

Conventions
-----------
A figure of a generated piece always stands beside the same figure of real tunes that the model has
not seen.

Contents
--------
copying, report_card
"""

from melodyai_edu.evaluation.copying import CopyIndex, CopyReport, HumanCopying, copy_report
from melodyai_edu.evaluation.report_card import ReportCard, report_card, statistics

__all__ = [
    "CopyIndex",
    "CopyReport",
    "HumanCopying",
    "ReportCard",
    "copy_report",
    "report_card",
    "statistics",
]
