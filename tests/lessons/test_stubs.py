"""A blank and its solution are the same function: whoever changes one changes both.

For each exercise the learner's notebook, the teacher's and the check must agree: on the name, on
the signature, on the number, and on where it stands in the text.
"""

import ast
import copy
from pathlib import Path

import nbformat
import pytest

import melodyai_edu as mai
from melodyai_edu.checks.outline import LESSONS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NUMBERS = [(lesson, f"{lesson.number}.{n + 1}") for lesson in LESSONS for n in range(3)]
every_exercise = pytest.mark.parametrize(
    ("lesson", "number"), NUMBERS, ids=[number for _, number in NUMBERS]
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def read(lesson):
    """Give the learner's notebook and the teacher's."""
    return tuple(
        nbformat.read(NOTEBOOKS / folder / lesson.notebook, as_version=4)
        for folder in ("", "solutions")
    )


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tree(cell):
    """Parse a cell; the first one has a line that is no Python."""
    return ast.parse("" if "colab" in cell.metadata.get("tags", []) else cell.source)


def raises(node, number):
    """Say whether a node is the raise of a blank."""
    return (
        isinstance(node, ast.Raise)
        and ast.unparse(node) == f"raise NotImplementedError('Exercise {number}')"
    )


def blank(notebook, number):
    """Find the cell of a blank, and the function or class that is to be written."""
    found = [
        (cell, node)
        for cell in code(notebook)
        for node in tree(cell).body
        if any(raises(inner, number) for inner in ast.walk(node))
    ]
    assert len(found) == 1, f"{len(found)} blanks are called {number}"
    return found[0]


def signature(node):
    """Write what a caller sees: names and arguments, of a class those of each method."""
    if isinstance(node, FUNCTIONS):
        return f"def {node.name}({ast.unparse(node.args)})"
    bases = ", ".join(map(ast.unparse, node.bases))
    inner = [signature(one) for one in node.body if isinstance(one, FUNCTIONS)]
    fields = [ast.unparse(one) for one in node.body if isinstance(one, ast.Assign)]
    return "\n".join([f"class {node.name}({bases})", *fields, *inner])


def checks(notebook, number):
    """List what is handed to the check of an exercise."""
    return [
        ast.unparse(call.args[1])
        for cell in code(notebook)
        for call in ast.walk(tree(cell))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "mai.check"
        and call.args[0].value == number
    ]


def text_before(notebook, cell):
    place = [one.id for one in notebook.cells].index(cell.id)
    return next(
        one.source for one in reversed(notebook.cells[:place]) if one.cell_type == "markdown"
    )


def faults(learner, teacher, number):
    """Name everything in which a blank, its solution and its check do not agree."""
    cell, node = blank(learner, number)
    same = [one for one in code(teacher) if one.id == cell.id]
    if not same:
        return ["the teacher's notebook has no such cell"]
    defined = {getattr(one, "name", ""): one for one in tree(same[0]).body}
    solution = defined.get(node.name)
    if solution is None:
        return [f"the solution does not define {node.name}"]
    found = []
    if signature(solution) != signature(node):
        found.append(f"{signature(node)} is solved as {signature(solution)}")
    if "NotImplementedError" in same[0].source:
        found.append("the solution has a blank")
    for notebook in (learner, teacher):
        if checks(notebook, number) != [node.name]:
            found.append(f"the check is called with {checks(notebook, number)}, not {node.name}")
    bodies = [one.body for one in ast.walk(node) if isinstance(one, FUNCTIONS)]
    if not any(raises(body[-1], number) for body in bodies):
        found.append("something stands behind the blank")
    if f"**Exercise {number}.**" not in text_before(learner, cell):
        found.append("the text before it does not name the exercise")
    return found


@every_exercise
def test_a_blank_its_solution_and_its_check_agree(lesson, number):
    assert faults(*read(lesson), number) == []


@every_exercise
def test_a_blank_says_which_exercise_it_is(lesson, number):
    """What stands before the blank is run, too: the learner's cell works as it is."""
    _, node = blank(read(lesson)[0], number)
    space = {"mai": mai}
    exec(compile(ast.Module([node], []), "cell", "exec"), space)
    answer = space[node.name]
    if isinstance(answer, type):
        answer = answer().step
    arguments = [None] * (answer.__code__.co_argcount - hasattr(answer, "__self__"))
    with pytest.raises(NotImplementedError, match=f"^Exercise {number}$".replace(".", r"\.")):
        answer(*arguments)


def changed(notebook, before, after):
    other = copy.deepcopy(notebook)
    for cell in other.cells:
        cell.source = cell.source.replace(before, after)
    assert other != notebook
    return other


@pytest.mark.parametrize(
    ("is_learner", "before", "after", "said"),
    [
        (True, "def best_epoch(losses, patience)", "def best_epoch(losses)", "is solved as"),
        (False, "def best_epoch(losses, patience)", "def best_epoch(patience, losses)", "solved"),
        (False, "patience):", "patience=2):", "is solved as"),
        (False, "def best_epoch", "def the_best_epoch", "does not define best_epoch"),
        (True, "def best_epoch", "def the_best_epoch", "does not define the_best_epoch"),
        (True, '"5.1", best_epoch', '"5.1", longest_loop', "with ['longest_loop'], not best"),
        (False, 'mai.check("5.1"', 'mai.check("5.2"', "is called with []"),
        (False, "    return where", '    raise NotImplementedError("Exercise 5.1")', "has a blank"),
        (True, '("Exercise 5.1")', '("Exercise 5.1")\n    return 0', "stands behind the blank"),
        (True, "**Exercise 5.1.**", "**Exercise 5.2.**", "does not name the exercise"),
    ],
)
def test_drift_is_found(is_learner, before, after, said):
    learner, teacher = read(LESSONS[5])
    if is_learner:
        learner = changed(learner, before, after)
    else:
        teacher = changed(teacher, before, after)
    assert any(said in fault for fault in faults(learner, teacher, "5.1"))


def test_a_wrong_number_is_found():
    learner, teacher = read(LESSONS[5])
    with pytest.raises(AssertionError, match=r"0 blanks are called 5\.1"):
        faults(changed(learner, '"Exercise 5.1"', '"Exercise 5.2"'), teacher, "5.1")
