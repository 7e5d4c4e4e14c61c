"""Training: from corpora to a network that can be trusted to be the best one seen.

Conventions
-----------
Long work shows progress, can be stopped at any moment, and goes on from there.

Contents
--------
examples, batches: data. fit: the loop. checkpoint, mirror: what survives. devices: on what it runs.
recipe: how it goes. logs: tables and pictures. run: all of it in one call. chorale: the same for
four voices. original: two models of the first design. writing, assess: what models write, judged.
taste, active: what is liked, and which pair to ask next. margins, dpo, guards: tuning a network to
it, and what must not get worse. preference: all of that in one call.
"""

from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.recipe import Recipe, Report
from melodyai_edu.training.run import Trained, fit

__all__ = ["Recipe", "Report", "Trained", "Trainer", "fit"]
