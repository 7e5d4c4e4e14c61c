"""Sphinx settings; the lessons are copied in at build time, nothing is fetched."""

import shutil
from pathlib import Path

HERE = Path(__file__).parent

project = "MelodyAI"
author = "The MelodyAI founders"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "alabaster"
html_theme_options = {"description": "How a machine learns to compose music", "page_width": "70em"}
exclude_patterns = ["_build"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
suppress_warnings = [
    "mystnb.unknown_mime_type",
    "myst.header",
    "misc.highlighting_failure",
    "ref.python",
]


def plain_headings(app, what, name, obj, options, lines):
    """Turn the headings of a module's docstring into bold words: they recur on one page."""
    for number in range(len(lines) - 1, 0, -1):
        if what == "module" and lines[number] and not lines[number].strip("-"):
            lines[number - 1 : number + 1] = [f"**{lines[number - 1]}.**", ""]


def setup(app):
    """Let Sphinx call `plain_headings`."""
    app.connect("autodoc-process-docstring", plain_headings)


lessons = HERE / "lessons"
shutil.rmtree(lessons, ignore_errors=True)
lessons.mkdir()
for notebook in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
    shutil.copy(notebook, lessons)
