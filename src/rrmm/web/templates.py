"""The templates and static files of pages: a door to Jinja, and the parts that all pages have in common."""

from __future__ import annotations

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from rrmm.version import __version__

STATIC = Path(__file__).with_name("static")


def templates(package: str) -> Environment:
    """Return the templates of a package, before those that pages share."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("rrmm.web")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(version=__version__)
    return environment
