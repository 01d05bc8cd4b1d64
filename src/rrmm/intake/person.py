"""The person: age at the index date, region of residence, ancestry."""

from __future__ import annotations

from datetime import date

from rrmm.intake import dates
from rrmm.intake.records import Record
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables


def fill(tables: Tables, record: Record, draft: Draft, index: date) -> None:
    """Add age, region and ancestry, as far as they are stated."""
    person = record.person
    _age(tables, record, draft, index)
    if person.died:
        why = "no key of a patient file takes it; the answer is of the index date"
        record.misunderstand(f"{person.source}: deceased: {person.died}", why)
    for other in person.others:
        record.misunderstand(f"{person.source}: linked to {other}", "records of one person are not joined")
    regions = {code for country in person.countries if (code := region(tables, country))}
    for country in person.countries:
        if region(tables, country) is None:
            record.misunderstand(f"{person.source}: country {country!r}", "not a known country")
    if len(regions) == 1:
        draft.put("region", regions.pop(), [person.source], f"address: {', '.join(person.countries)}")
    elif regions:
        record.misunderstand(
            f"{person.source}: countries {', '.join(person.countries)}", "several; the region is left open"
        )
    for race in person.races:
        if any(tables.by_text("not ancestry", word) for word in race.words):
            continue
        if rule := tables.find("ancestry", race):
            draft.put("ancestry", rule.means, [person.source], f"race: {race.shown}")


def _age(tables: Tables, record: Record, draft: Draft, index: date) -> None:
    person = record.person
    if person.birth:
        low, high = dates.age(person.birth, index)
        if low == high and 0 <= low <= tables.limits["oldest"]:
            draft.put("age", low, [person.source], f"born {person.birth}, on {index}")
        elif low != high:
            record.misunderstand(f"{person.source}: born {person.birth}", f"the age is {low} or {high}; left open")
        else:
            record.misunderstand(f"{person.source}: born {person.birth}", f"an age of {low} is not possible")
    elif person.age:
        seen = person.last_seen.last if person.last_seen else None
        if seen and (index - seen).days > tables.limits["age stated days"]:
            record.misunderstand(f"{person.source}: age {person.age[0]}", "stated at another time; left open")
        else:
            draft.put("age", person.age[0], [person.source], "stated, at the last encounter")


def region(tables: Tables, country: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's code or name, or None."""
    rule = tables.by_code("region", country)
    return rule.means if rule else None
