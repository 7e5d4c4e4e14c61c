"""MelodyAI: learn how a machine composes music, and keep the tool afterwards."""
