"""How good, how alike, how original: figures for pieces and models.

Conventions
-----------
A figure of a generated piece always stands beside the same figure of real tunes that the model has
not seen.

Contents
--------
statistics, self_similarity, report_card: a melody in numbers. copying: what it took from others.
likelihood, model_bits: how surprised models are. intervals: how sure a figure is.
control, genre_classifier, mood_classifier, tune_classifier: asked and got.
blind: what listeners say. chorale_grade: four voices. report: all of it on models.
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
