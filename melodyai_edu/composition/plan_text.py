"""A form plan in words and letters.

Conventions
-----------
Each bar has a small letter, a bar that returns exactly that of the bar it repeats; ``a2`` is the
second version of the bar ``a``. A comma closes half, a full stop fully. Under
each bar stands how tense it is.

Contents
--------
bar_letters, plan_lines
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from melodyai_edu.composition.form_plan import FormPlan

__all__ = ["bar_letters", "plan_lines"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_SIGNS = {"half": ",", "full": "."}


def bar_letters(plan: FormPlan) -> tuple[str, ...]:
    """Name each bar of a plan by what it repeats or varies.

    Parameters
    ----------
    plan : FormPlan

    Returns
    -------
    letters : tuple of str
    """
    varied = {one.bar: one.original for one in plan.varied}
    names: dict[int, str] = {}
    versions: dict[str, int] = {}
    for bar, root in enumerate(plan.form.bars):
        if root != bar:
            continue
        if varied.get(bar) in names:
            letter = names[varied[bar]].rstrip("0123456789")
        else:
            turn, place = divmod(len(versions), len(ascii_lowercase))
            letter = ascii_lowercase[place] * (turn + 1)
        versions[letter] = versions.get(letter, 0) + 1
        names[bar] = letter if versions[letter] == 1 else f"{letter}{versions[letter]}"
    return tuple(names[root] for root in plan.form.bars)


def plan_lines(plan: FormPlan) -> list[str]:
    """Write a plan, two lines for each section.

    Parameters
    ----------
    plan : FormPlan

    Returns
    -------
    lines : list of str
    """
    letters, signs = bar_letters(plan), dict(plan.cadences)
    texts = [letter + _SIGNS.get(signs.get(bar, ""), "") for bar, letter in enumerate(letters)]
    width = max(map(len, texts)) + 1
    title = max(len(section.name) for section in plan.sections)
    after = f", after: {plan.sources}" if plan.sources else ""
    lines = [f"{plan.name}: {plan.bars} bars, phrases of {plan.phrase_bars}{after}"]
    for section in plan.sections:
        bars = range(section.first_bar, section.first_bar + section.bars)
        facts = [section.key.name] if section.key else []
        facts += [section.texture] if section.texture else []
        span = f"{bars[0] + 1}-{bars[-1] + 1}"
        head = f"{section.name:{title}}  {span:>7}  "
        row = "".join(f"{texts[bar]:{width}}" for bar in bars)
        lines.append(f"{head}{row} {', '.join(facts)}".rstrip())
        blocks = "".join(f"{_block(plan.tension[bar]):{width}}" for bar in bars)
        lines.append(f"{'':{len(head)}}{blocks}".rstrip())
    return lines


def _block(tension: float) -> str:
    return _BLOCKS[min(int(tension * len(_BLOCKS)), len(_BLOCKS) - 1)]
