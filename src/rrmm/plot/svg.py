"""What makes an SVG file fit to be shown: a title and a description, no identifier but its own, any font.

Several pictures can stand in one page: nothing in one refers to, or styles, what is in another.
"""

from __future__ import annotations

from xml.etree import ElementTree

from rrmm.plot.sheet import FONT

SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)


def finished(drawn: bytes, name: str, title: str, description: str) -> bytes:
    """Return a drawing of matplotlib as an accessible picture; `name` keeps its identifiers apart from others."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 - matplotlib has just written it
    for element in root.findall(f"{{{SVG}}}defs"):
        root.remove(element)
    for element in root.iter():
        element.attrib.pop("id", None)
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
        if "style" in element.attrib:
            element.set("style", element.attrib["style"].replace(f"'{FONT}'", "sans-serif"))
    root.attrib.pop("version", None)
    root.set("role", "img")
    root.set("lang", "en")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for side in ("width", "height"):
        root.set(side, root.attrib[side].removesuffix("pt"))
    root.set("style", "max-width: 100%; height: auto")
    said = {"title": title, "desc": description}
    for place, (tag, text) in enumerate(said.items()):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", id=f"{name}-{tag}")
        element.text, element.tail = text, "\n"
        root.insert(place, element)
    return ElementTree.tostring(root, encoding="unicode").encode() + b"\n"
