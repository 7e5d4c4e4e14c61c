"""Where a docstring lists parameters, they are those of the function."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "melodyai_edu"
SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n\w[\w ]*\n-+\n|\Z)", re.DOTALL | re.MULTILINE)


def parameters(node) -> set[str]:
    """Names of a function's parameters, without ``self``."""
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {each.arg for each in named if each is not None} - {"self", "cls"}


def faults(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        section = SECTION.search(ast.get_docstring(node) or "")
        heads = re.findall(r"^[\w*].*", section[1], re.MULTILINE) if section else []
        told = {name.strip(" *") for head in heads for name in head.split(" : ")[0].split(",")}
        if section and told != parameters(node):
            found.append(f"{node.name}: {sorted(told ^ parameters(node))}")
    return found


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_parameters_are_the_functions_own(file):
    assert faults(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("signature", "fault"),
    [("a, b, *c", []), ("a, *c", ["f: ['b']"]), ("a, b, *c, d=1", ["f: ['d']"])],
)
def test_a_fault_is_found(signature, fault):
    doc = "Do.\n\n    Parameters\n    ----------\n    a, b : int\n        So.\n    *c\n"
    source = f'def f({signature}):\n    """{doc}\n    Returns\n    -------\n    x : int\n    """\n'
    assert faults(source) == fault
