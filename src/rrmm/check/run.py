"""All guards over the whole graph: shapes, checks, and the texts of the sources that the reader has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rrmm.check import links, probes, records, shapes, source, standard_report
from rrmm.check.finding import Finding
from rrmm.errors import KnowledgeError
from rrmm.graph import queries, sssom
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.iris import short
from rrmm.rules.base import RuleBase


@dataclass
class Run:
    """The result of a check: findings, counts of what was checked, what was skipped, and the sources unread."""

    findings: list[Finding] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Return the run as JSON."""
        findings = [finding.__dict__ for finding in self.findings]
        run = {"findings": findings, "checked": self.checked, "skipped": self.skipped, "unread": self.unread}
        return json.dumps(run, ensure_ascii=False, indent=1) + "\n"

    def to_text(self) -> str:
        """Return the findings, then what was checked and skipped."""
        lines = [f"{finding.guard}  {short(finding.focus)}\n    {finding.message}" for finding in self.findings]
        counted = ", ".join(f"{count:,} {what}" for what, count in self.checked.items())
        summary = f"{len(self.findings)} finding{'' if len(self.findings) == 1 else 's'}. Checked: {counted}."
        if self.unread:
            summary += f" Unread: {', '.join(self.unread)} (give the text with --source FILE)."
        lines.append(summary)
        lines += [f"Skipped: {what}" for what in self.skipped]
        return "\n".join(lines) + "\n"


def run(files: GraphFiles, texts: Iterable[Path] = (), *, pyshacl: bool = False) -> Run:
    """Return the findings of every shape and check, and of the texts that are given.

    A file is the text of a source, a folder holds those of publications.

    With `pyshacl`, pySHACL holds the shapes against the graph, in place of the fast path.
    """
    store = Store(files.snapshot)
    paths = list(texts)
    read = source.read(store, files.root, [path for path in paths if not path.is_dir()])
    copies = records.read(store, files.root, [path for path in paths if path.is_dir()])
    if pyshacl:
        standard = standard_report.validate(files.snapshot, files.root)
        findings, focuses = list(standard.findings), standard.checked
    else:
        findings, focuses = shapes.findings(files.snapshot, files.root)
    tables = [sssom.read(path) for path in files.mappings]
    findings += links.findings(tables, *read_names(store, files.root))
    checks = queries.read(files.root, "checks")
    for query in checks.values():
        findings += run_check(store, query)
    report = Run(
        findings,
        {
            "files": len(files.files),
            "triples": len(store),
            f"things against shapes{' by pySHACL' if pyshacl else ''}": focuses,
            "checks": len(checks),
            "links": sum(len(table.links) for table in tables),
        },
    )
    _probe(files, report)
    report.unread = source.unread(store, files.root, read)
    if read:
        differing, counts = source.verify(store, files.root, read)
        report.findings += differing
        report.checked.update(counts)
    if copies:
        missing, counts = records.verify(store, files.root, copies)
        report.findings += missing
        report.checked.update(counts)
    report.findings.sort()
    return report


def _probe(files: GraphFiles, report: Run) -> None:
    """Add what the probe patients show; files that are added to the graph are meant to change the answers."""
    frozen = probes.read(files.root)
    if frozen is None or files.overlays:
        why = "the graph is not as it was frozen: files are added" if frozen else f"the graph has no {probes.PLACE}"
        report.skipped.append(f"the probe patients ({why})")
        return
    try:
        report.findings += probes.findings(RuleBase.of(files), frozen)
    except (KnowledgeError, LookupError, ValueError):
        if not report.findings:
            raise
        report.skipped.append("the probe patients (the rules cannot be read: correct the findings first)")
    report.checked["probe patients"] = sum(len(probe.patients) for probe in frozen.probes)


def read_names(store: Store, root: Path) -> tuple[dict[str, list[str]], list[links.Vocabulary]]:
    """Return IRI → label and aliases of all things, and the vocabularies at the other end of links."""
    texts = queries.read(root, "links")
    names: dict[str, list[str]] = {}
    for row in store.rows(texts["names"].text):
        names.setdefault(str(row["thing"]), []).append(str(row["name"]))
    return names, [
        links.Vocabulary(str(row["prefix"]), str(row["namespace"]), str(row.get("withheld", "")))
        for row in store.rows(texts["vocabularies"].text)
    ]


def run_check(store: Store, query: queries.Query) -> list[Finding]:
    """Return the rows of one check as findings."""
    return [
        Finding(
            f"check:{query.name}",
            str(row["focus"]),
            str(row.get("property", "")),
            str(row.get("value", "")),
            f"{query.header('problem')} {query.header('solution')} Value: {row.get('value', 'none')}",
        )
        for row in store.rows(query.text)
    ]
