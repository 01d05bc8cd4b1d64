"""What spares a client: tags and 304, compression, and leave for a page elsewhere to ask."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
from urllib.parse import quote

import pytest

RESULTS = f"/sparql?query={quote('CONSTRUCT WHERE { ?s a ?o }')}"
PATHS = [
    "/",
    "/api/version",
    "/api/queries/hazard-ratios",
    "/openapi.json",
    "/static/site.css",
    RESULTS,
    "/sparql",
    "/.well-known/void",
]
JSON = "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_the_client_has_is_not_sent_again(served, path):
    """The tag of an answer brings 304 without a body, another tag the answer."""
    reply = served.ask(path)
    named = {"If_None_Match": f'"other", {reply.headers["etag"]}'}
    again = served.ask(path, **named)
    assert (reply.status, again.status, again.body) == (200, 304, b"")
    assert again.headers["etag"] == reply.headers["etag"]
    assert served.ask(path, "HEAD", **named).status == 304
    assert served.ask(path, If_None_Match='"other"').body == reply.body


def test_forms_and_parameters_have_tags_of_their_own(served):
    """A tag names one form of one answer."""
    path = "/api/queries/hazard-ratios"
    tags = [served.ask(path, Accept=accept).headers["etag"] for accept in ("text/csv", JSON)]
    tags.append(served.ask(f"{path}?population={quote('del(17p)')}", Accept=JSON).headers["etag"])
    assert len(set(tags)) == 3
    assert served.ask(path, Accept=JSON, If_None_Match=tags[0]).status == 200


def test_only_what_succeeds_by_get_has_a_tag(served):
    """An error, a redirect and the answer for a patient have none, and the last may not be stored."""
    patient = served.ask("/api/regimens", "POST", b"{}", Content_Type=JSON, If_None_Match="*")
    replies = [served.ask("/nothing"), served.ask("/id/drug/bortezomib"), patient]
    assert [reply.status for reply in replies] == [404, 303, 200]
    assert not any("etag" in reply.headers for reply in replies)
    assert patient.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/api/queries", RESULTS])
def test_long_answers_are_compressed_where_the_client_takes_it(served, path):
    """The bytes are fewer, the content and its tag the same."""
    reply, compressed = served.ask(path), served.ask(path, Accept_Encoding="br;q=0.5, gzip")
    assert compressed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in compressed.headers["vary"]
    assert len(compressed.body) < len(reply.body) / 2
    assert gzip.decompress(compressed.body) == reply.body
    assert compressed.headers["etag"] == reply.headers["etag"]


def test_the_tag_of_a_file_is_weak(served):
    """It names the file as it is and compressed alike, so none may join parts of the two by it."""
    reply, compressed = (served.ask("/static/site.css", Accept_Encoding=encoding) for encoding in ("", "gzip"))
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.headers["etag"] == reply.headers["etag"]
    assert reply.headers["etag"].startswith('W/"')
    assert served.ask("/static/site.css", If_None_Match=reply.headers["etag"]).status == 304
    part = served.ask("/static/site.css", Range="bytes=1-9", If_Range=reply.headers["etag"])
    assert (part.status, part.body) == (200, reply.body)


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("path", ["/", "/static/site.css", "/static/icon.svg"])
def test_head_has_the_headers_of_get(served, path, encoding):
    """The client learns what it would get, and gets no body; a range is of GET alone."""
    whole = served.ask(path, Accept_Encoding=encoding)
    for more in ({}, {"Range": "bytes=0-1"}):
        head = served.ask(path, "HEAD", Accept_Encoding=encoding, **more)
        assert (head.status, head.body) == (200, b"")
        for name in ("vary", "content-encoding", "content-length", "content-type", "etag", "last-modified"):
            assert head.headers.get(name) == whole.headers.get(name), name


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ("bytes=9-1", 400, "malformed"),
        ("bytes=", 400, "malformed"),
        ("bytes", 400, "malformed"),
        ("bytes=99999999-", 416, "outside the file"),
        ("bytes=1-9", 206, None),
        ("lines=1-2", 200, None),
        ("lines", 200, None),
    ],
)
def test_parts_of_a_file(served, wanted, status, said):
    """A bad range is refused as any error, and one of unknown units ignored."""
    whole, reply = served.ask("/static/site.css"), served.ask("/static/site.css", Range=wanted)
    assert reply.status == status
    if said:
        assert reply.kind == "application/problem+json"
        assert said in json.loads(reply.body)["detail"]
        assert reply.headers.get("content-range") == (f"bytes */{len(whole.body)}" if status == 416 else None)
    else:
        assert reply.body == (whole.body if status == 200 else whole.body[1:10])


def test_the_whole_graph_is_compressed_once(served):
    """It is kept compressed for all who ask, as the same graph, with the same tag."""
    replies = [served.ask("/store?default", Accept="text/turtle", Accept_Encoding=name) for name in ("", "gzip")]
    assert gzip.decompress(replies[1].body) == replies[0].body
    assert replies[0].headers["etag"] == replies[1].headers["etag"]
    assert "Accept-Encoding" in replies[1].headers["vary"]


def test_short_answers_are_not_compressed(served):
    """What fits a packet is sent as it is."""
    reply = served.ask("/api/health", Accept_Encoding="gzip")
    assert "content-encoding" not in reply.headers
    assert json.loads(reply.body)["status"] == "ok"


def test_a_page_elsewhere_may_ask_with_a_token(served):
    """The preflight of a browser allows a patient to be sent with Authorization, without credentials of the browser."""
    reply = served.ask(
        "/api/regimens",
        "OPTIONS",
        Origin="https://ehr.example.org",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization, content-type, if-none-match",
    )
    allowed = {name.strip().lower() for name in reply.headers["access-control-allow-headers"].split(",")}
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "*")
    assert {"authorization", "content-type", "if-none-match"} <= allowed
    assert "access-control-allow-credentials" not in reply.headers


def test_the_lines_of_a_header_are_one_list(served):
    """RFC 9110, section 5.3: what stands in a second line counts like what stands behind a comma."""
    tag = served.ask("/api/version").headers["etag"]
    for path, lines, status in (
        ("/sparql?query=ASK%7B%7D", {"Accept": ("image/png", "text/csv")}, 200),
        ("/sparql?query=ASK%7B%7D", {"Accept": ("image/png", "image/gif")}, 406),
        ("/api/version", {"If-None-Match": ('"another"', tag)}, 304),
        ("/api/version", {"If-None-Match": ('"another"', '"third"')}, 200),
    ):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)) as connection:
            connection.putrequest("GET", path)
            for name, values in lines.items():
                for value in values:
                    connection.putheader(name, value)
            connection.endheaders()
            assert connection.getresponse().status == status, lines


def test_an_error_that_a_form_is_chosen_for_says_so(served):
    """A cache keeps the page for people apart from the problem document."""
    for accept in ("text/html", "application/json"):
        reply = served.ask("/nothing", Accept=accept)
        assert (reply.status, "Accept" in re.split(", *", reply.headers["vary"])) == (404, True)
    assert "Accept," not in served.ask("/api/nothing").headers.get("vary", "") + ","
