"""Sphinx settings of the site; what others keep is copied in, and nothing is fetched."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tools"))

import site_pages  # noqa: E402 - it lies in tools/

project = "MelodyAI"
author = "The MelodyAI founders"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "site_math",
]
html_theme = "furo"
html_title = "MelodyAI"
html_static_path = ["_static"]
html_extra_path = ["_build/extra"]  # the gallery's players, whole pages of their own
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_math_renderer = "mathml"  # the browser's own: a script for formulas would have to be fetched
pygments_style = "friendly"
pygments_dark_style = "github-dark"
# The exam's key and the graders' notes are a teacher's: they are in no page of the site.
exclude_patterns = ["_build", "teaching/key", "teaching/key/**", "**/solutions/**"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
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


def with_players(app, docname, source):
    """Put a player under each piece of the gallery; the page itself is plain Markdown."""
    if docname == "gallery/index":
        source[0] = site_pages.with_players(source[0])


def setup(app):
    """Let Sphinx call what stands above."""
    app.connect("autodoc-process-docstring", plain_headings)
    app.connect("source-read", with_players)


site_pages.write_lessons()
site_pages.write_data_cards()
site_pages.write_players()
