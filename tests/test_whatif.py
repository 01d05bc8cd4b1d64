"""What would turn an answer: each patch does what it says, and no smaller one is missed."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from random import Random

import pytest
from ruamel.yaml import YAML

from rrmm.derivation import whatif
from rrmm.errors import PatientError
from rrmm.patient import edits
from support import ROOT, random_patients
from support.commands import checkout

KG = checkout()
VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]
EVERY = 4
"""One in so many vignettes is tried by `make test`, all by `make test-slow`."""
GENERATED = list(random_patients.documents(KG.rule_base, seed=7, count=10))


@cache
def changes_of(number):
    """Return the changes of a generated patient."""
    return whatif.changes(KG.rule_base, GENERATED[number])


def statuses(document):
    """Return option → status, or nothing where the file contradicts itself."""
    try:
        report = KG.regimens_for(document, evidence=False)
    except PatientError:
        return {}
    return {option["option"]: option["status"] for option in report.data["options"]}


def merged(target, patch):
    """Return a document after a JSON merge patch, as RFC 7386 writes it in pseudocode."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def hold(document, changes, count=40):
    """Hold some of the changes of a patient to what they say."""
    said = [(option, change) for option, several in changes.items() for change in several]
    random = Random(1)
    for option, change in random.sample(said, min(count, len(said))):
        assert statuses(merged(document, change.patch))[option] == change.status, (option, change)
        assert 1 <= len(change.facts) <= 2


SAMPLES = [
    pytest.param(vignette, id=vignette["id"], marks=[pytest.mark.slow] if number % EVERY else [])
    for number, vignette in enumerate(VIGNETTES)
]


@pytest.mark.parametrize("vignette", SAMPLES)
def test_each_patch_turns_the_status_to_what_it_says(vignette):
    """For the vignettes, a patch applied as the RFC says brings the status that it names."""
    document = vignette["patient"]
    before = deepcopy(document)
    changes = whatif.changes(KG.rule_base, document)
    assert document == before
    hold(document, changes)
    now = statuses(document)
    assert {option for option, several in changes.items() for c in several if c.status == now[option]} == set()


@pytest.mark.parametrize("number", range(len(GENERATED)))
def test_generated_patients_turn_too(number):
    """Names given as IRIs, empty lists and missing keys make no difference."""
    hold(GENERATED[number], changes_of(number))


def neighbour(document, other, random):
    """Return a document with one fact taken from another patient, or one fact of a list left out."""
    result = deepcopy(document)
    path, value = random.choice([leaf for leaf in leaves(other) if leaf[0] not in {("id",), ("title",)}])
    *above, last = path
    place = result
    for name in above:
        place = place.setdefault(name, {})
    if last == "prior_drugs":
        place[last] = treatments(place.get(last), value, random)
    elif isinstance(value, list):
        given = list(place.get(last) or [])
        added = [thing for thing in value if thing not in given]
        if given and random.random() < 0.3:
            given.pop(random.randrange(len(given)))
        elif added:
            given.append(random.choice(added))
        place[last] = given
    else:
        place[last] = value
    return result


def leaves(document, above=()):
    """Yield path and value of each key that has no keys below it."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def treatments(given, others, random):
    """Return prior drugs with one entry more or less, or one key of one entry changed."""
    given = list(given or [])
    entry = random.choice(others) if others else {}
    held = next((place for place, one in enumerate(given) if one["drug"] == entry.get("drug")), None)
    if given and random.random() < 0.2:
        given.pop(random.randrange(len(given)))
    elif held is None and "status" in entry:
        given.append({"drug": entry["drug"], "status": entry["status"]})
    elif given and (keys := [key for key in entry if key not in {"drug", "regimen"}]):
        place, key = random.randrange(len(given)), random.choice(keys)
        given[place] = {**given[place], key: entry[key]}
    return given


@pytest.mark.parametrize("count", [2, pytest.param(len(GENERATED), marks=pytest.mark.slow)])
def test_no_single_fact_is_missed(count):
    """Where one fact of any kind turns a status, a patch of one fact is listed for the status it turns to."""
    assert sum(map(turned, range(count))) > 10 * count


def turned(number):
    """Return how many statuses random neighbours of a patient turn, all of them listed."""
    document, random = GENERATED[number], Random(number)
    now = statuses(document)
    listed = {
        (option, change.status)
        for option, several in changes_of(number).items()
        for change in several
        if len(change.facts) == 1
    }
    count = 0
    for _ in range(50):
        other = random_patients.document(KG.rule_base, random)
        after = statuses(neighbour(document, other, random))
        found = {(option, after[option]) for option in now.keys() & after.keys() if after[option] != now[option]}
        count += len(found)
        assert found <= listed, found - listed
    return count


def test_two_facts_only_where_one_does_not_suffice():
    """No status of an option is reached by patches of one fact and of two."""
    for number in range(len(GENERATED)):
        for option, several in changes_of(number).items():
            one = {change.status for change in several if len(change.facts) == 1}
            two = {change.status for change in several if len(change.facts) == 2}
            assert not one & two, option


def test_a_definition_that_is_certain_whatever_a_part_is_asks_for_nothing():
    """A second proteasome inhibitor of unknown course does not matter where the first settles the state."""
    document = {
        "region": "US",
        "prior_drugs": [{"drug": "bortezomib", "status": "refractory"}, {"drug": "ixazomib", "status": "exposed"}],
    }
    changes = whatif.changes(KG.rule_base, document)["Rd"]
    told = [change.facts for change in changes if change.status != statuses(document)["Rd"]]
    assert told
    assert [facts for facts in told if facts == ["prior_drugs[ixazomib].status: refractory"]] == []


def test_the_report_carries_changes_only_when_asked():
    """``would_change_if`` is there with what_if and not otherwise."""
    patient = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}], "region": "US"}
    assert "would_change_if" not in KG.regimens_for(patient).option("Vd")
    told = KG.regimens_for(patient, what_if=True).option("Vd")["would_change_if"]
    assert {"patch": {"prior_drugs": []}, "status": "option", "facts": ["prior_drugs: without bortezomib"]} in told


PATCHES = [
    ({"a": 1}, {"a": 1}, {}),
    ({"a": 1}, {"a": 1.5}, {"a": 1.5}),
    ({"a": 1}, {}, {"a": None}),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
    ({"a": [1, 2]}, {"a": [2]}, {"a": [2]}),
    ({}, {"a": {"b": []}}, {"a": {"b": []}}),
    ({"a": 1}, {"a": True}, {"a": True}),
]


@pytest.mark.parametrize(("old", "new", "patch"), PATCHES)
def test_a_merge_patch_leads_from_one_document_to_the_other(old, new, patch):
    """A patch holds what differs and no more."""
    assert edits.merge_patch(old, new) == patch
    assert merged(old, patch) == new


ENTRIES = [
    ({"prior_drugs": ["bortezomib"]}, {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}),
    ({"comorbidities": "thrombosis"}, None),
    ({"comorbidities": [{"name": "thrombosis", "grade": 2}, {"other": "gout"}]}, None),
]


@pytest.mark.parametrize(("document", "reached"), ENTRIES)
def test_short_forms_of_a_patient_file_can_be_changed(document, reached):
    """An entry that is a plain word, and a list of one without brackets, are understood."""
    patches = [change.patch for several in whatif.changes(KG.rule_base, document).values() for change in several]
    assert patches
    assert reached is None or reached in patches
    for patch in patches[:40]:
        assert statuses(merged(document, patch))


@pytest.mark.parametrize(
    "history",
    [
        [("bortezomib", line) for line in range(1, 51)],
        [(drug, line) for line in range(1, 51) for drug in ("bortezomib", "lenalidomide", "carfilzomib")],
    ],
)
def test_a_history_that_is_too_long_to_try_is_said_at_once(history):
    """The report is given, what would change it is refused: nothing computes without end."""
    patient = {"prior_drugs": [{"drug": drug, "line": line, "status": "refractory"} for drug, line in history]}
    with pytest.raises(PatientError, match=r"\d+ prior drugs are too many to try every change of\."):
        KG.regimens_for(patient, what_if=True)
