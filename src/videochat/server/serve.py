"""Runs the server: binds, starts, tells where to open the browser, and stops in good order."""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, TextIO

import structlog
import uvicorn
from msgspec import Struct

from videochat import __version__
from videochat.core.errors import VideoChatError
from videochat.server import logs, tls
from videochat.server.bootstrap import Application, build, open_data_dir
from videochat.server.http import PromptRequests
from videochat.server.lock import only_server
from videochat.server.record import Record, write_record
from videochat.server.settings import Settings, unknown_variables

_BACKLOG: Final = 2048
_KEEP_ALIVE_SECONDS: Final = 75
"""Longer than nginx keeps an idle connection to a server (60 s): else a proxy, or any client that reuses connections, would at times send
a request just when we close."""
_log: Final = structlog.stdlib.get_logger("videochat.server")


class ServeError(VideoChatError):
    """The server cannot start; the text says why, for the operator."""


class Tls(Struct, frozen=True):
    """What the server needs to speak TLS."""

    cert: str
    key: str
    own: tls.Certificate | None = None
    """Set when we made it."""


def serve(settings: Settings, out: TextIO | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then stops in good order. A second SIGINT stops at once.

    :param out: where the address and the like are printed; by default standard output.
    :raises ServeError: the server cannot start.
    """
    out = out if out is not None else sys.stdout
    logs.configure(settings.log_level, settings.log_format)
    for name in unknown_variables(os.environ):
        _log.warning("unknown_setting", variable=name)
    _raise_file_limit()
    open_data_dir(settings)
    with ExitStack() as stack:
        stack.enter_context(only_server(settings.data))
        sockets = bind(settings.listen_host, settings.port)
        stack.callback(_close, sockets)
        addresses = tls.local_addresses()
        settings = settings.resolved(sockets[0].getsockname()[1], addresses[0] if addresses else None)
        tls_files = _tls(settings, addresses)
        application = build(settings, own_hosts=[*addresses, socket.gethostname()])
        stack.callback(application.close)
        write_record(settings.data, Record(settings.base_url, settings.database))
        _run(application, sockets, tls_files, lambda: announce(application, tls_files, addresses, out))


def bind(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for every address of ``host`` (an empty string: all addresses of the machine), on one port.

    :param port: 0 takes any that is free.
    :raises ServeError: with the reason in words.
    """
    try:
        infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ServeError(f"The host “{host}” is not known: {error.strerror}.") from error
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    # IPv4 first: where IPv6 is switched off, its addresses are still listed.
    for family, _, _, _, address in sorted(set(infos), key=lambda info: info[0] != socket.AF_INET):
        try:
            sockets.append(_listen(family, (address[0], port, *address[2:])))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                failure = error
                continue
            _close(sockets)
            raise ServeError(_bind_failure(error, host, port)) from error
        port = sockets[0].getsockname()[1]
    if not sockets:
        raise ServeError(_bind_failure(failure, host, port)) from failure
    return sockets


def _listen(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _bind_failure(error: OSError | None, host: str, port: int) -> str:
    where = f"port {port}" + (f" of {host}" if host else "")
    match error.errno if error else None:
        case errno.EADDRINUSE:
            return f"{where[0].upper()}{where[1:]} is in use. Stop what runs there, or choose another with --port."
        case errno.EACCES:
            return f"There is no permission to listen on {where}. Choose one from 1024 upwards with --port."
        case _:
            return f"The server cannot listen on {where}: {error.strerror if error else 'no address'}."


def _raise_file_limit() -> None:
    """Every socket is an open file; the usual soft limit of 1,024 is meant for programs that poll with select()."""
    if sys.platform == "win32":
        return
    import resource  # there is none for Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS says “unlimited” and means less
        _log.warning("file_limit", files=soft)


def _tls(settings: Settings, addresses: list[str]) -> Tls | None:
    if settings.https:
        own = tls.ensure_certificate(settings.data / "tls", addresses, socket.gethostname(), tls.utc_now())
        return Tls(str(own.cert), str(own.key), own)
    if settings.tls_cert is not None:
        return Tls(str(settings.tls_cert), str(settings.tls_key))
    return None


def announce(application: Application, tls_files: Tls | None, addresses: list[str], out: TextIO) -> None:
    """Prints where to open the browser and what an operator should know."""
    settings = application.settings
    lines = [
        f"Video Chat {__version__}",
        f"  Open      {settings.base_url}",
        f"  Data      {settings.data}",
        f"  Sign-up   {_SIGN_UP[settings.sign_up]}",
    ]
    if tls_files is not None and tls_files.own is not None:
        everywhere = not settings.listen_host
        for address in addresses if everywhere else ():
            host = f"[{address}]" if ":" in address else address
            if f"//{host}:" not in settings.base_url:
                lines.append(
                    f"  Also      https://{host}:{settings.port} (sends browsers to the address above)"
                )
        lines += [
            "  Browsers warn once per device that they do not know the certificate: it was made on this machine.",
            "  Choose “Advanced”, then continue. To be sure, compare its SHA-256 fingerprint:",
            f"  {tls_files.own.fingerprint}",
        ]
    elif settings.base_url.startswith("http://") and not _is_local(settings.base_url):
        lines.append(
            "  Note      browsers open camera and microphone on https or localhost only: see --https."
        )
    if not application.web.built:
        lines.append(
            "  Note      the web app has not been built: there are no pages to show (make run builds them)."
        )
    print("\n".join(lines), file=out, flush=True)


_SIGN_UP: Final = {
    "open": "open: whoever reaches the address can create an account",
    "closed": "closed: accounts are made with “videochat users add”",
    "invitation": "by invitation: “videochat invite” makes a code",
}


def _is_local(url: str) -> bool:
    return url.split("//", 1)[1].startswith(("localhost", "127.", "[::1]"))


def _run(
    application: Application, sockets: list[socket.socket], tls_files: Tls | None, started: Callable[[], None]
) -> None:
    settings = application.settings
    config = uvicorn.Config(
        application.app,
        http=PromptRequests,
        ws=application.sockets.protocol_class,
        # Our own log has a line per request: uvicorn's would show the query, which may hold a ticket.
        access_log=False,
        log_config=None,
        lifespan="on",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        reset_contextvars=True,
        ssl_certfile=tls_files.cert if tls_files else None,
        ssl_keyfile=tls_files.key if tls_files else None,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise ServeError(f"Certificate and key cannot be used: {error}.") from error
    server = _Server(config, started)
    if sys.platform == "win32":
        asyncio.run(server.serve(sockets))
    else:
        import uvloop  # there is none for Windows

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets))
    if not server.started:
        raise ServeError("The server could not start; the log says why.")


class _Server(uvicorn.Server):
    """Uvicorn, except that a signal asked for ends in a normal exit: it is not raised again after the stop."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        stopping = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self.handle_exit) for each in stopping}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()
