"""A module's docstring lists what the module offers: all of it, and nothing that is not there."""

import ast
import fnmatch
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "melodyai_edu"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"]

FOLDERS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def names_of(body) -> set[str]:
    """Names that the lines of a module bind."""
    found = set()
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.ImportFrom(names=aliases):
                found |= {alias.asname or alias.name for alias in aliases}
            case ast.Assign(targets=targets):
                found |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def faults(source: str) -> list[str]:
    tree = ast.parse(source)
    contents = (ast.get_docstring(tree) or "").partition("Contents\n--------\n")[2]
    offered = [
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    ]
    if not contents or not offered:
        return []
    listed = set(re.findall(r"\w+\*?", contents))
    families = tuple(name[:-1] for name in listed if name.endswith("*"))
    found = [
        f"Contents lacks {n}" for n in offered if n not in listed and not n.startswith(families)
    ]
    words = [word.strip() for word in re.split("[,;]", contents.partition("\n\n")[0])]
    if all(re.fullmatch(r"\w+", word) for word in words):  # else it is prose
        found += [f"{word} is not there" for word in words if word not in names_of(tree.body)]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    defined = names_of(node for node in tree.body if isinstance(node, kinds))
    public = {name for name in defined if not name.startswith("_")}
    return found + [f"__all__ lacks {name}" for name in sorted(public - set(offered))]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_contents_are_what_the_module_offers(file):
    assert faults(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_names_all_its_modules(folder):
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    words = re.findall(r"[\w*]+", docstring.partition("Contents\n--------\n")[2])
    patterns = [word.replace("NN", "[0-9][0-9]") for word in words]
    names = [file.stem for file in folder.glob("*.py") if file.stem != "__init__"]
    assert [n for n in names if not any(fnmatch.fnmatchcase(n, p) for p in patterns)] == []


@pytest.mark.parametrize(
    ("listed", "fault"),
    [("one", "Contents lacks two"), ("one, two, three", "three is not there"), ("one, two", None)],
)
def test_a_fault_is_found(listed, fault):
    source = (
        f'"""A.\n\nContents\n--------\n{listed}\n"""\n__all__ = ["one", "two"]\none = two = 1\n'
    )
    assert faults(source) == ([fault] if fault else [])


def test_a_public_function_is_offered():
    source = '"""A.\n\nContents\n--------\none\n"""\n__all__ = ["one"]\none = 1\ndef two(): ...\n'
    assert faults(source) == ["__all__ lacks two"]
