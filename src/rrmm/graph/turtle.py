"""Turtle files into one graph: parsed, held to the declared prefixes and to the home of each kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.errors import KnowledgeError
from rrmm.graph import executables, queries, sssom
from rrmm.graph.store import Store, plain, value_term
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, SH, local_name
from rrmm.logic.definitions import AXIOMS, DefinitionCompiler

if TYPE_CHECKING:
    import pyoxigraph as ox

DERIVED = "derived"


def build(root: Path, files: Iterable[Path], mappings: Iterable[Path] = ()) -> bytes:
    """Return the graph of `files` as sorted N-Triples, with checks and questions as things and all that is derived.

    Blank nodes are named by RDFC-1.0 (https://www.w3.org/TR/rdf-canon/): the same graph is the same bytes.
    `mappings` are SSSOM tables, whose matches go in as SKOS triples. Raises KnowledgeError naming file
    and line when a file cannot be parsed, declares a prefix other than ``ontology/prefixes.ttl`` does,
    or defines a thing away from its home.
    """
    import pyoxigraph as ox

    dataset = ox.Dataset(ox.Quad(*triple) for part in parts(root, files, mappings).values() for triple in part)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return _lines(quad.triple for quad in dataset)


def parts(root: Path, files: Iterable[Path], mappings: Iterable[Path] = ()) -> dict[str, set[ox.Triple]]:
    """Return the graph by the file that each triple comes from, named from `root`; DERIVED is made of the others."""
    import pyoxigraph as ox

    parsed = {path: list(_parse(path)) for path in files}
    declared, homes = _prefixes(root, parsed)
    found: dict[str, set[ox.Triple]] = {}
    for path, quads in parsed.items():
        own = not path.is_relative_to(root)
        name = path.name if own else path.relative_to(root).as_posix()
        _hold_to_prefixes(path, declared, own=own)
        if not own:
            _hold_to_home(path, name, quads, homes)
        found.setdefault(name, set()).update(quad.triple for quad in quads)
    for check in queries.read(root, "checks").values():
        found[f"queries/checks/{check.name}.rq"] = set(
            _thing(ox.NamedNode(f"{ID}check/{check.name}"), "Check", check.summary)
        )
    for question in queries.read(root, "questions").values():
        found[f"queries/questions/{question.name}.rq"] = set(executables.triples(question, declared))
    for path in mappings:
        ends = sssom.triples([sssom.read(path)])
        found[path.relative_to(root).as_posix()] = {ox.Triple(*map(ox.NamedNode, three)) for three in ends}
    every = set().union(*found.values())
    found[DERIVED] = set()
    store = Store(_lines(every))
    for query in queries.read(root, "build").values():
        found[DERIVED].update(store.query(query.text))
    found[DERIVED].update(_condition_sets(every | found[DERIVED]))
    return found


def _condition_sets(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the condition sets of every state, and the conditions that they are made of."""
    import pyoxigraph as ox

    axioms = [triple for triple in triples if triple.predicate.value in AXIOMS]
    unfolder = DefinitionCompiler((str(plain(s)), str(p.value), plain(o)) for s, p, o in axioms)
    data = {s.value for s, p, o in axioms if o == ox.NamedNode(OWL + "DatatypeProperty")}

    for state in unfolder.states([RRMM + "Patient", RRMM + "PriorTreatment"]):
        for link, sets in zip(("holdsWhen", "failsWhen"), unfolder.state(state), strict=True):
            for number, one in enumerate(sorted(sets, key=lambda one: (len(one), sorted(one))), 1):
                name = f"{local_name(state)}-{link.removesuffix('When')}-{number}"
                node = ox.NamedNode(f"{ID}condition-set/{name}")
                yield ox.Triple(ox.NamedNode(state), ox.NamedNode(RRMM + link), node)
                yield from _derived(node, "ConditionSet", name)
                for key, sign in one:
                    link_to = ox.NamedNode(RRMM + ("ifAll" if sign else "ifNone"))
                    yield ox.Triple(node, link_to, ox.NamedNode(f"{ID}state-condition/{key}"))
    for condition in unfolder.conditions.values():
        node = ox.NamedNode(f"{ID}state-condition/{condition.key}")
        yield from _derived(node, "StateCondition", condition.key)
        yield ox.Triple(node, ox.NamedNode(RRMM + "onProperty"), ox.NamedNode(condition.property))
        for value in condition.values:
            yield ox.Triple(node, ox.NamedNode(RRMM + "metBy"), value_term(value, condition.property in data))
        if condition.operator:
            yield ox.Triple(node, ox.NamedNode(RRMM + "operator"), ox.NamedNode(RRMM + condition.operator))
            yield ox.Triple(node, ox.NamedNode(RRMM + "value"), value_term(condition.threshold, literal=True))


def _thing(node: ox.NamedNode, kind: str, label: str) -> Iterator[ox.Triple]:
    import pyoxigraph as ox

    yield ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RRMM + kind))
    yield ox.Triple(node, ox.NamedNode(RDFS + "label"), ox.Literal(label, language="en"))


def _derived(node: ox.NamedNode, kind: str, label: str) -> Iterator[ox.Triple]:
    import pyoxigraph as ox

    yield from _thing(node, kind, label)
    yield ox.Triple(node, ox.NamedNode(RRMM + "knowledgeLevel"), ox.NamedNode(RRMM + "Derived"))


def _lines(triples: Iterable[ox.Triple]) -> bytes:
    return b"".join(sorted(f"{triple} .\n".encode() for triple in triples))


def _parse(path: Path) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    try:
        yield from ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        line = error.lineno or 1
        raise KnowledgeError.at(path, line, f"{error.msg}. Mend the Turtle there.") from None
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}).", file=path) from None


def _prefixes(root: Path, parsed: dict[Path, list[ox.Quad]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return prefix → namespace, and namespace → home folder or file, as prefixes.ttl declares."""
    by_node: dict[str, dict[str, str]] = {}
    for quad in parsed.get(root / "ontology" / "prefixes.ttl", []):
        by_node.setdefault(str(quad.subject), {})[quad.predicate.value] = getattr(quad.object, "value", "")
    declarations = [node for node in by_node.values() if SH + "prefix" in node]
    return (
        {node[SH + "prefix"]: node[SH + "namespace"] for node in declarations},
        {node[SH + "namespace"]: node[RRMM + "home"] for node in declarations if RRMM + "home" in node},
    )


def _hold_to_prefixes(path: Path, declared: dict[str, str], *, own: bool) -> None:
    """Refuse a prefix that stands for another namespace than declared; `own` allows prefixes of a user's own."""
    pattern = re.compile(r"^@prefix\s+([\w-]*):\s+<([^>]*)>")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if (match := pattern.match(line)) and declared.get(match[1], match[2] if own else None) != match[2]:
            expected = declared.get(match[1])
            remedy = f"Use <{expected}>" if expected else "Declare it in ontology/prefixes.ttl"
            raise KnowledgeError.at(path, number, f"prefix {match[1]}: stands for <{match[2]}>. {remedy}.")


def _hold_to_home(path: Path, relative: str, quads: list[ox.Quad], homes: dict[str, str]) -> None:
    """Refuse a thing whose kind lives elsewhere.

    A home is one file, a folder of files named after what they hold (``data/trials/``), or a folder
    whose files are free to be named after a topic (``data/guidance/*``).
    """
    import pyoxigraph as ox

    subjects = (quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
    for subject in dict.fromkeys(subject for subject in subjects if subject.startswith(ID)):
        kind, _, name = subject.removeprefix(ID).partition("/")
        home = homes.get(f"{ID}{kind}/")
        stem = relative.removeprefix(home or "").split("/")[0].removesuffix(".ttl")
        if home is None:
            remedy = f"prefixes.ttl gives no home to {kind}:"
        elif relative == home or (home.endswith("*") and relative.startswith(home[:-1])):
            continue
        elif not (home.endswith("/") and relative.startswith(home)):
            remedy = f"its home is {home}"
        elif name == stem or name.startswith(stem + "."):
            continue
        else:
            remedy = f"in this file names begin with {stem}"
        line = _line_of(path, kind, name)
        raise KnowledgeError.at(path, line, f"{kind}:{name} stands here, but {remedy}. Move it.")


def _line_of(path: Path, namespace: str, name: str) -> int:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith((f"{namespace}:{name}", f"<{ID}{namespace}/{name}")):
            return number
    return 1
