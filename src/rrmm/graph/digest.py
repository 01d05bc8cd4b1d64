"""Digest authentication (RFC 7616): the answer to a server's challenge, which urllib gives for two algorithms alone.

It has neither ``auth-int``, which digests the body too, nor hashed names of users.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from urllib.request import parse_http_list as parse_list

HASHES = {"MD5": "md5", "SHA": "sha1", "SHA-256": "sha256"}
SESSION = "-SESS"


def read_challenge(header: str) -> dict[str, str] | None:
    """Return the fields of a WWW-Authenticate header by name in lower case; None where it asks for another scheme.

    >>> read_challenge('Digest realm="a, b", nonce=n, =,='), read_challenge('Basic realm="r"')
    ({'realm': 'a, b', 'nonce': 'n'}, None)
    """
    scheme, _, details = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    pairs = (part.partition("=") for part in parse_list(details))
    return {key.strip().lower(): _unquote(value.strip()) for key, _, value in pairs if key.strip()}


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def authorize(challenge: Mapping[str, str], known: tuple[str, str], method: str, uri: str, cnonce: str = "") -> str:
    """Return the Authorization header for a challenge, as text in Latin-1, which is how headers are sent.

    `known` are user and password, `uri` the path with its query. Raises ValueError, with the reason, for a challenge
    that is malformed or asks for what is not supported.
    """
    if missing := [name for name in ("realm", "nonce") if not challenge.get(name)]:
        raise ValueError(f"the challenge has no {' and no '.join(missing)}")
    algorithm = challenge.get("algorithm") or "MD5"
    name = algorithm.upper().removesuffix(SESSION)
    if name not in HASHES:
        raise ValueError(f"the algorithm {algorithm[:60]!r} is not supported; there are {', '.join(HASHES)}")
    offered = [part.strip().lower() for part in challenge.get("qop", "").split(",") if part.strip()]
    if offered and "auth" not in offered:
        raise ValueError(f"the protection {challenge['qop'][:60]!r} is not supported; there is auth")

    def digest(*parts: str) -> str:
        return hashlib.new(HASHES[name], ":".join(parts).encode("latin-1"), usedforsecurity=False).hexdigest()

    user, password = (part.encode().decode("latin-1") for part in known)
    realm, nonce, count = challenge["realm"], challenge["nonce"], "00000001"
    cnonce = cnonce or secrets.token_hex(16)
    secret = digest(user, realm, password)
    if algorithm.upper().endswith(SESSION):
        secret = digest(secret, nonce, cnonce)
    protection = (count, cnonce, "auth") if offered else ()
    quoted = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    quoted["response"] = digest(secret, nonce, *protection, digest(method, uri))
    quoted |= {"opaque": challenge["opaque"]} if "opaque" in challenge else {}
    quoted |= {"cnonce": cnonce} if offered or algorithm.upper().endswith(SESSION) else {}
    plain = {"algorithm": algorithm} | ({"qop": "auth", "nc": count} if offered else {})
    fields = [f'{key}="{_escape(value)}"' for key, value in quoted.items()]
    return "Digest " + ", ".join([*fields, *(f"{key}={value}" for key, value in plain.items())])


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
