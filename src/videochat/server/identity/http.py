"""What endpoints and pages share: reading parameters, crossing over into threads, reading and writing cookies."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlencode

from anyio import CapacityLimiter, to_thread
from litestar import Request
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException, HTTPException

from videochat.identity import ProviderSettings
from videochat.identity.secrets import SECRET_BYTES, Signer, new_secret

AnyRequest = Request[Any, Any, Any]
Pairs = list[tuple[str, str]]

P = ParamSpec("P")
T = TypeVar("T")

MAX_BODY_BYTES: Final = 16_384
MAX_FIELDS: Final = 40

_FORM: Final = "application/x-www-form-urlencoded"
_SECRET_LENGTH: Final = -(-SECRET_BYTES * 4 // 3)
_DEVICE_LIFETIME: Final = 180 * 86_400
"""Seconds."""


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs what waits for the database in a worker thread."""
    return await to_thread.run_sync(partial(function, *args, **kwargs))


class Busy(HTTPException):
    """Too many people are waiting for their passwords to be checked."""

    status_code = 503


class PasswordQueue:
    """Runs what hashes passwords, few at a time: each takes 64 MiB and a processor.

    :param concurrency: how many at once.
    :param waiting: how many may wait; more are sent away.
    """

    def __init__(self, concurrency: int, waiting: int = 64) -> None:
        self._limiter = CapacityLimiter(concurrency)
        self._limit = waiting

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._limiter.statistics().tasks_waiting

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs ``function`` in a worker thread when its turn comes.

        :raises Busy:
        """
        if self.waiting >= self._limit:
            raise Busy(detail="Too many people are signing in at this moment.")
        return await to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._limiter)


def query_pairs(request: AnyRequest) -> Pairs:
    """The query's parameters, in order.

    :raises ClientException: there are too many.
    """
    return _parse(request.scope["query_string"])


async def form_pairs(request: AnyRequest) -> Pairs:
    """The form's fields, in order.

    :raises ClientException: the body is no form, or has too many fields.
    """
    if request.content_type[0] != _FORM:
        raise HTTPException(status_code=415, detail=f"Send {_FORM}.")
    return _parse(await request.body())


def query_string(pairs: Pairs) -> str:
    """``pairs`` as the end of a URL: empty, or with a question mark at the start."""
    return f"?{urlencode(pairs)}" if pairs else ""


def client_address(request: AnyRequest) -> str:
    """The address of who is asking; behind a proxy it is for the server (uvicorn's ``proxy_headers``) to know it."""
    return request.client.host if request.client else "unknown"


def _parse(data: bytes) -> Pairs:
    try:
        # Bytes that are no UTF-8 become U+FFFD: nothing that is compared contains that.
        return parse_qsl(
            data.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise ClientException(detail="There are too many parameters.") from None


class Cookies:
    """The provider's cookies: the session's, the form's and the device's.

    On https their names carry the prefix ``__Host-``, with which browsers accept them from this very host only
    (RFC 6265bis, section 4.1.3.2).
    """

    def __init__(self, settings: ProviderSettings, signer: Signer) -> None:
        self._settings = settings
        self._signer = signer
        prefix = "__Host-" if settings.secure else ""
        self._session = f"{prefix}videochat_session"
        self._form = f"{prefix}videochat_form"
        self._device = f"{prefix}videochat_device"

    def session(self, request: AnyRequest) -> str | None:
        """The session's secret."""
        return request.cookies.get(self._session)

    def set_session(self, secret: str) -> Cookie:
        """Signs the browser in."""
        return self._cookie(self._session, secret, self._settings.session_lifetime)

    def clear_session(self) -> Cookie:
        """Signs the browser out."""
        return self._cookie(self._session, "", 0)

    def form(self, request: AnyRequest) -> tuple[str, list[Cookie]]:
        """The token for a page's forms, and the cookies to set with the page.

        The token is the authentication code of the browser's own random cookie: another site can neither read nor make it, nor plant a
        cookie that it knows the code of (OWASP: signed double-submit cookie).
        """
        secret = request.cookies.get(self._form, "")
        cookies = []
        if len(secret) != _SECRET_LENGTH:
            secret = new_secret()
            cookies = [self._cookie(self._form, secret, None)]
        return self._signer.code("form", secret), cookies

    def is_own_form(self, request: AnyRequest, token: str | None) -> bool:
        """Whether a form comes from one of this server's pages in this browser."""
        secret = request.cookies.get(self._form, "")
        if len(secret) != _SECRET_LENGTH or token is None:
            return False
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            return False
        return self._signer.verify(token, "form", secret)

    def clear_form(self) -> Cookie:
        """Makes the tokens in all open pages worthless, as is due when somebody signs in or out."""
        return self._cookie(self._form, "", 0)

    def device(self, request: AnyRequest, email: str) -> str | None:
        """The id of this browser, if somebody has signed in to ``email`` with it before."""
        device, _, code = request.cookies.get(self._device, "").partition(".")
        return device if device and self._signer.verify(code, "device", email, device) else None

    def set_device(self, email: str) -> Cookie:
        """Remembers that somebody has signed in to ``email`` with this browser."""
        device = new_secret()
        value = f"{device}.{self._signer.code('device', email, device)}"
        return self._cookie(self._device, value, _DEVICE_LIFETIME)

    def _cookie(self, name: str, value: str, max_age: int | None) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=max_age,
            path="/",
            httponly=True,
            secure=self._settings.secure,
            samesite="lax",
        )
