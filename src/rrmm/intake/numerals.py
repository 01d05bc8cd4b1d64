"""Numbers as people write them: a decimal point or comma, thousands in groups; what could be either is none."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
AMBIGUOUS = re.compile(r"\s*[<>≤≥~=]*\s*[+-]?[1-9]\d{0,2},\d{3}(?![\d.,])")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+|(?:,\d{3}){2,}|(?:\.\d{3}){2,})")


def read_number(text: str) -> float | None:
    """Return a number, None for what is none or could be two: 1,200 is a thousand to some and about one to others.

    >>> read_number("1.5"), read_number("1,5"), read_number("0,125"), read_number("1,200.5"), read_number("1,200")
    (1.5, 1.5, 0.125, 1200.5, None)
    """
    text = text.strip()
    if PLAIN.fullmatch(text):
        return float(text)
    if DECIMAL_COMMA.fullmatch(text) and not AMBIGUOUS.fullmatch(text):
        return float(text.replace(",", "."))
    if GROUPED.fullmatch(text):
        last = max(text.rfind(","), text.rfind("."))
        single = text.count(text[last]) == 1
        digits = text[:last].replace(",", "").replace(".", "")
        return float(f"{digits}.{text[last + 1 :]}" if single else digits + text[last + 1 :])
    return None
