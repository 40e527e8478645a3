# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the store: `observer central serve`, and a store in the background for a centre, a trial or the demo."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from observer_app.central.app import build_app
from observer_app.central.store import CentralStore, is_set_up, set_up_sample
from observer_app.errors import BadInput, EnvironmentFault
from observer_app.trust.checkpoints import LogKey

__all__ = ["RunningCentral", "run_server", "start_in_background"]

DEFAULT_LISTEN = "127.0.0.1:8440"
_START_S = 30.0


@dataclass(frozen=True)
class RunningCentral:
    """A store that answers at `url`. `log` is its log's name and public key."""

    url: str
    log: LogKey
    store: CentralStore
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Finishes what is being answered and closes the store; may be called again."""
        self._server.should_exit = True
        self._thread.join(timeout=_START_S)
        self.store.close()


def _refuse_elsewhere(database: str | None, objects: str | None) -> None:
    """This build keeps everything in its folder."""
    if database is not None and not database.startswith("sqlite:"):
        raise BadInput(
            "This build stores on SQLite and files; it cannot use another database yet.", advice="Leave out --database."
        )
    if objects is not None and not objects.startswith("file:"):
        raise BadInput(
            "This build stores on SQLite and files; it cannot use object storage yet.", advice="Leave out --objects."
        )
    if database is not None or objects is not None:
        raise BadInput("The store keeps everything in its --data folder.", advice="Leave out --database and --objects.")


def _bind(listen: str) -> socket.socket:
    """A socket listening at HOST:PORT (port 0: any that is free). Raises BadInput, EnvironmentFault."""
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise BadInput(f"{listen} is not an address to listen at.", advice="Write it as 127.0.0.1:8440.")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, proto)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(128)  # from now on a connection waits instead of being refused
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise EnvironmentFault(
            f"The store cannot listen at {listen}.",
            advice="Another program may be using it: choose another port with --listen.",
        ) from error
    return found


def _url(bound: socket.socket, secure: bool) -> str:
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{port}"


def _server(store: CentralStore, certificate: Path | None = None, key: Path | None = None) -> uvicorn.Server:
    config = uvicorn.Config(
        build_app(store),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=500,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=20,
        ssl_certfile=str(certificate) if certificate else None,
        ssl_keyfile=str(key) if key else None,
    )
    return uvicorn.Server(config)


def open_store(data: Path) -> tuple[CentralStore, bool]:
    """The store in `data`, and whether it was set up just now: an empty folder becomes a store of the sample
    programme, which takes nothing real. Raises EnvironmentFault and the store's own errors."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        fresh = not is_set_up(data) and not any(data.iterdir())
    except OSError as error:
        raise EnvironmentFault("The store's folder cannot be used.", advice="Check the disk and the rights.") from error
    if fresh:
        set_up_sample(data)
    return CentralStore(data), fresh


def run_server(
    data: Path,
    listen: str = DEFAULT_LISTEN,
    database: str | None = None,
    objects: str | None = None,
    *,
    as_json: bool = False,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
) -> int:
    """Serves until it is told to stop (SIGINT, SIGTERM); 0. Prints one line with the address actually bound.

    Raises BadInput, EnvironmentFault, IntegrityBroken before it serves.
    """
    _refuse_elsewhere(database, objects)
    store, fresh = open_store(data)
    with contextlib.closing(store), contextlib.closing(_bind(listen)) as bound:
        about = store.about()
        url = _url(bound, tls_certificate is not None)
        if as_json:
            line = {"url": url, "programme": about.programme, "sample": about.sample, "log": store.log.public.verifier}
            print(json.dumps(line), flush=True)
        else:
            if fresh:
                print("The folder was empty: this is now a store for samples. It takes nothing real. For results set")
                print("up an empty folder first: observer central enrol programme --data DIR --programme NAME")
            kind = "samples only" if about.sample else "results"
            print(f"The central store of {about.programme} ({kind}) answers at {url}. Stop it with Ctrl+C.", flush=True)
        # The server passes a signal on once it has stopped well; by then it is no reason to die of it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            _server(store, tls_certificate, tls_key).run(sockets=[bound])
    if not as_json:
        print("The central store has stopped.", file=sys.stderr)
    return 0


def start_in_background(data: Path, port: int = 0, *, host: str = "127.0.0.1") -> RunningCentral:
    """A store in this process, answering on loopback. Raises as `run_server`."""
    store, _ = open_store(data)
    bound = _bind(f"{host}:{port}")
    server = _server(store)

    def serve() -> None:
        with contextlib.closing(bound):
            server.run(sockets=[bound])

    thread = threading.Thread(target=serve, name="central", daemon=True)
    url = _url(bound, False)
    thread.start()
    return RunningCentral(url, store.log.public, store, server, thread)
