"""The documentation as a site: Sphinx reads the pages under docs/ as they stand on a code host.

make docs
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

from rrmm.version import __version__

project, author, release = "rrmm", "The rrmm contributors", __version__
project_copyright = "The rrmm contributors. Code: Apache-2.0; graph and documentation: CC0 1.0"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
nb_execution_mode = "off"  # a notebook is stored with its outputs
myst_heading_anchors = 4
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
suppress_warnings = [
    "misc.highlighting_failure",  # Pygments knows neither all of SPARQL nor quotes in an output
    "toc.not_included",  # the pages of questions and decisions are listed by their README
]
html_theme = "furo"
html_title = f"rrmm {release}"
html_copy_source = html_show_sphinx = False

WITHIN = {
    "../README.md": "index.md",
    "../CONTRIBUTING.md": "contributing.md",
    "../CHANGELOG.md": "changelog.md",
    "../SECURITY.md": "security.md",
}
OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([A-Z]+\.md)")


def lead_to_pages(_: Sphinx, name: str, text: list[str]) -> None:
    """Let links to the files beside the README lead to the pages that hold them here."""
    text[0] = OUTSIDE.sub(lambda link: f"]({link[1][3:]}{WITHIN.get('../' + link[2], link[0][2:])}", text[0])


def setup(app: Sphinx) -> None:
    """Connect the step to Sphinx."""
    app.connect("source-read", lead_to_pages)
