"""The pictures of the graph by name, and what is read from their SVG."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
MAPS = [
    "core-classes",
    "coverage",
    "evidence-by-abnormality",
    "evidence-by-endpoint",
    "looks-over-time",
    "options-by-state",
    "regimen-map",
    "trials-by-comparator",
]
OF_RESULTS = [
    "forest-hematologic-second-primary-malignancy",
    "forest-os",
    "forest-pfs",
    "forest-pfs2",
    "looks",
    "medians-dor",
    "medians-onset-of-t-cell-lymphoma-of-the-skin",
    "medians-os",
    "medians-pfs",
    "medians-ttp",
    "rates-cr",
    "rates-dor",
    "rates-minimal-response-or-stable-disease",
    "rates-ncr-cr",
    "rates-orr",
    "rates-os",
    "rates-pfs",
    "rates-vgpr",
    "toxicities",
]
NAMES = [*MAPS, *OF_RESULTS]


def parsed(content):
    """Return the root of an SVG file of ours."""
    return ElementTree.fromstring(content)  # noqa: S314 - nobody else wrote it


def texts(picture):
    """Return the texts of a picture in the order in which they are written."""
    return [element.text or "" for element in parsed(picture.svg).iter(f"{SVG}text")]


def panels(picture):
    """Return head of a panel → the texts in it, up to the notes."""
    found: dict[str, list[str]] = {}
    head = ""
    for text in itertools.takewhile(lambda text: not text.startswith(("In doubt", "Blood Res")), texts(picture)):
        if text.startswith("Control arm: ") or text == "No control arm":
            heads = [f"Control arm: {row['control']}" for row in picture.rows if "control" in row]
            head = next((whole for whole in heads if whole.startswith(text)), text)  # a long one is wrapped
            assert head not in found
        found.setdefault(head, []).append(text)
    return found
