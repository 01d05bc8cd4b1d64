"""The facade: one object that answers every kind of question about a graph.

It delegates: each method imports the package that does the work when it is first called, so that a report loads
no store. It refuses parameters that it does not know, and names the nearest ones.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from rrmm.api.parts import Parts
from rrmm.cohort import require_libraries
from rrmm.derivation.explain import Derivation
from rrmm.errors import QueryError, UnknownTermWarning, check_choice, check_time_limit
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.patient.document import Document, load
from rrmm.patient.naming import translate
from rrmm.patient.plain import as_document
from rrmm.patient.resolve import resolve
from rrmm.report.build import build
from rrmm.report.report import Report
from rrmm.rules import overlay
from rrmm.rules.base import RuleBase

SOURCE = "source"
ENGINES = ("pyoxigraph", "rdflib")
SHAPES = ("fast", "pyshacl")

if TYPE_CHECKING:
    from datetime import date

    import rdflib

    from rrmm.catalogue.describe import Description
    from rrmm.check.edition import Edition
    from rrmm.check.run import Run
    from rrmm.check.standard_report import ValidationReport
    from rrmm.derivation.sparql import Statuses
    from rrmm.graph.table import Table
    from rrmm.plot.picture import Picture
    from rrmm.publish.nanopubs import Signer
    from rrmm.site.build import Site


class KnowledgeGraph(Parts):
    """An rrmm graph: it answers every kind of question about its parts.

    >>> kg = KnowledgeGraph.load()
    >>> kg.regimens_for({"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}).option("Kd")["status"]
    'recommended'
    """

    @classmethod
    def load(
        cls,
        root: Path | None = None,
        overlays: Sequence[Path] = (),
        without: Sequence[str] = (),
        engine: str = "pyoxigraph",
        *,
        allow_redefine: bool = False,
    ) -> KnowledgeGraph:
        """Return the graph that travels with the package, or the one at `root`, with overlays added.

        Overlays add things of their own; with `allow_redefine` they may relabel and redefine curated ones, which
        `changes` and each report say.
        `without` lists guidance, by IRI or CURIE, that derivations ignore; queries still see it.
        `engine` answers the queries: ``pyoxigraph``, or ``rdflib``, which is slower and gives the same.
        Raises KnowledgeError naming file and line of an invalid file, and of each change that is not allowed.
        """
        check_choice("engine", engine, ENGINES, key="engine")
        knowledge = GraphFiles(root, overlay.check_readable(overlays))
        if not allow_redefine:
            overlay.check_additive(knowledge)
        if engine == "pyoxigraph":
            return cls(knowledge, without)
        from rrmm.graph.rdflib_store import RdflibStore

        return cls(knowledge, without, RdflibStore(knowledge.snapshot))

    @classmethod
    def connect(
        cls,
        url: str,
        graph: str | None = None,
        *,
        root: Path | None = None,
        without: Sequence[str] = (),
        time_limit: float = 60.0,
    ) -> KnowledgeGraph:
        """Return the graph at a SPARQL 1.1 endpoint: its default graph, or the one named, which Virtuoso needs.

        Questions, descriptions and the tables of a derivation come from there; the derivation for a patient
        runs here, and no fact of a patient leaves this machine (except with the engine ``sparql``). `time_limit` is in
        seconds for each query. Checks and exports need the files of the graph, and are refused. Raises
        EndpointError saying what is wrong, also when the graph is not of rrmm or has another version,
        MissingExtra without the extra ``[remote]``, and QueryError for a time limit that is none.
        """
        from rrmm.graph.endpoint import connect

        check_time_limit(time_limit)
        here = GraphFiles(root)
        version = RuleBase.of(here).version
        knowledge = connect(url, graph, here, version, time_limit)
        return cls(knowledge, without, knowledge.endpoint)

    @overload
    def regimens_for(
        self,
        patient: Any,
        *,
        evidence: bool = True,
        what_if: bool = False,
        sensitivity: bool = False,
        engine: Literal["circuit"] = "circuit",
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
    ) -> Report: ...

    @overload
    def regimens_for(
        self,
        patient: Any,
        *,
        engine: Literal["sparql"],
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
    ) -> Statuses: ...

    def regimens_for(
        self,
        patient: Any,
        *,
        evidence: bool = True,
        what_if: bool = False,
        sensitivity: bool = False,
        engine: str = "circuit",
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
    ) -> Report | Statuses:
        """Return the report for a patient given as the path of a patient file, as a mapping, a dataclass or a row.

        Values may be scalars and arrays of NumPy and pandas, tuples, sets and dataclasses; a missing value of NumPy
        or pandas is not known.
        `what_if` adds to each option the smallest changes of the patient that would turn its status,
        `sensitivity` to the report what would change without each rule. With the `engine` ``sparql`` the
        answer is by SPARQL alone, in the graph's own store or at its endpoint: states and statuses without
        reasons. `sources` and `as_of` choose the sources in view, as `view` does. Raises PatientError naming file
        and key of an invalid entry.
        """
        if sources is not None or as_of is not None:
            view = self.view(sources, as_of)
            return (
                view.regimens_for(patient, engine="sparql")
                if engine == "sparql"
                else view.regimens_for(patient, evidence=evidence, what_if=what_if, sensitivity=sensitivity)
            )
        in_file = isinstance(patient, str | Path)
        document: Document = load(Path(patient)) if in_file else as_document(patient)
        where = str(patient) if in_file else "patient"
        if engine == "sparql":
            return self.statuses(document, where)
        if engine != "circuit":
            raise QueryError(f"No engine {engine!r}; a patient is answered by circuit or sparql.")
        return self.report(document, where, evidence=evidence, what_if=what_if, sensitivity=sensitivity)

    def statuses(self, document: Document, where: str) -> Statuses:
        """Return states and statuses for a patient's mapping by SPARQL alone; `where` names it in errors."""
        from rrmm.derivation import sparql

        if self.silent:
            raise QueryError("SPARQL answers by all rules of the graph, and cannot leave one out.")
        patient = resolve(document, self.rule_base, where)
        return sparql.answer(self.store, self.rule_base, patient, self.files.root)

    def report(
        self,
        document: Document,
        where: str,
        *,
        evidence: bool,
        what_if: bool = False,
        sensitivity: bool = False,
    ) -> Report:
        """Return the report for a patient's mapping; `where` names it in errors."""
        derivation = Derivation(self.rule_base, resolve(document, self.rule_base, where))
        changes = None
        if what_if:
            from rrmm.derivation.whatif import changes as smallest

            changes = smallest(self.rule_base, translate(document, self.rule_base, where)[0])
        without = None
        if sensitivity:
            from rrmm.derivation.sensitivity import influences

            without = influences(derivation)
        return build(derivation, self.evidence if evidence else None, changes, without, self.altered)

    def cohort(
        self,
        frame: Any,
        *,
        wide: bool = False,
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
    ) -> Any:
        """Return the answers for many patients, lazily: a Polars LazyFrame for a Polars frame, a PySpark frame for one.

        The frame has one row a patient; its columns are the keys of a patient file (``rrmm schema cohort``).
        The answers have one row a patient and option, or with `wide` one row a patient; `sources` and `as_of` choose
        the sources in view. Raises PatientError for an unknown column at once, and for an invalid row when the answers
        are read; MissingExtra without the extra ``[cohort]``.
        """
        with require_libraries():
            from rrmm.cohort import frames
        return frames.answer(self.view(sources, as_of).rule_base, frame, wide=wide)

    def query(
        self,
        name: str,
        *,
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
        **parameters: str | float,
    ) -> Table:
        """Return the answer of a catalogued question; parameters by label, alias, CURIE or IRI, or as text.

        `sources` and `as_of` choose the sources in view; so does the parameter `source`, in a question that has no
        parameter of this name itself. Raises QueryError offering the nearest names.
        """
        from rrmm.catalogue import answers
        from rrmm.graph import queries

        question = queries.find(self.files.root, "questions", name)
        if sources is None and SOURCE in parameters and SOURCE not in question.parameters:
            sources = str(parameters.pop(SOURCE))
        view = self.view(sources, as_of)
        return answers.answer(view.store, view.files.root, view.names, question, parameters)

    def plot(
        self,
        name: str,
        *,
        sources: str | Sequence[str] | None = None,
        as_of: date | str | None = None,
        **parameters: str | float,
    ) -> Picture:
        """Return a picture: its SVG, title, description and table; parameters restrict what it draws.

        `sources` and `as_of` choose the sources in view. Raises QueryError offering the nearest names.
        """
        return self.view(sources, as_of).gallery.picture(name, **parameters)

    def bound(self, name: str, **parameters: str | float) -> str:
        """Return the SPARQL text of a catalogued question with its parameters bound, to run it elsewhere."""
        from rrmm.catalogue import answers
        from rrmm.graph import queries

        query = queries.find(self.files.root, "questions", name)
        query.refuse(parameters)
        return answers.bound(self.store, self.files.root, self.names, query, parameters)

    def sparql(self, text: str, *, time_limit: float | None = None) -> Table | str:
        """Return the answer of any SPARQL query: a table, or Turtle for CONSTRUCT and DESCRIBE.

        The prefixes of the graph need no declaration. Warns of terms that the graph does not have. Raises QueryError
        when the query is an update, reaches outside, fails, or exceeds `time_limit` seconds.
        """
        from rrmm.catalogue.terms import find_prefixes, find_unknown
        from rrmm.graph.sandbox import guard, run

        if time_limit is not None:
            check_time_limit(time_limit)
        if self._other is not None:
            guard.guard(text)
            return self._other.answer(text, time_limit)
        prefixes = find_prefixes(self.files.snapshot)
        for unknown in find_unknown(text, self.files.snapshot, prefixes):
            warnings.warn(unknown, UnknownTermWarning, stacklevel=2)
        return run.run(self.files.snapshot, text, run.TIME_LIMIT if time_limit is None else time_limit, prefixes)

    def terms(self, word: str = "") -> Table:
        """Return the classes and properties of the ontology whose name, label or definition has a word, or all."""
        from rrmm.catalogue.terms import list_terms

        return list_terms(self.store, self.files.root, word)

    def show(self, name: str) -> Description:
        """Return everything known about a drug, regimen, trial, subgroup or any other thing."""
        from rrmm.catalogue.describe import describe

        iri = self.names.find(name)
        files = {change.thing: change.file for change in self.changes if change.own}
        return describe(self.store, self.files.root, iri, files.get(iri, ""))

    def check(self, source: Path | Sequence[Path] = (), *, shapes: str = "fast") -> Run:
        """Return the findings of all shapes and checks, and of the texts of sources when given.

        `shapes` is the validator of the shapes: ``fast``, or ``pyshacl``, which needs the extra ``[shacl]`` and
        gives the same findings.
        """
        from rrmm.check import run

        check_choice("engine for shapes", shapes, SHAPES, key="shapes")
        texts = [source] if isinstance(source, Path) else source
        return run.run(self.files, texts, pyshacl=shapes == "pyshacl")

    def compare_edition(self, old: Path, new: Path) -> Edition:
        """Return what became of the spans and figures of a source in the text of a later edition.

        `old` is the text that was read for this graph. Raises RrmmError when it is not.
        """
        from rrmm.check import edition

        return edition.compare(Store(self.files.snapshot), self.files.root, old, new)

    def validate(self) -> ValidationReport:
        """Return the validation report of SHACL on the graph: ``conforms``, findings, and the report as RDF.

        Raises MissingExtra without the extra ``[shacl]``.
        """
        from rrmm.check import standard_report

        return standard_report.validate(self.files.snapshot, self.files.root)

    def ontology(self) -> Any:
        """Return the whole graph as an owlready2 ontology in a World of its own, closed as HermiT reads it.

        The SHACL shapes are not OWL and are omitted. Axioms are added that RDF cannot say: a regimen has no
        further components, different IRIs are different things. Decimals become floats.
        Raises MissingExtra without the extra ``[reason]``.
        """
        from rrmm.check import owl

        return owl.ontology(self.files.snapshot)

    def to_graph(self) -> rdflib.Graph:
        """Return the whole graph as an rdflib Graph, prefixes bound, lexical forms as written."""
        from rrmm.publish.rdf import graph

        return graph(self.files.snapshot)

    def export(self, form: str, to: Path, signer: Signer | None = None) -> list[Path]:
        """Write the whole graph in one of `rrmm.publish.export.FORMATS`, and return the files that hold it.

        With a `signer`, nanopublications are signed. Raises QueryError for an unknown format,
        and RrmmError when a file cannot be written; then no file is written.
        """
        from rrmm.publish import export

        return export.write(self.files, form, to, signer)

    def site(self, to: Path, pyodide: Path | None = None) -> Site:
        """Write the graph as a site of static pages into the folder `to`, in place of an earlier site there.

        `pyodide` is the unpacked npm package of that name: with it the page of a patient answers inside the browser.
        Raises RrmmError for a folder that holds anything else, and MissingExtra without the extra ``[site]``.
        """
        from rrmm.site import build

        build.check_folder(to)
        return build.write(self.files, to, list(self.gallery.pictures()), pyodide)
