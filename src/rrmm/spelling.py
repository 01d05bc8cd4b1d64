"""How the text of a name varies without another meaning: the one key by which names are kept, found and compared."""

from __future__ import annotations

import re
import unicodedata

from rrmm.iris import BASE, local_name

TRADE_MARKS = str.maketrans("", "", "®™©℠")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "u",
}
BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w+<>=≥≤%?]+(?=\d)")
SIGN_BEFORE = re.compile(r"^[-+](?=\w)")
SIGN_AFTER = re.compile(r"(?:(?<=[\w)])|\s)[-+]+$|[(\[]\s*[-+]+\s*[)\]]$")
CODE = "code|"
DENIED = "¬!~∅✗✘✕✖❌☐☒×"
"""Signs that deny what they stand beside, or leave it open."""
EMPTY_BOX = re.compile(r"\[\s*\]")
DROPPED = re.compile(rf"[^\w;+<>=≥≤%?{DENIED}]+|_")


def plain(text: str) -> str:
    """Return a text as rules of names read it: lower case, usual letters and dashes, single spaces.

    >>> plain("  Vel­cade®  β–2 ＩＭｉＤ ")
    'velcade beta-2 imid'
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    text = unicodedata.normalize("NFKC", text.translate(TRADE_MARKS)).casefold().translate(DASHES)
    text = "".join(GREEK.get(letter, letter) for letter in unicodedata.normalize("NFD", text))
    marks = {"Mn", "Cf"}
    text = "".join(letter for letter in text if unicodedata.category(letter) not in marks)
    return " ".join(unicodedata.normalize("NFC", text).split())


def key(text: str) -> str:
    """Return what all spellings of a name share; a sign at either end counts, and so do bounds, doubts and denials.

    >>> key("t(4 ; 14)") == key("T(4;14)") == key("t 4/14"), key("17p-"), key("VP 16") == key("vp-16")
    (True, '17p-', True)
    """
    text = plain(text)
    before, after = SIGN_BEFORE.match(text), SIGN_AFTER.search(text)
    middle = EMPTY_BOX.sub("☐", BETWEEN_DIGITS.sub(";", text))
    return (before[0] if before and before[0] == "-" else "") + DROPPED.sub("", middle) + _minus(after)


def _minus(sign: re.Match[str] | None) -> str:
    return "-" if sign and "-" in sign[0] else ""


def code_key(code: str) -> str:
    """Return the key of a code with its prefix, or of an address; letter case makes no difference.

    >>> code_key("atc:L01XG01")
    'code|atc:l01xg01'
    """
    return f"{CODE}{code.casefold()}"


def name_key(form: str) -> str:
    """Return the key of a written form; a code keeps its prefix.

    >>> name_key("Vélcade®"), name_key("atc:L01XG01")
    ('velcade', 'code|atc:l01xg01')
    """
    prefix, colon, local = form.partition(":")
    coded = colon and local and " " not in form and prefix.isalnum() and prefix.islower()
    return code_key(form) if coded and not local.startswith(":") else key(form)


def iri_codes(iri: str) -> tuple[str, ...]:
    """Return what stands for a thing as a code does: its IRI, and of a thing of this graph's namespaces its CURIEs.

    >>> iri_codes("https://w3id.org/rrmm/id/drug/bortezomib")[1:], iri_codes("https://example.org/drug/bortezomib")
    (('drug:bortezomib', 'rrmm:bortezomib'), ('https://example.org/drug/bortezomib',))
    """
    return (iri, ":".join(iri.rsplit("/", 2)[-2:]), f"rrmm:{local_name(iri)}") if iri.startswith(BASE) else (iri,)
