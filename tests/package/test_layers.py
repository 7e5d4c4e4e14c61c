"""Modules import only from lower layers or their own folder."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "melodyai_edu"
LAYERS = {
    "score": 0,
    "io": 1,
    "render": 2,
    "theory": 2,
    "features": 2,
    "tokens": 2,
    "constraints": 3,
    "models": 3,
    "decoding": 4,
    "evaluation": 4,
    "training": 5,
    "feedback": 5,
    "composition": 5,
    "widgets": 6,
    "api": 6,
    "checks": 6,
    "cli": 7,
}
HOME_OF_LIBRARY = {
    "music21": {"io"},
    "librosa": {"features"},
    "verovio": {"render"},
    "matplotlib": {"render", "evaluation", "feedback", "checks"},
    "ipywidgets": {"render", "widgets", "checks"},
    "dask": {"io"},
    "distributed": {"io"},
    "s3fs": {"io"},
    "gcsfs": {"io"},
    "tensorflow": {"training", "decoding"},  # decoding compiles its loop with tf.function
}
HEAVY = {*HOME_OF_LIBRARY, "keras", "keras_hub", "pandas", "pretty_midi", "soundfile"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(file: Path) -> str:
    part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "cli" if part.startswith("cli") else part


def absolute_imports(tree: ast.AST, file: Path):
    """Yield (dotted name, whether it runs at import) for each import."""
    lazy = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((name, id(node) not in lazy) for name in names)


def faults(source: str, file: Path) -> list[str]:
    found = []
    part = part_of(file)
    for name, at_import in absolute_imports(ast.parse(source), file):
        words = name.split(".")
        if words[0] == "melodyai_edu" and len(words) > 1 and part in LAYERS:
            other = "cli" if words[1].startswith("cli") else words[1]
            if other in LAYERS and other != part and LAYERS[other] >= LAYERS[part]:
                found.append(f"{file.name} imports {name} from a layer that is not lower")
        is_network = "models/neural" in file.as_posix()  # imported only when used, see below
        if words[0] in HEAVY and at_import and not (is_network and words[0] == "keras"):
            found.append(f"{file.name} imports {words[0]} before it is used")
        if name.startswith("melodyai_edu.models.neural") and at_import and not is_network:
            found.append(f"{file.name} imports {name}, and with it Keras, before it is used")
        if part not in HOME_OF_LIBRARY.get(words[0], {part}):
            found.append(f"{file.name} imports {words[0]}, whose home is another layer")
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_module_keeps_to_its_layer(file):
    assert faults(file.read_text(encoding="utf-8"), file) == []


def test_every_folder_has_a_layer():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders <= set(LAYERS)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("from melodyai_edu.render import engrave", "not lower"),
        ("import music21", "before it is used"),
        ("def f():\n    import librosa", "whose home is another layer"),
    ],
)
def test_a_fault_is_found(source, reason):
    assert reason in faults(source, PACKAGE / "theory" / "rhythm.py")[0]
