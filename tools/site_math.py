"""A Sphinx extension: formulas as MathML, which browsers draw themselves, offline and on paper.

Conventions
-----------
Sphinx's usual renderer loads a script from a content network. Here a formula is translated while
the site is built.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes


def mathml(formula: str, display: str) -> str:
    """Translate a formula.

    Parameters
    ----------
    formula : str
        LaTeX.
    display : str
        ``"inline"`` or ``"block"``.
    """
    from latex2mathml.converter import convert

    return convert(formula, display=display).replace(
        "<math ", f'<math aria-label="{escape(formula)}" '
    )


def visit_math(translator: Any, node: nodes.Element) -> None:
    """Write a formula inside a sentence."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_displaymath(translator: Any, node: nodes.Element) -> None:
    """Write a formula that stands alone."""
    translator.body.append(f'<div class="formula">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Offer the renderer to Sphinx under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
