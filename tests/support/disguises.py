"""Queries that hide a SERVICE or FROM clause, and innocent ones that hold the words, written by chance."""

from __future__ import annotations

import random

PREFIXES = "PREFIX ex: <urn:x#> "
GROUPS = [  # each takes a clause
    "SELECT * WHERE {{ {} }}",
    "ASK {{ {{ {{ {} }} }} }}",
    "SELECT * {{ OPTIONAL {{ {} }} }}",
    "SELECT * {{ {{ ?a ?b ?c }} UNION {{ {} }} }}",
    "SELECT * {{ ?a ?b ?c MINUS {{ {} }} }}",
    "SELECT * {{ FILTER EXISTS {{ {} }} }}",
    "SELECT * {{ FILTER(1 = 1 && NOT EXISTS {{ {} }}) }}",
    "SELECT (EXISTS {{ {} }} AS ?x) {{}}",
    "SELECT * {{ BIND(EXISTS {{ {} }} AS ?x) }}",
    "SELECT (COUNT(*) AS ?n) {{}} HAVING (EXISTS {{ {} }})",
    "SELECT * {{}} ORDER BY (EXISTS {{ {} }})",
    "SELECT * {{ GRAPH ?g {{ {} }} }}",
    "SELECT * {{ {{ SELECT ?a {{ {} }} }} }}",
    "CONSTRUCT {{ ?a ?b ?c }} WHERE {{ {} }}",
    "DESCRIBE ?s {{ {} }}",
]
BEFORE = [  # what the clause follows: a term that the word may touch, or text that misleads a splitter
    "",
    "?a ?b ?o.",
    "?a ?b true.",
    "?a ?b true",
    "?a ?b 1.",
    "?a ?b 1e5",
    "?a ?b .5",
    '?a ?b "x"@en.',
    '?a ?b "SERVICE".',
    "?a ?b '''x'''.",
    "?a ?b <http://x#y>.",
    "?a ?b ex:a.b.",
    "?a ?b ex:a\\' . ",
    '?a ?b ex:a . #"""\n',
    'FILTER(?a<?b#>"""\n) ',
    "FILTER(?a<?b#>'''\n) ",
    "FILTER(?a<'#>')",
    'FILTER(""="")',
    'VALUES ?x { """a" } ',
    "VALUES (?x ?y) { (<a:a> <b:b#>) } ",
    "BIND('it\\'s' AS ?q) ",
    "# ' \" <\r",
    "?a ex:p\\#q ?o . ",
    "?a ?b [],",
    "?a ?b (1 2).",
]
AFTER = ["", " FILTER(1<2)", ' #"""', " ?a ?b ex:b\\'", " # '''\n", " FILTER('a'>'b')"]
SILENT = ["", "", " SILENT", "SILENT", "#\nsilent"]
GAPS = ["", " ", "\n", "\t", "#x\n", " # ' \n "]
WORDS = ["SERVICE", "service", "SerViCe"]
DATASETS = ["SELECT *{}{{}}", "ASK{}{{}}", "CONSTRUCT{{?a ?b ?c}}{}WHERE{{?a ?b ?c}}", "DESCRIBE<urn:a>{}"]


def disguises(count: int, remote: str, seed: int = 18) -> list[str]:
    """Return queries that try to reach `remote`, an address without its brackets; some no engine can read."""
    by = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        text = _dataset(by, remote) if by.random() < 0.1 else _service(by, remote)
        if by.random() < 0.3:
            text = _escape(by, text)
        found[text] = None
    return list(found)


def _service(by: random.Random, remote: str) -> str:
    prefixes, target = PREFIXES, f"<{remote}>"
    word, silent, gap = by.choice(WORDS), by.choice(SILENT), by.choice(GAPS)
    if by.random() < 0.2:
        prefixes, target, silent = f"{PREFIXES}PREFIX r: <{remote}> ", by.choice(["r:", "r:x"]), ""
    elif by.random() < 0.1:
        target = "?r"
    clause = f"{by.choice(BEFORE)}{word}{silent}{gap}{target}{by.choice(GAPS)}{{ ?s ?p ?o }}{by.choice(AFTER)}"
    return prefixes + by.choice(GROUPS).format(clause + "\n")


def _dataset(by: random.Random, remote: str) -> str:
    word, named, gap = by.choice(["FROM", "from", "fRoM"]), by.choice(["", " NAMED"]), by.choice(GAPS)
    return by.choice(DATASETS).format(f"{by.choice(GAPS)}{word}{named}{gap}<{remote}> ")


def _escape(by: random.Random, text: str) -> str:
    """Return a text with letters of its first word of a clause escaped, of which SPARQL makes the word again."""
    at = max(text.upper().find("SERVICE"), text.upper().find("FROM"))
    number = at + by.randrange(4)
    escaped = by.choice(["\\u{:04x}", "\\u{:04X}", "\\U{:08x}"]).format(ord(text[number]))
    return text[:number] + escaped + text[number + 1 :]


HOLDERS = [  # each takes a text that holds a clause, and does nothing with it
    'SELECT ("{}" AS ?x) {{}}',
    "SELECT ('{}' AS ?x) {{}}",
    'SELECT ("""\n{}\n""" AS ?x) {{ ?a ?b 1.0 }}',
    "SELECT * {{ ?a ?b ?c # {}\n}}",
    "# {}\nASK {{}}",
    "ASK {{ ?a <http://x.org/p#> ?c FILTER(?a < 1 && ?c != '{}') }}",
    "ASK {{ ?a ?b 'it\\'s {}'@en }}",
    "PREFIX ex: <urn:x#> ASK {{ ?a ex:a\\'b ?c . ?d ex:c\\'d '{}' }}",
]
NAMES = [
    "SELECT * {{ ?{0} ?from ?service }}",
    "SELECT ?{0} {{ ?{0} ?b ?c }} ORDER BY ?{0}",
    "PREFIX {0}: <http://x.org/{0}#> ASK {{ {0}:x {0}:y ?c }}",
    "PREFIX ex: <http://x.org/> ASK {{ ex:{0} ex:{0} ex:{0} }}",
    "ASK {{ <http://x.org/{0}> <http://x.org/#{0}> <urn:{0}> }}",
    "ASK {{ _:{0} ?b '{0}'@en }}",
]


def innocents(count: int, seed: int = 18) -> list[str]:
    """Return queries that hold the words in strings, remarks, variables, names and addresses alone."""
    by = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        word = by.choice(["service", "SERVICE", "from", "FROM", "Service"]) + str(by.randrange(count))
        clause = (
            f"{by.choice(WORDS)} {by.choice(SILENT)} <urn:{word}> {{ ?{word} ?p ?o }} {by.choice(['', ' FROM <a:b>'])}"
        )
        clause = clause.replace("\n", " ")
        template = by.choice([*HOLDERS, *NAMES])
        found[template.format(clause if template in HOLDERS else word)] = None
    return list(found)
