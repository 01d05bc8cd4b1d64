"""Probe patients: frozen answers that a changed rule contradicts, each change told at its rule."""

from __future__ import annotations

import pytest

from rrmm.check import probes
from rrmm.check.run import run
from rrmm.graph.files import GraphFiles
from rrmm.iris import ID, RRMM, local_name
from support import ROOT


@pytest.fixture(scope="module")
def frozen() -> probes.Frozen:
    """Return the frozen probes of this checkout."""
    return probes.read(ROOT)


def test_the_rules_say_what_was_frozen(kg, frozen):
    """Nothing changed, and to freeze again gives the same file."""
    assert probes.findings(kg.rule_base, frozen) == []
    assert probes.freeze(kg.rule_base).to_json() == (ROOT / probes.PLACE).read_text(encoding="utf-8")


def test_every_state_holds_for_some_probe_and_not_for_another(kg, frozen):
    """Each state of patients that a consistent file can have is put to the proof, in both ways."""
    states = {
        local_name(state.iri)
        for state in kg.rule_base.states.values()
        if state.bearer == "Patient" and not state.contradiction
    }
    assert states <= {name for probe in frozen.probes for name in probe.holds}
    assert all(any(name not in probe.holds for probe in frozen.probes) for name in states)


def test_every_guidance_that_fires_for_some_patients_says_something_to_a_probe(kg, frozen):
    """Guidance that recommends, excludes, cautions or times is heard in the answers to the probes."""
    said = {slug for probe in frozen.probes for slug in probe.says}
    effects = kg.rule_base.effects
    heard = {*effects.cautions, *effects.timings, "Recommend", "Exclude", "Avoid", "Require"}
    options = {option.iri for option in kg.rule_base.options}
    silent = {
        local_name(guidance.iri)
        for guidance in kg.rule_base.guidance
        if guidance.effect in heard and (set(guidance.options) & options or guidance.effect in effects.timings)
    } - said
    assert silent <= {"neuropathy-vincristine"}


CHANGES = [
    ("holds", lambda probe: probe._replace(holds=[*probe.holds, "Elderly"]), f"{RRMM}Elderly", "no longer holds"),
    (
        "says",
        lambda probe: probe._replace(says={**probe.says, "ixazomib-oral": "schedule: carfilzomib"}),
        f"{ID}guidance/ixazomib-oral",
        "instead of “schedule: carfilzomib”",
    ),
    (
        "patients",
        lambda probe: probe._replace(patients=[*probe.patients, {"aeg": 1}]),
        "",
        "nothing can be said any more",
    ),
]


@pytest.mark.parametrize(("change", "focus", "words"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_is_told_at_its_rule(kg, frozen, change, focus, words):
    """A finding names the state or guidance, the patient, the difference and the remedy."""
    first, *others = frozen.probes
    (finding,) = probes.findings(kg.rule_base, frozen._replace(probes=[change(first), *others]))
    assert (finding.guard, finding.focus) == ("probe", focus)
    assert words in finding.message
    assert "make probes" in finding.message


def test_guidance_that_is_lost_or_cited_otherwise_is_told(kg, frozen):
    """The label, modal, concern, country and address of each guidance are part of the answer."""
    cited = {**frozen.guidance, "lost": "Lost · should", "ixazomib-oral": "Ixazomib · may"}
    findings = probes.findings(kg.rule_base, frozen._replace(guidance=cited))
    assert [finding.focus for finding in findings] == [f"{ID}guidance/ixazomib-oral", f"{ID}guidance/lost"]
    assert "absent" in findings[1].message


def test_added_files_are_not_held_to_the_frozen_answers(tmp_path):
    """Files that are added to the graph are meant to change the answers; the run says that it skipped them."""
    added = tmp_path / "more.ttl"
    added.write_text("@prefix drug: <https://w3id.org/rrmm/id/drug/> .\n", encoding="utf-8")
    assert any("probe patients" in what for what in run(GraphFiles(ROOT, [added])).skipped)
