"""Turtle files into one graph: parsed, then held to the declared prefixes and to the home of each kind."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from rrmm.errors import KnowledgeError
from rrmm.graph import estimates, executables, queries, sssom
from rrmm.graph.statements import Statements
from rrmm.graph.store import Store
from rrmm.graph.syntax import canonicalize, parse, read_prefixes, write_lines, write_sorted
from rrmm.graph.terms import BlankNode, Literal, NamedNode, Triple, to_python, to_text, value_term
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, SH, SKOS, XSD, local_name
from rrmm.logic.definitions import AXIOMS, DefinitionCompiler

DERIVED = "derived"
LABEL, ALTERNATIVE = NamedNode(RDFS + "label"), NamedNode(SKOS + "altLabel")


def build(root: Path, files: Iterable[Path], mappings: Iterable[Path] = ()) -> bytes:
    """Return the graph of `files` as sorted N-Triples, with checks, questions and everything derived.

    `mappings` are SSSOM tables, whose matches become SKOS triples. Raises KnowledgeError naming file and line
    when a file cannot be parsed, declares a prefix other than ``ontology/prefixes.ttl`` does, or defines
    a thing away from its home.
    """
    triples = set().union(*split(root, files, mappings).values())
    return write_sorted(quad.triple for quad in canonicalize({"": triples}))


def split(root: Path, files: Iterable[Path], mappings: Iterable[Path] = ()) -> dict[str, set[Triple]]:
    """Return the graph by the file of each triple, named from `root`; DERIVED follows from the others."""
    parsed = {path: list(parse_file(path)) for path in files}
    declared, homes = _prefixes(Statements(parsed.get(root / "ontology" / "prefixes.ttl", [])))
    parts: dict[str, set[Triple]] = {}
    laid = {triple for path, triples in parsed.items() if not path.is_relative_to(root) for triple in triples}
    renamed = {triple.subject for triple in laid if triple.predicate == LABEL}
    for path, triples in parsed.items():
        own, name = not path.is_relative_to(root), _name(root, path)
        _hold_to_prefixes(path, declared, own=own)
        if own:
            _hold_to_names(path, triples)
        else:
            _hold_to_home(path, name, triples, homes)
        kept = (triple if triple in laid else _step_back(triple, renamed) for triple in triples)
        parts.setdefault(name, set()).update(kept)
    for check in queries.read(root, "checks").values():
        node = NamedNode(f"{ID}check/{check.name}")
        parts[_query_name("checks", check.name)] = set(_declare(node, "Check", check.summary))
    for question in queries.read(root, "questions").values():
        parts[_query_name("questions", question.name)] = set(executables.describe(question, declared))
    for path in mappings:
        links = sssom.triples([sssom.read(path)])
        parts[_name(root, path)] = {Triple(*map(NamedNode, link)) for link in links}
    return parts | {DERIVED: derive(root, set().union(*parts.values()))}


def _step_back(triple: Triple, renamed: Container[object]) -> Triple:
    """Return a statement; where a file beside the graph labels a thing anew, the label before is another name."""
    if triple.predicate == LABEL and triple.subject in renamed:
        return Triple(triple.subject, ALTERNATIVE, triple.object)
    return triple


def names(root: Path, files: Iterable[Path], mappings: Iterable[Path] = ()) -> set[str]:
    """Return the names by which `split` gives the graph, without reading it."""
    asked = {_query_name(kind, name) for kind in ("checks", "questions") for name in queries.read(root, kind)}
    return asked | {_name(root, path) for path in (*files, *mappings)} | {DERIVED}


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _query_name(kind: str, name: str) -> str:
    return f"queries/{kind}/{name}.rq"


def derive(root: Path, stated: set[Triple]) -> set[Triple]:
    """Return what follows from stated triples, by the queries of the build and the definitions of states."""
    store = Store(write_lines(stated))
    derived: set[Triple] = set()
    for query in queries.read(root, "build").values():
        derived.update(store.construct(query.text))
    for query in queries.read(root, "estimates").values():
        for one in estimates.estimate(store.rows(query.text)):
            value = Literal(one.value, datatype=NamedNode(XSD + "decimal"))
            derived.add(Triple(NamedNode(one.result), NamedNode(RRMM + one.property), value))
    derived.update(_condition_sets(stated | derived))
    return derived


def _condition_sets(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the condition sets of every state, and the conditions in them."""
    axioms = [triple for triple in triples if triple.predicate.value in AXIOMS]
    compiler = DefinitionCompiler((str(to_python(s)), p.value, to_python(o)) for s, p, o in axioms)
    data = {s.value for s, p, o in axioms if o == NamedNode(OWL + "DatatypeProperty")}

    for state in compiler.states([RRMM + "Patient", RRMM + "PriorTreatment"]):
        for link, sets in zip(("holdsWhen", "failsWhen"), compiler.state(state), strict=True):
            for number, literals in enumerate(sorted(sets, key=lambda each: (len(each), sorted(each))), 1):
                name = f"{local_name(state)}-{link.removesuffix('When')}-{number}"
                node = NamedNode(f"{ID}condition-set/{name}")
                yield Triple(NamedNode(state), NamedNode(RRMM + link), node)
                yield from _declare_derived(node, "ConditionSet", name)
                for key, sign in literals:
                    link_to = NamedNode(RRMM + ("ifAll" if sign else "ifNone"))
                    yield Triple(node, link_to, NamedNode(f"{ID}state-condition/{key}"))
    for condition in compiler.conditions.values():
        node = NamedNode(f"{ID}state-condition/{condition.key}")
        yield from _declare_derived(node, "StateCondition", condition.key)
        yield Triple(node, NamedNode(RRMM + "onProperty"), NamedNode(condition.property))
        for value in condition.values:
            yield Triple(node, NamedNode(RRMM + "metBy"), value_term(value, condition.property in data))
        if condition.operator:
            yield Triple(node, NamedNode(RRMM + "operator"), NamedNode(RRMM + condition.operator))
            yield Triple(node, NamedNode(RRMM + "value"), value_term(condition.threshold, literal=True))


def _declare(node: NamedNode, kind: str, label: str) -> Iterator[Triple]:
    yield Triple(node, NamedNode(RDF + "type"), NamedNode(RRMM + kind))
    yield Triple(node, NamedNode(RDFS + "label"), Literal(label, language="en"))


def _declare_derived(node: NamedNode, kind: str, label: str) -> Iterator[Triple]:
    yield from _declare(node, kind, label)
    yield Triple(node, NamedNode(RRMM + "knowledgeLevel"), NamedNode(RRMM + "Derived"))


def parse_file(path: Path) -> Iterator[Triple]:
    """Yield the triples of a Turtle file; raises KnowledgeError naming file and line."""
    try:
        yield from parse(path.read_bytes(), "turtle")
    except SyntaxError as error:
        line = error.lineno or 1
        raise KnowledgeError.at(path, line, f"{error.msg}. Mend the Turtle there.") from None
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}).", file=path) from None


def _prefixes(declarations: Statements) -> tuple[dict[str, str], dict[str, str]]:
    """Return prefix → namespace, and namespace → home folder or file, as prefixes.ttl declares."""
    prefixes, homes = {}, {}
    for node in declarations.find_subjects(SH + "prefix"):
        prefix, namespace, home = (
            to_text(declarations.value(node, name)) for name in (SH + "prefix", SH + "namespace", RRMM + "home")
        )
        prefixes[prefix] = namespace
        if home:
            homes[namespace] = home
    return prefixes, homes


def _hold_to_prefixes(path: Path, declared: dict[str, str], *, own: bool) -> None:
    """Refuse a prefix with another namespace than declared; `own` allows prefixes that are not declared."""
    for prefix, namespace in read_prefixes(path.read_bytes()):
        expected = declared.get(prefix, namespace if own else None)
        if expected != namespace:
            remedy = f"Use <{expected}>" if expected else "Declare it in ontology/prefixes.ttl"
            problem = f"prefix {prefix}: stands for <{namespace}>. {remedy}."
            raise KnowledgeError.at(path, _line_of_prefix(path, prefix, namespace), problem)


def _line_of_prefix(path: Path, prefix: str, namespace: str) -> int:
    """Return the line that declares a prefix, the one with the namespace if that stands there as it is; else 1."""
    pattern = re.compile(rf"prefix\s+{re.escape(prefix)}:", re.IGNORECASE)
    lines = [line for line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if pattern.search(line[1])]
    exact = (number for number, text in lines if f"<{namespace}>" in text)
    return next(exact, lines[0][0] if lines else 1)


def _hold_to_names(path: Path, triples: list[Triple]) -> None:
    """Refuse a thing of this graph's classes that has no IRI: nothing could point at it, nor say where it stands."""
    for subject, property_iri, value in triples:
        if isinstance(subject, BlankNode) and property_iri.value == RDF + "type" and to_text(value).startswith(RRMM):
            kind = to_text(value).removeprefix(RRMM)
            raise KnowledgeError(f"{path}: a thing of the class rrmm:{kind} has no IRI. Give it one.", file=path)


def _hold_to_home(path: Path, relative: str, triples: list[Triple], homes: dict[str, str]) -> None:
    """Refuse a thing whose kind has its home elsewhere.

    A home is one file, a folder of files named after the things in them (``data/trials/``), in folders of
    sources or not, or a folder of files named after topics (``data/guidance/*``).
    """
    subjects = (triple.subject.value for triple in triples if isinstance(triple.subject, NamedNode))
    for subject in dict.fromkeys(subject for subject in subjects if subject.startswith(ID)):
        kind, _, name = subject.removeprefix(ID).partition("/")
        home = homes.get(f"{ID}{kind}/")
        stems = relative.removeprefix(home or "").removesuffix(".ttl").split("/")
        if home is None:
            remedy = f"prefixes.ttl gives no home to {kind}:"
        elif relative == home or (home.endswith("*") and relative.startswith(home[:-1])):
            continue
        elif not (home.endswith("/") and relative.startswith(home)):
            remedy = f"its home is {home}"
        elif any(name == stem or name.startswith(stem + ".") for stem in stems):
            continue
        else:
            remedy = f"in this file names begin with {' or '.join(stems)}"
        line = _line_of(path, kind, name)
        raise KnowledgeError.at(path, line, f"{kind}:{name} stands here, but {remedy}. Move it.")


def _line_of(path: Path, namespace: str, name: str) -> int:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith((f"{namespace}:{name}", f"<{ID}{namespace}/{name}")):
            return number
    return 1
