# SPDX-License-Identifier: GPL-3.0-or-later
"""The store's pages for machines, under /v1: bytes in, the store's parts do the work, bytes out.

Nobody's body is read beyond its cap, or waited for without end. Whatever goes wrong is a sentence (`Refusal`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from observer_app.central.access import Caller
from observer_app.central.enrolment import redeem, renew
from observer_app.central.store import CentralStore
from observer_app.central.words import NotFound, TooLarge, refusal_of, status_of
from observer_app.errors import BadInput, ObserverError, Unreachable
from observer_app.protocol import (
    MAX_BATCH,
    MAX_JSON,
    PART_SIZE,
    PREFIX,
    Assignments,
    CertificatePage,
    ConsistencyAnswer,
    Done,
    EnrolRequest,
    LoggedStatement,
    Names,
    NoteAnswer,
    ObjectOffer,
    Refusal,
    RenewRequest,
    StatementBatch,
    StatementPage,
    WrapPage,
    as_dict,
    read,
)  # fmt: skip
from observer_app.trust import strict_json

__all__ = ["build_app"]

T = TypeVar("T")
_IDLE_SECONDS = 60.0  # without a byte; a slow line may take its time
_PAGE = 200
_OBJECT = PREFIX + "/objects/{sha256}"
_logger = logging.getLogger("observer.central")


def build_app(store: CentralStore) -> FastAPI:
    """The application over one open store."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages = _Pages(store)
    for method, path, handler in pages.table():
        app.add_api_route(path, handler, methods=[method], response_model=None)
    app.add_exception_handler(ObserverError, _refused)
    app.add_exception_handler(HTTPException, _no_page)
    app.add_exception_handler(Exception, _fault)
    return app


def _answer(message: Any, status: int = 200) -> Response:
    return Response(strict_json.dumps(as_dict(message)), status, media_type="application/json")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ObserverError)
    return _answer(refusal_of(error), status_of(error))


async def _no_page(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    words = "The central store has nothing at this address."
    return _answer(Refusal("not_found", words, "Perhaps one of the two Observers is older."), status)


async def _fault(_request: Request, error: Exception) -> Response:
    _logger.error("a fault of the store's own: %s", type(error).__name__)
    return _answer(
        Refusal("fault", "The central store had a fault of its own.", "Try again later; nothing is lost."), 500
    )


async def _body(request: Request, limit: int) -> bytes:
    """The request's body. Raises TooLarge beyond `limit`, Unreachable when it stops coming."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:18]) > limit:
        raise TooLarge(f"What was sent is too large; at most {limit} bytes are read at once.")
    found = bytearray()
    try:
        async with asyncio.timeout(_IDLE_SECONDS) as patience:
            async for block in request.stream():
                patience.reschedule(asyncio.get_running_loop().time() + _IDLE_SECONDS)
                found += block
                if len(found) > limit:
                    raise TooLarge(f"What was sent is too large; at most {limit} bytes are read at once.")
    except (TimeoutError, ClientDisconnect) as error:
        raise Unreachable("What was being sent stopped coming.") from error
    return bytes(found)


def _path(request: Request) -> str:
    """Path and query exactly as they were sent: what was signed."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    return (raw + (b"?" + query if query else b"")).decode("ascii", "replace")


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise BadInput(f"{name} is not a whole number.")
    return int(text)


class _Pages:
    """One method a page."""

    def __init__(self, store: CentralStore) -> None:
        self._s = store

    def table(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """(method, path, handler)."""
        return [
            ("GET", PREFIX + "/about", self.about),
            ("POST", PREFIX + "/enrol", self.enrol),
            ("POST", PREFIX + "/renew", self.renew),
            ("POST", PREFIX + "/certificates", self.put_certificates),
            ("GET", PREFIX + "/certificates", self.certificates),
            ("POST", PREFIX + "/statements", self.put_statements),
            ("GET", PREFIX + "/statements", self.statements),
            ("GET", PREFIX + "/statements/{record_id}", self.statement),
            ("GET", PREFIX + "/statements/{record_id}/proof", self.proof),
            ("GET", PREFIX + "/checkpoint", self.checkpoint),
            ("GET", PREFIX + "/consistency", self.consistency),
            ("GET", PREFIX + "/time", self.time),
            ("GET", PREFIX + "/devices/{device}", self.device),
            ("POST", PREFIX + "/objects/missing", self.missing),
            ("GET", PREFIX + "/objects", self.objects),
            ("POST", _OBJECT, self.offer),
            ("GET", _OBJECT + "/info", self.info),
            ("GET", _OBJECT, self.object),
            ("PUT", _OBJECT + "/parts/{number}", self.part),
            ("POST", PREFIX + "/wraps", self.put_wraps),
            ("GET", PREFIX + "/wraps", self.wraps),
            ("POST", PREFIX + "/assignments", self.put_assignments),
            ("GET", PREFIX + "/assignments", self.assignments),
            ("POST", PREFIX + "/arrivals", self.put_arrivals),
            ("GET", PREFIX + "/arrivals", self.arrivals),
            ("GET", PREFIX + "/board", self.board),
        ]

    async def _signed(self, request: Request, work: Callable[[Caller, bytes], T], limit: int = 0) -> T:
        """Reads the body, checks who asks, and does `work(caller, body)` beside the server's loop."""
        body = await _body(request, limit)

        def job() -> T:
            caller = self._s.access.caller(request.method, _path(request), body, request.headers)
            return work(caller, body)

        return await run_in_threadpool(job)

    @staticmethod
    def _read(kind: type[T], body: bytes) -> T:
        return read(kind, strict_json.loads(body, limit=MAX_JSON, what="The request"))

    # ---- open to anyone: what proves itself ----

    async def about(self) -> Response:
        return _answer(self._s.about())

    async def checkpoint(self) -> Response:
        return _answer(NoteAnswer(await run_in_threadpool(self._s.log.newest)))

    async def consistency(self, request: Request) -> Response:
        old, new = _number(request, "from"), _number(request, "to")

        def job() -> ConsistencyAnswer:
            note = self._s.log.newest()
            size = new or self._s.log.size
            return ConsistencyAnswer(size, note, tuple(self._s.log.consistency(old, size)))

        return _answer(await run_in_threadpool(job))

    async def time(self, request: Request) -> Response:
        return _answer(NoteAnswer(self._s.signed_time(request.query_params.get("nonce", ""))))

    async def enrol(self, request: Request) -> Response:
        asked = self._read(EnrolRequest, await _body(request, 64 * 1024))
        return _answer(await run_in_threadpool(redeem, self._s, asked))

    async def renew(self, request: Request) -> Response:
        work = lambda who, body: renew(self._s, who, self._read(RenewRequest, body))  # noqa: E731
        return _answer(await self._signed(request, work, 64 * 1024))

    async def put_certificates(self, request: Request) -> Response:
        page = self._read(CertificatePage, await _body(request, MAX_JSON))
        return _answer(Done(await run_in_threadpool(self._s.take_certificates, page.certificates)))

    # ---- certificates, statements ----

    async def certificates(self, request: Request) -> Response:
        after = _number(request, "after")
        return _answer(await self._signed(request, lambda _who, _body: self._s.registry.page(after)))

    async def put_statements(self, request: Request) -> Response:
        def work(_who: Caller, body: bytes) -> Any:
            batch = self._read(StatementBatch, body)
            if len(batch.statements) > MAX_BATCH:
                raise TooLarge(f"At most {MAX_BATCH} statements are taken at once.")
            return self._s.intake.accept(batch.statements)

        return _answer(await self._signed(request, work, MAX_JSON))

    async def statements(self, request: Request) -> Response:
        after, kind = _number(request, "after"), request.query_params.get("type", "")

        def work(who: Caller, _body: bytes) -> StatementPage:
            size = self._s.log.size  # before the question: what is logged meanwhile comes with the next page
            where, params = self._s.access.visible(who)
            rows = self._s.database.rows(
                f"SELECT s.position, s.envelope, r.receipt FROM statement s JOIN receipt r USING (position) "
                f"WHERE s.position >= ? AND s.position < ? AND (? = '' OR s.type = ?) AND {where} "
                f"ORDER BY s.position LIMIT ?",
                (after, size, kind, kind, *params, _PAGE),
            )
            more = len(rows) == _PAGE
            found = tuple(LoggedStatement(int(r[0]), bytes(r[1]), bytes(r[2])) for r in rows)
            return StatementPage(found, int(rows[-1][0]) + 1 if more else max(after, size), more)

        return _answer(await self._signed(request, work))

    async def statement(self, request: Request, record_id: str) -> Response:
        return _answer(await self._signed(request, lambda who, _body: self._one(who, record_id)))

    async def proof(self, request: Request, record_id: str) -> Response:
        def work(who: Caller, _body: bytes) -> LoggedStatement:
            found = self._one(who, record_id)
            with self._s.database.transaction():
                fresh = self._s.log.receipt(found.position, self._s.log.newest())
            return LoggedStatement(found.position, found.envelope, fresh)

        return _answer(await self._signed(request, work))

    def _one(self, who: Caller, record_id: str) -> LoggedStatement:
        row = self._s.database.one(
            "SELECT s.position, s.envelope, r.receipt FROM statement s JOIN receipt r USING (position) "
            "WHERE s.record_id = ?",
            (record_id,),
        )
        if row is None or not self._s.access.may_see_statement(who, record_id):
            raise NotFound("There is no such statement here for this machine.")
        return LoggedStatement(int(row[0]), bytes(row[1]), bytes(row[2]))

    async def device(self, request: Request, device: str) -> Response:
        def work(who: Caller, _body: bytes) -> Any:
            if who.device.subject != device and who.manages is None:
                raise NotFound("There is no such machine here for this one.")
            return self._s.intake.state(device)

        return _answer(await self._signed(request, work))

    # ---- objects ----

    async def missing(self, request: Request) -> Response:
        def work(_who: Caller, body: bytes) -> Names:
            return Names(self._s.holdings.missing(self._read(Names, body).names))

        return _answer(await self._signed(request, work, MAX_JSON))

    async def objects(self, request: Request) -> Response:
        about, after = request.query_params.get("about", ""), _number(request, "after")
        if about:
            return _answer(await self._signed(request, lambda who, _body: self._s.holdings.about(who, about)))
        return _answer(await self._signed(request, lambda who, _body: self._s.holdings.page(who, after)))

    async def offer(self, request: Request, sha256: str) -> Response:
        def work(who: Caller, body: bytes) -> Any:
            asked = self._read(ObjectOffer, body)
            if asked.sha256 != sha256:
                raise BadInput("The object offered is not the one named in the address.")
            return self._s.holdings.offer(who, asked)

        return _answer(await self._signed(request, work, MAX_JSON))

    async def part(self, request: Request, sha256: str, number: str) -> Response:
        if not (number.isascii() and number.isdigit()) or len(number) > 6:
            raise BadInput("A part's number is not a whole number.")
        place = int(number)
        work = lambda _who, body: self._s.holdings.part(sha256, place, body)  # noqa: E731
        return _answer(await self._signed(request, work, PART_SIZE))

    async def info(self, request: Request, sha256: str) -> Response:
        return _answer(await self._signed(request, lambda who, _body: self._s.holdings.info(who, sha256)))

    async def object(self, request: Request, sha256: str) -> Response:
        path = await self._signed(request, lambda who, _body: self._s.holdings.fetch(who, sha256))
        return FileResponse(path, media_type="application/octet-stream")

    # ---- wraps, assignments, board ----

    async def put_wraps(self, request: Request) -> Response:
        work = lambda who, body: Done(self._s.handover.put_wraps(who, self._read(WrapPage, body).wraps))  # noqa: E731
        return _answer(await self._signed(request, work, MAX_JSON))

    async def wraps(self, request: Request) -> Response:
        after = _number(request, "after")
        return _answer(await self._signed(request, lambda who, _body: self._s.handover.wraps(who, after)))

    async def put_assignments(self, request: Request) -> Response:
        def work(who: Caller, body: bytes) -> Done:
            return Done(self._s.handover.assign(who, self._read(Assignments, body).assignments))

        return _answer(await self._signed(request, work, MAX_JSON))

    async def assignments(self, request: Request) -> Response:
        return _answer(await self._signed(request, lambda who, _body: self._s.handover.assignments(who)))

    async def put_arrivals(self, request: Request) -> Response:
        def work(who: Caller, body: bytes) -> Names:
            return Names(self._s.handover.arrived(who, self._read(Names, body).names))

        return _answer(await self._signed(request, work, MAX_JSON))

    async def arrivals(self, request: Request) -> Response:
        after = _number(request, "after")
        return _answer(await self._signed(request, lambda who, _body: self._s.handover.arrivals(who, after)))

    async def board(self, request: Request) -> Response:
        day = request.query_params.get("day", "")
        return _answer(await self._signed(request, lambda who, _body: self._s.handover.board(who, day)))
