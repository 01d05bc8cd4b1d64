"""The states of patients by HermiT, with each subject as a class.

As classes, subjects take linear time. The known facts of a subject become its superclasses, a known list
closed; an unknown key gives no axiom. A number that is known as a least one is tried as each number that the
definitions tell apart. HermiT reads the definitions, never the condition sets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from rrmm.check.owl import SUBCLASS, TYPE, differ, drop_shapes, hierarchy
from rrmm.errors import KnowledgeError
from rrmm.graph.store import Store
from rrmm.graph.syntax import TextTriple, read_lines, write_lines
from rrmm.graph.terms import value_term
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, XSD
from rrmm.logic.conditions import Facts, Values

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
  { ?value a ?kind }
  UNION
  {
    ?kind rdfs:subClassOf+ rrmm:Drug .
    BIND(?kind AS ?value)
  }
  OPTIONAL {
    ?value a?/rdfs:subClassOf* ?class .
    ?any owl:someValuesFrom ?class ;
         owl:onProperty ?tested .
    ?tested rrmm:bearer ?another .
  }
}
ORDER BY ?value ?class
"""
)
_THRESHOLDS = (
    _PREFIXES
    + """
SELECT DISTINCT ?property ?number
WHERE {
  ?restriction owl:onProperty ?property ;
               owl:someValuesFrom/owl:withRestrictions/rdf:rest*/rdf:first ?bound .
  ?bound ?facet ?number .
  FILTER(isNumeric(?number))
}
"""
)
_ANNOTATIONS = (f"<{RDFS}label>", f"<{RDFS}comment>", f"<{RDFS}seeAlso>", f"<{OWL}version")


def judge(content: bytes, subjects: Sequence[tuple[str, Facts]], batch: int = 80) -> list[dict[str, bool | None]]:
    """Return, for each subject (bearer and facts), state IRI → True, False, or None where HermiT entails neither.

    Each state has a complement: the class of the bearers that are not in it. Raises KnowledgeError when
    a subject contradicts the definitions.
    """
    module = Module(content)
    variants = [(number, variant) for number, subject in enumerate(subjects) for variant in module.variants(*subject)]
    batches = [variants[start : start + batch] for start in range(0, len(variants), batch)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        judged = pool.map(lambda of: module.judge([variant for _, variant in of]), batches)
        of_variants = [verdicts for of_batch in judged for verdicts in of_batch]
    common: list[dict[str, bool | None]] = [{} for _ in subjects]
    for (number, _), verdicts in zip(variants, of_variants, strict=True):
        before = common[number] or verdicts
        common[number] = {state: holds if before[state] is holds else None for state, holds in verdicts.items()}
    return common


class Module:
    """The part of a snapshot that decides on the states of a subject, as OWL."""

    def __init__(self, content: bytes) -> None:
        store = Store(content)
        rows = store.rows(_STATES)
        self.states = {f"<{row['state']}>": f"<{row['bearer']}>" for row in rows}
        self.literals = {row["property"]: row["kind"] == OWL + "DatatypeProperty" for row in store.rows(_PROPERTIES)}
        self.thresholds: dict[str, set[float]] = defaultdict(set)
        for row in store.rows(_THRESHOLDS):
            self.thresholds[row["property"]].add(float(row["number"]))
        self.axioms = [t for t in drop_shapes(read_lines(content)) if not t[0].startswith("<" + ID) and _is_axiom(t)]
        self.axioms += _values(store)
        for state, bearer in self.states.items():
            negation = Expression(f"_:not{state[1:-1].rsplit('#')[-1]}")
            other = negation.build_class("complementOf", state)
            both = negation.build_from_list("intersectionOf", [bearer, other])
            self.axioms += [*negation.triples, (_opposite(state), f"<{OWL}equivalentClass>", both)]
            self.axioms += [(_opposite(state), TYPE, f"<{OWL}Class>")]

    def variants(self, bearer: str, facts: Facts) -> Iterator[tuple[str, Facts]]:
        """Yield a subject once for each number, told apart by the definitions, that a least one may stand for."""
        key = next((key for key, values in facts.items() if values.least), None)
        if key is None:
            yield bearer, facts
            return
        (least,) = map(float, facts[key].certain)
        near = {threshold + step for threshold in self.thresholds[key] for step in (-1.0, 0.0, 1.0)}
        for number in sorted({least, *(number for number in near if number > least)}):
            yield from self.variants(bearer, {**facts, key: Values(frozenset({number}))})

    def judge(self, subjects: Sequence[tuple[str, Facts]]) -> list[dict[str, bool | None]]:
        """Return the verdicts on one batch of subjects."""
        names = [f"<{RRMM}subject-{number}>" for number in range(len(subjects))]
        described = [t for name, subject in zip(names, subjects, strict=True) for t in self._describe(name, *subject)]
        above = hierarchy(write_lines([*self.axioms, *described]))
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

    def _describe(self, name: str, bearer: str, facts: Facts) -> Iterator[TextTriple]:
        """Yield the facts of a subject as superclasses: its values, and that a known property has no others."""
        yield name, TYPE, f"<{OWL}Class>"
        yield name, SUBCLASS, f"<{RRMM}{bearer}>"
        for key, values in facts.items():
            about = Expression(f"_:{name[1:-1].rsplit('#')[-1]}x{key.rsplit('#')[-1]}")
            if key not in self.literals:
                continue
            literal = self.literals[key]
            parts = [
                about.build_restriction(key, "hasValue", str(value_term(value, literal))) for value in values.certain
            ]
            if not literal:
                every = [f"<{value}>" for value in sorted(map(str, values.certain | values.possible))]
                filler = about.build_from_list("oneOf", every) if every else f"<{OWL}Nothing>"
                parts.append(about.build_restriction(key, "allValuesFrom", filler))
            yield from about.triples
            yield from ((name, SUBCLASS, part) for part in parts)


class Expression:
    """Class expressions under construction, as triples."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.triples: list[TextTriple] = []

    def _node(self) -> str:
        return f"{self.name}n{len(self.triples)}"

    def build_class(self, constructor: str, value: str) -> str:
        """Return the class that a constructor builds from another."""
        node = self._node()
        self.triples += [(node, TYPE, f"<{OWL}Class>"), (node, f"<{OWL}{constructor}>", value)]
        return node

    def build_from_list(self, constructor: str, items: Sequence[str]) -> str:
        """Return the class that a constructor builds from a list."""
        rest = f"<{RDF}nil>"
        for item in reversed(items):
            node = self._node()
            self.triples += [(node, f"<{RDF}first>", item), (node, f"<{RDF}rest>", rest)]
            rest = node
        return self.build_class(constructor, rest)

    def build_restriction(self, key: str, constructor: str, value: str) -> str:
        """Return the restriction of a property to a value or class."""
        node = self._node()
        self.triples += [(node, TYPE, f"<{OWL}Restriction>"), (node, f"<{OWL}onProperty>", f"<{key}>")]
        self.triples.append((node, f"<{OWL}{constructor}>", value))
        return node


def _opposite(state: str) -> str:
    return f"{state[:-1]}--not>"


def _is_axiom(triple: TextTriple) -> bool:
    """Return whether a reasoner uses a triple about a class or property."""
    return triple[1].startswith((f"<{OWL}", f"<{RDF}", f"<{RDFS}", f"<{XSD}")) and not triple[1].startswith(
        _ANNOTATIONS
    )


def _values(store: Store) -> Iterator[TextTriple]:
    """Yield the values of patients with the classes that each is in or is not in; values of a kind all differ."""
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
        yield from (
            (f"<{value}>", TYPE, about.build_class("complementOf", f"<{name}>")) for name in sorted(classes - within)
        )
        yield from about.triples
    for number, things in enumerate(sorted(map(sorted, kinds.values()))):
        if len(things) > 1:
            yield from differ(f"_:values{number}", things)
