"""From a request to a piece.

Conventions
-----------
A request says all that is needed: the same request gives the same notes everywhere.

Contents
--------
request, request_schema, request_values, resolving: what is asked for.
compose, composer, batch, composition, showing, saving, facts, why, provenance: the piece.
library, style, style_rules, hearing, voice, taste, mood_lean: what it is drawn from.
form, form_plan, tune_plan, plan_*, motif: the plan.
harmony_stage, chord_*, progressions: chords with symbols. harmonise, lead_sheet, accompany,
harmony_counts, harmony_style, harmony_reasons, chorale_*: chords to a given melody. rhythm: a
rhythm first.
arrange, staging, roles, instruments, ranges, textures, pattern, pattern_*, generic_groove,
bass_line, accompaniment, voice_chords, counter_melody, expression, human_timing: the band.
edits, keeping, splicing: changes to a piece.
"""

from melodyai_edu.composition.batch import BatchReport, compose_many
from melodyai_edu.composition.chord_plan import PlannedChord, fit_chords, plan_chords
from melodyai_edu.composition.compose import compose
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form_plan import FormPlan, PlannedSection, plan_form
from melodyai_edu.composition.harmonise import Harmonisation, harmonise
from melodyai_edu.composition.instruments import INSTRUMENTS
from melodyai_edu.composition.lead_sheet import LeadSheet
from melodyai_edu.composition.library import offered_genres, offered_meters, offered_modes
from melodyai_edu.composition.provenance import rebuild
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.rhythm import compose_over, draw_rhythm

__all__ = [
    "INSTRUMENTS",
    "BatchReport",
    "Composition",
    "CompositionRequest",
    "FormPlan",
    "Harmonisation",
    "LeadSheet",
    "PlannedChord",
    "PlannedSection",
    "compose",
    "compose_many",
    "compose_over",
    "draw_rhythm",
    "fit_chords",
    "harmonise",
    "offered_genres",
    "offered_meters",
    "offered_modes",
    "plan_chords",
    "plan_form",
    "rebuild",
]
