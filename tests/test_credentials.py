"""Credentials are sent as a server asks for them: basic, or a digest by RFC 7616."""

from __future__ import annotations

import hashlib

import pytest

from rrmm.errors import EndpointError
from rrmm.graph import digest, upload
from rrmm.graph.endpoint_errors import PASSWORD, USER
from support.servers import misbehaving, says

TWO = b'<a:a> <a:b> "1" .\n<a:a> <a:b> "2" .\n'


def asks_for(challenge, given):
    """Return the behaviour of a store that wants credentials as a challenge says, and notes what is given."""
    back = says(TWO, kind="application/n-triples")

    def act(handler):
        given.append(handler.headers.get("Authorization"))
        (back if given[-1] or not challenge else says("", 401, WWW_Authenticate=challenge))(handler)

    return act


@pytest.mark.parametrize(
    ("challenge", "scheme"),
    [
        ("", "Basic bWU6c2VjcmV0"),
        ('Digest realm="r", nonce="n", qop="auth", algorithm="MD5"', "Digest "),
        ('Digest realm="r", nonce="n", qop="auth-int,auth", algorithm=MD5-sess', "Digest "),
        ('digest realm="r", nonce="n", algorithm=', "Digest "),
        ('Digest realm="é \\"r\\"", nonce="n", algorithm="sha-256"', 'Digest username="me", realm="é \\"r\\""'),
    ],
)
def test_credentials_are_sent_as_the_server_asks(challenge, scheme, monkeypatch):
    """Digest where it is asked for, basic elsewhere; the password itself is in no digest."""
    given = []
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "secret")
    with misbehaving(asks_for(challenge, given)) as (url, seen):
        assert upload.put(TWO, url, graph="https://example.org/g") == 2
    assert [line.split(" ")[0] for line in seen] == ["HEAD", "PUT", "HEAD", "GET"]
    assert {line.split(" ")[1] for line in seen} == {"/?graph=https%3A%2F%2Fexample.org%2Fg"}
    assert given[1].startswith(scheme)
    assert "secret" not in given[1]


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        ("Digest =,=", "the challenge has no realm and no nonce"),
        ('Digest realm="r"', "the challenge has no nonce"),
        ('Digest realm="r", nonce="n", algorithm=FOO', "the algorithm 'FOO' is not supported; there are MD5, SHA"),
        ('Digest realm="r", nonce="n", qop="auth-int"', "the protection 'auth-int' is not supported"),
    ],
)
def test_a_challenge_that_cannot_be_answered(challenge, said, monkeypatch):
    """It is named with its reason, and neither the graph nor the password is sent."""
    given = []
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "secret")
    with misbehaving(asks_for(challenge, given)) as (url, seen), pytest.raises(EndpointError, match=said) as caught:
        upload.put(TWO, url)
    assert given == [None]
    assert len(seen) == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_standard(algorithm, response):
    """The digests are those of RFC 7616, section 3.9.1."""
    challenge = {
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        "qop": "auth, auth-int",
        "algorithm": algorithm,
    }
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    given = digest.authorize(challenge, ("Mufasa", "Circle of Life"), "GET", "/dir/index.html", cnonce)
    assert f'response="{response}"' in given
    assert f'cnonce="{cnonce}", algorithm={algorithm}, qop=auth, nc=00000001' in given


def test_a_session_hashes_its_nonces_into_the_secret():
    """MD5-sess is what RFC 7616, section 3.4.2, makes of MD5."""

    def md5(text):
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    challenge = {"realm": "r", "nonce": "n", "qop": "auth", "algorithm": "MD5-sess"}
    secret = md5(f"{md5('me:r:secret')}:n:c")
    wanted = md5(f"{secret}:n:00000001:c:auth:{md5('PUT:/g')}")
    assert f'response="{wanted}"' in digest.authorize(challenge, ("me", "secret"), "PUT", "/g", "c")
