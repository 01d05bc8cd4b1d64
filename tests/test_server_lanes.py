"""Lanes: who may work at once, and who is told to ask again."""

from __future__ import annotations

import asyncio
import gzip
import threading
from types import SimpleNamespace
from typing import ClassVar

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rrmm.errors import RrmmError
from rrmm.server import answers, api, hooks, lanes, linked, patients
from rrmm.server.kept import Cache
from rrmm.server.lanes import client_of
from rrmm.server.service import Bounds, Service


def asked(host, receive=None):
    """Return a request of a client that waits, or does what `receive` says."""

    async def wait():
        await asyncio.Event().wait()

    return Request({"type": "http", "client": (host, 1), "headers": []}, receive or wait)


def test_a_client_has_a_share_and_the_others_theirs(monkeypatch):
    """Who asks too much at once gets 429, after a while; another client is answered until all places are taken."""
    monkeypatch.setattr(lanes, "REFUSED_AFTER", 0)

    async def ask():
        lane = lanes.Lane(1, 8, 5, 1)
        places = [await lane.enter(asked("one")) for _ in range(2)]
        with pytest.raises(HTTPException) as refused:
            await lane.enter(asked("one"))
        assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "2"})
        places += [await lane.enter(asked(f"other {number}")) for number in range(6)]
        with pytest.raises(HTTPException) as full:
            await lane.enter(asked("another"))
        assert full.value.status_code == 503
        places.pop(0)()
        await lane.enter(asked("another"))

    asyncio.run(ask())


def test_who_is_refused_and_leaves_is_not_waited_for(monkeypatch):
    """The refusal of a client that has gone takes up no time: who comes and goes leaves nothing behind."""
    monkeypatch.setattr(lanes, "REFUSED_AFTER", 3600)

    async def leave():
        return {"type": "http.disconnect"}

    async def ask():
        lane = lanes.Lane(1, 4, 5, 1)
        await lane.enter(asked("one"))
        with pytest.raises(HTTPException):
            await lane.enter(asked("one", leave))

    asyncio.run(ask())


def test_the_bodies_that_are_sent_take_bounded_memory():
    """One client has a quarter, all together have what there is, and what is dropped is free again."""
    bodies = lanes.Bodies(80)
    for number in range(4):
        bodies.hold(f"client {number}", 19)
    for client, size, status in (("client 0", 2, 429), ("another", 5, 503)):
        with pytest.raises(HTTPException) as refused:
            bodies.hold(client, size)
        assert (refused.value.status_code, refused.value.headers["Connection"]) == (status, "close")
        bodies.drop(client, size)
    bodies.drop("client 1", 19)
    bodies.hold("another", 20)


def test_a_client_that_waits_for_itself_keeps_no_other_waiting():
    """A client with all its threads taken waits, and the thread that is left answers who comes after it."""
    many, one = (Request({"type": "http", "client": (host, 1), "headers": []}) for host in ("many", "one"))
    held = threading.Event()

    async def ask():
        lane = lanes.Lane(2, 8, 5, 1)
        waiting = [asyncio.create_task(lane.work(many, held.wait)) for _ in range(2)]
        assert await lane.work(one, lambda: "answered") == "answered"
        assert not any(task.done() for task in waiting)
        held.set()
        assert await asyncio.gather(*waiting) == [True, True]

    asyncio.run(ask())


class Counting(Service):
    """What writes documents of a service, without its graph."""

    def __init__(self):
        self.pages, self.documents, self.written = lanes.Lane(2, 8, 5, 1), Cache(2**20), []


def test_a_document_is_written_and_compressed_once():
    """Whoever asks next is sent the same bytes, without a thread; each encoding is kept for itself."""
    service, held = Counting(), threading.Event()

    def write():
        service.written.append(1)
        return b"page " * 1000

    async def ask(encoding, host="one"):
        headers = [(b"accept-encoding", encoding)]
        request = Request({"type": "http", "client": (host, 1), "headers": headers})
        return await service.write(request, service.pages, "text/html", write, "index.html")

    async def ask_all():
        first = [await ask(encoding) for encoding in (b"", b"gzip")]
        others = [Request({"type": "http", "client": (host, 1), "headers": []}) for host in ("two", "three")]
        busy = [asyncio.create_task(service.pages.work(one, held.wait)) for one in others]
        await asyncio.wait(busy, timeout=0)
        again = [await ask(encoding) for encoding in (b"gzip", b"")]
        held.set()
        await asyncio.gather(*busy)
        return first, again

    (plain, compressed), again = asyncio.run(ask_all())
    assert len(service.written) == 1
    assert again == [compressed, plain]
    assert gzip.decompress(compressed.body) == plain.body
    assert (plain.tag, plain.encoding, compressed.encoding) == (compressed.tag, "", "gzip")


class Entities(set):
    """Things of one kind, none of which is the one that is asked for."""

    kinds: ClassVar = {"drug": ["https://w3id.org/rrmm/id/drug/bortezomib"]}


@pytest.mark.parametrize("path", ["/api/show", "/id/drug/bortezomip", "/id/drug/bortezomip.ttl"])
def test_near_names_are_looked_for_in_a_lane(monkeypatch, path):
    """Who asks for what is not there keeps nobody waiting: the names are compared in a thread of pages."""
    threads = []

    def find(*_):
        threads.append(threading.current_thread())
        raise HTTPException(404, "There is none.")

    monkeypatch.setattr(linked, "nearest", find)
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"name=x", "headers": []}
    sent = []

    async def send(message):
        sent.append(message)

    async def ask():
        app = Starlette(routes=[*api.ROUTES, *linked.ROUTES])
        index = SimpleNamespace(names=SimpleNamespace(find=find))
        app.state.service = SimpleNamespace(pages=lanes.Lane(1, 8, 5, 1), index=index, entities=Entities())
        await app(scope, None, send)
        threads.append(threading.current_thread())

    asyncio.run(ask())
    assert sent[0]["status"] == 404
    assert len(set(threads)) == 2


GLANCE, INTAKE = ("/api/glance", "", b'{"age": 70}'), ("/api/intake", "from=fhir", b'{"resourceType": "Patient"}')
HOOK = b'{"hook":"patient-view","hookInstance":"x","context":{"userId":"u","patientId":"p"},"prefetch":{}}'
LONG = b"age: 70\ntitle: " + b"x" * 10_000


@pytest.mark.parametrize(
    ("busy", "asked", "status"),
    [
        ("records", GLANCE, 200),
        ("records", ("/api/read", "", b"age: 70"), 200),
        ("reports", INTAKE, 200),
        ("reports", ("/cds-services/rrmm-options", "", HOOK), 412),
        ("reports", ("/api/read", "", LONG), 200),
        ("records", INTAKE, 503),
        ("reports", GLANCE, 503),
    ],
)
def test_records_and_patients_do_not_wait_for_each_other(kg, busy, asked, status):
    """With every thread for records taken a patient is answered, and the other way round."""
    path, query, body = asked
    kind = b"application/yaml" if path == "/api/read" else b"application/json"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode(), "client": ("one", 1)}
    scope["headers"] = [(b"content-type", kind)]
    held, sent = threading.Event(), []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    async def ask():
        service = SimpleNamespace(graph=kg, bounds=Bounds(), bodies=lanes.Bodies(2**20), address="http://x")
        service.reports, service.records = lanes.Lane(1, 8, 0, 1), lanes.Lane(1, 8, 0, 1)
        handlers = {RrmmError: answers.report_error}
        app = Starlette(routes=[*patients.ROUTES, *hooks.ROUTES], exception_handlers=handlers)
        app.state.service = service
        other = Request({"type": "http", "client": ("other", 1), "headers": []})
        holding = asyncio.create_task(getattr(service, busy).work(other, held.wait))
        await asyncio.wait([holding], timeout=0)
        await app(scope, receive, send)
        held.set()
        await holding

    asyncio.run(ask())
    assert sent[0]["status"] == status


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_client_is_an_address_or_a_subnet(host, client):
    """Clients of IPv4 that come by a socket of IPv6 are told apart."""
    assert client_of(Request({"type": "http", "client": (host, 1)})) == client
