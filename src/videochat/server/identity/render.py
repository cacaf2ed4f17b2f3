"""How the pages become answers: templates, and the headers that all of them carry."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from videochat.identity import ProviderSettings
from videochat.identity.passwords import MIN_LENGTH
from videochat.identity.settings import origin_of

STYLE: Final = files("videochat.server.identity").joinpath("static", "identity.css").read_bytes()
"""The style sheet of the pages."""

_PAGES: Final = ("sign_in", "sign_up", "sign_out", "message")


class Renderer:
    """Makes answers that people see."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._base = urlsplit(settings.issuer).path
        environment = Environment(
            loader=PackageLoader("videochat.server.identity"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(
            base=self._base,
            home=settings.post_logout_redirect_uris[0],
            style_version=sha256(STYLE).hexdigest()[:12],
            sign_up_mode=settings.sign_up.value,
            min_length=MIN_LENGTH,
        )
        self._templates = {name: environment.get_template(f"{name}.html") for name in _PAGES}
        self._headers = {
            "Content-Security-Policy": _policy(settings),
            "X-Frame-Options": "DENY",
            # The URL carries the app's request; it is nobody else's business.
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }

    def path(self, path: str) -> str:
        """``path`` as browsers ask for it: below the public URL's own path."""
        return self._base + path

    def page(
        self,
        template: str,
        values: Mapping[str, object],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[Cookie] = (),
    ) -> Response[Any]:
        """A page from a template: ``sign_in``, ``sign_up``, ``sign_out`` or ``message``."""
        return Response(
            self._templates[template].render(values),
            status_code=status,
            media_type=MediaType.HTML,
            headers={**self._headers, **(headers or {})},
            cookies=list(cookies),
        )

    def message(
        self,
        title: str,
        text: str,
        *,
        status: int,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[Cookie] = (),
    ) -> Response[Any]:
        """A page that says something and leads to the web app."""
        return self.page("message", {"title": title, "text": text, "error": ""}, status, headers, cookies)

    def redirect(self, location: str, cookies: Sequence[Cookie] = ()) -> Response[Any]:
        """Sends the browser on. 303: whatever brought us here, what follows is a GET."""
        # Not Litestar's own class, which would encode the URL once more.
        return Response(
            None, status_code=303, headers={**self._headers, "Location": location}, cookies=list(cookies)
        )


def _policy(settings: ProviderSettings) -> str:
    """The Content-Security-Policy. Browsers apply ``form-action`` to where the answer to a form redirects as well, so the origins of
    the apps that people return to belong there."""
    apps = sorted({origin_of(uri) for uri in settings.redirect_uris} - {origin_of(settings.issuer)})
    return "; ".join(
        [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            " ".join(["form-action 'self'", *apps]),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
