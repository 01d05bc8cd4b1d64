"""What the search of the site looks through: each thing with its kind, its names and its text.

It is a script, so that pages opened as files can load it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from rrmm.catalogue.evidence import with_unit
from rrmm.graph.terms import NamedNode
from rrmm.iris import RDFS, RRMM, SKOS
from rrmm.site.index import Index
from rrmm.site.ontology import Modules, name_kind
from rrmm.site.places import place
from rrmm.web.entities import kind

UNNAMED = {"condition-set", "state-condition"}
STATES = f"{RRMM}module-states"
PRINTED, UNIT = RRMM + "printedValue", RRMM + "unit"
TEXTS = (
    SKOS + "definition",
    RRMM + "text",
    RRMM + "doubt",
    RRMM + "adoptedValue",
    RRMM + "inference",
    RRMM + "caveatText",
    RDFS + "comment",
    SKOS + "scopeNote",
)
Entry = tuple[str, str, str, str, list[str], str]


def script(index: Index) -> str:
    """Return a script with page, label, kind, class, other names and text of each thing that has a name."""
    rows = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries(index))
    return f"const THINGS = [\n{rows}\n];\n"


def entries(index: Index) -> Iterator[Entry]:
    """Yield what can be found, by label."""
    things = index.entities
    names: dict[str, list[str]] = {}
    for _, name, iri in sorted(things.names):
        names.setdefault(iri, []).append(name)
    for row in index.facts.rows("names"):
        if row["thing"] in names:
            names[row["thing"]].append(row["name"])
    modules = Modules(things, place)
    for iri, given in names.items():
        if kind(iri) not in UNNAMED:
            label = things.label(iri)
            others = [name for name in dict.fromkeys(given) if name != label]
            yield place(iri), label, _kind(index, modules, iri), name_kind(things, iri), others, _text(index, iri)


def _kind(index: Index, modules: Modules, iri: str) -> str:
    """Return the kind of a thing as people ask for it: a part of a study is what it is, a class a term or a state."""
    things = index.entities
    if kind(iri) == "ontology":
        below = RDFS + "subClassOf" in things.graph.subjects.get(NamedNode(iri), {})
        return "patient state" if below and modules.find(iri) == STATES else "term"
    if index.whole(iri):
        return things.type(iri) or kind(iri)
    return kind(iri).replace("-", " ")


def _text(index: Index, iri: str) -> str:
    things = index.entities
    texts = [text for name in TEXTS if (text := things.value(iri, name)) and text.rstrip(".") != things.label(iri)]
    if printed := things.value(iri, PRINTED):
        texts.insert(0, with_unit(printed, things.value(iri, UNIT)))
    return " ".join(dict.fromkeys(texts))
