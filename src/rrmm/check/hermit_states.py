"""The judge of states: HermiT, asked with each subject as a class.

As classes, subjects take linear time. What is known of a subject becomes superclasses, a known list
closed; of an unknown key nothing is said. HermiT reads the definitions, never the condition sets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from rrmm.check.owl import SUBCLASS, TYPE, Triple, different, hierarchy, read, without_shapes, written
from rrmm.errors import KnowledgeError
from rrmm.graph.store import Store, value_term
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, XSD
from rrmm.logic.conditions import Facts

_PREFIXES = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
"""
_STATES = (
    _PREFIXES
    + """
SELECT DISTINCT ?state ?bearer
WHERE {
  VALUES ?bearer { rrmm:Patient rrmm:PriorTreatment }
  ?state rdfs:subClassOf ?bearer ;
         owl:equivalentClass ?definition .
}
ORDER BY ?state
"""
)
_PROPERTIES = (
    _PREFIXES
    + """
SELECT DISTINCT ?property ?kind
WHERE {
  VALUES ?kind { owl:ObjectProperty owl:DatatypeProperty }
  ?restriction owl:onProperty ?property .
  ?property a ?kind ;
            rrmm:bearer ?bearer .
}
"""
)
_MEMBERS = (
    _PREFIXES
    + """
SELECT DISTINCT ?top ?value ?class
WHERE {
  ?restriction owl:onProperty ?property .
  ?property rrmm:bearer ?bearer ;
            rdfs:range|(^owl:onProperty/owl:someValuesFrom) ?top .
  ?kind rdfs:subClassOf* ?top .
  ?value a ?kind .
  OPTIONAL {
    ?value a/rdfs:subClassOf* ?class .
    ?any owl:someValuesFrom ?class ;
         owl:onProperty ?tested .
    ?tested rrmm:bearer ?another .
  }
}
ORDER BY ?value ?class
"""
)
_SPOKEN = (f"<{RDFS}label>", f"<{RDFS}comment>", f"<{RDFS}seeAlso>", f"<{OWL}version")


def judge(content: bytes, subjects: Sequence[tuple[str, Facts]], batch: int = 80) -> list[dict[str, bool | None]]:
    """Return, for each subject (bearer and facts), state IRI → what HermiT entails: it holds, it does not, or neither.

    Each subject is asked as a class with what is known of it, and each state has a class of the bearers
    that are not in it. Raises KnowledgeError when a subject contradicts the definitions.
    """
    module = Module(content)
    batches = [subjects[start : start + batch] for start in range(0, len(subjects), batch)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return [verdicts for found in pool.map(module.judge, batches) for verdicts in found]


class Module:
    """The part of a snapshot that decides on the states of a subject, as OWL."""

    def __init__(self, content: bytes) -> None:
        store = Store(content)
        rows = store.rows(_STATES)
        self.states = {f"<{row['state']}>": f"<{row['bearer']}>" for row in rows}
        self.literals = {row["property"]: row["kind"] == OWL + "DatatypeProperty" for row in store.rows(_PROPERTIES)}
        self.axioms = [t for t in without_shapes(read(content)) if not t[0].startswith("<" + ID) and _is_axiom(t)]
        self.axioms += _values(store)
        for state, bearer in self.states.items():
            negation = Expression(f"_:not{state[1:-1].rsplit('#')[-1]}")
            other = negation.of("complementOf", state)
            both = negation.listed("intersectionOf", [bearer, other])
            self.axioms += [*negation.triples, (_opposite(state), f"<{OWL}equivalentClass>", both)]
            self.axioms += [(_opposite(state), TYPE, f"<{OWL}Class>")]

    def judge(self, subjects: Sequence[tuple[str, Facts]]) -> list[dict[str, bool | None]]:
        """Return the verdicts on one batch of subjects."""
        names = [f"<{RRMM}subject-{number}>" for number in range(len(subjects))]
        described = [t for name, one in zip(names, subjects, strict=True) for t in self._described(name, *one)]
        above = hierarchy(written([*self.axioms, *described]))
        if impossible := [name for name in names if f"<{OWL}Nothing>" in above[name]]:
            number = names.index(impossible[0])
            raise KnowledgeError(f"The definitions of the ontology are contradicted by {subjects[number]}.")
        return [
            {
                state[1:-1]: True if state in above[name] else False if _opposite(state) in above[name] else None
                for state, bearer in self.states.items()
                if bearer == f"<{RRMM}{kind}>"
            }
            for name, (kind, _) in zip(names, subjects, strict=True)
        ]

    def _described(self, name: str, bearer: str, facts: Facts) -> Iterator[Triple]:
        """Yield what is known of a subject: its values, and of a known property that it has no others."""
        yield name, TYPE, f"<{OWL}Class>"
        yield name, SUBCLASS, f"<{RRMM}{bearer}>"
        for key, values in facts.items():
            about = Expression(f"_:{name[1:-1].rsplit('#')[-1]}x{key.rsplit('#')[-1]}")
            if key not in self.literals:
                continue
            literal = self.literals[key]
            parts = [about.restriction(key, "hasValue", str(value_term(value, literal))) for value in values.certain]
            if not literal:
                every = [f"<{value}>" for value in sorted(map(str, values.certain | values.possible))]
                filler = about.listed("oneOf", every) if every else f"<{OWL}Nothing>"
                parts.append(about.restriction(key, "allValuesFrom", filler))
            yield from about.triples
            yield from ((name, SUBCLASS, part) for part in parts)


class Expression:
    """Class expressions under construction, as triples."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.triples: list[Triple] = []

    def _node(self) -> str:
        return f"{self.name}n{len(self.triples)}"

    def of(self, constructor: str, value: str) -> str:
        """Return a class made by a constructor from one other."""
        node = self._node()
        self.triples += [(node, TYPE, f"<{OWL}Class>"), (node, f"<{OWL}{constructor}>", value)]
        return node

    def listed(self, constructor: str, items: Sequence[str]) -> str:
        """Return a class made by a constructor from a list."""
        rest = f"<{RDF}nil>"
        for item in reversed(items):
            node = self._node()
            self.triples += [(node, f"<{RDF}first>", item), (node, f"<{RDF}rest>", rest)]
            rest = node
        return self.of(constructor, rest)

    def restriction(self, key: str, constructor: str, value: str) -> str:
        """Return a restriction of a property."""
        node = self._node()
        self.triples += [(node, TYPE, f"<{OWL}Restriction>"), (node, f"<{OWL}onProperty>", f"<{key}>")]
        self.triples.append((node, f"<{OWL}{constructor}>", value))
        return node


def _opposite(state: str) -> str:
    return f"{state[:-1]}--not>"


def _is_axiom(triple: Triple) -> bool:
    """Return whether a triple says something that a reasoner uses, of a class or property."""
    return triple[1].startswith((f"<{OWL}", f"<{RDF}", f"<{RDFS}", f"<{XSD}")) and not triple[1].startswith(_SPOKEN)


def _values(store: Store) -> Iterator[Triple]:
    """Yield the values of patients, those of a kind all different, with the classes that each is in or is not in."""
    members: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in store.rows(_MEMBERS):
        members[row["value"]].update([row["class"]] if "class" in row else [])
        kinds[row["top"]].add(row["value"])
    classes = set().union(*members.values())
    for number, (value, within) in enumerate(sorted(members.items())):
        about = Expression(f"_:value{number}")
        yield f"<{value}>", TYPE, f"<{OWL}NamedIndividual>"
        yield from ((f"<{value}>", TYPE, f"<{name}>") for name in within)
        yield from ((f"<{value}>", TYPE, about.of("complementOf", f"<{name}>")) for name in sorted(classes - within))
        yield from about.triples
    for number, things in enumerate(sorted(map(sorted, kinds.values()))):
        if len(things) > 1:
            yield from different(f"_:values{number}", things)
