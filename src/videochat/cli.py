"""The command line: runs the server and serves its operator.

Heavy modules are imported by the command that needs them, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from videochat import __version__

if TYPE_CHECKING:
    from videochat.server.bootstrap import Services
    from videochat.server.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_LIST: Final = "May be given several times, or as a list with commas."


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="videochat")
def main() -> None:
    """Video calls between people who know each other, from one machine.

    Every option can be given as an environment variable as well: --public-url as VIDEOCHAT_PUBLIC_URL.
    """


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Directory for database, keys and certificate.",
)
_database = click.option(
    "--database", metavar="URL", help="SQLAlchemy URL. Default: SQLite in the data directory."
)
_public_url = click.option(
    "--public-url", metavar="URL", help="Where browsers reach the server, as in https://video.example."
)
_operator = _options(_data, _database, _public_url)
_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input (its first line)."
)


@main.command()
@click.option("--host", help="Address to listen on. Default: localhost; with --https every address.")
@click.option("--port", type=int, help="Default: 8000. 0 takes a free one.")
@_operator
@click.option(
    "--https", is_flag=True, default=None, help="Make and keep a certificate for this machine's addresses."
)
@click.option("--tls-cert", type=click.Path(path_type=Path), metavar="FILE", help="Certificate chain (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), metavar="FILE", help="Its private key (PEM).")
@click.option("--sign-up", metavar="open|closed|invitation", help="Who may create an account. Default: open.")
@click.option("--stun", multiple=True, metavar="URL", help=f"STUN server; “none” for no server. {_LIST}")
@click.option("--turn-urls", multiple=True, metavar="URL", help=f"TURN server. {_LIST}")
@click.option(
    "--turn-secret", metavar="TEXT", help="Secret shared with it. Better given as VIDEOCHAT_TURN_SECRET."
)
@click.option(
    "--turn-ttl", type=int, metavar="SECONDS", help="How long TURN credentials are good. Default: 3600."
)
@click.option(
    "--turn-username", metavar="TEXT", help="Fixed name, for a TURN server without a shared secret."
)
@click.option(
    "--turn-credential", metavar="TEXT", help="Its password. Better given as VIDEOCHAT_TURN_CREDENTIAL."
)
@click.option(
    "--token-seconds", type=int, metavar="SECONDS", help="How long an access token is good. Default: 3600."
)
@click.option("--ring-seconds", type=float, metavar="SECONDS", help="How long a call rings. Default: 60.")
@click.option("--web-origin", metavar="URL", help="Origin of the web app when it is served from elsewhere.")
@click.option(
    "--web-dir", type=click.Path(path_type=Path), metavar="DIR", help="Directory of the built web app."
)
@click.option(
    "--trusted-proxies",
    multiple=True,
    metavar="ADDRESS",
    help=f"Proxy whose X-Forwarded-* is believed. {_LIST}",
)
@click.option("--frame-rate", type=float, metavar="N", help="Frames a second from one socket. Default: 400.")
@click.option("--frame-burst", type=float, metavar="N", help="Frames at once from one socket. Default: 400.")
@click.option(
    "--stop-seconds", type=int, metavar="SECONDS", help="How long a stop waits for requests. Default: 10."
)
@click.option("--log-level", metavar="debug|info|warning|error", help="Default: info.")
@click.option("--log-format", metavar="auto|json|console", help="Default: text on a terminal, else JSON.")
def serve(**flags: Any) -> None:
    """Run the server until it is stopped (SIGTERM or Ctrl+C)."""
    from videochat.server.serve import serve as run

    for name in ("stun", "turn_urls", "trusted_proxies"):
        flags[name] = [part for value in flags[name] for part in value.split(",")] or None
    settings = _load(flags)
    with _explained():
        run(settings)


@main.group()
def users() -> None:
    """Accounts of the embedded identity provider. Works while the server runs."""


@users.command("add")
@click.argument("email")
@click.option("--name", required=True, help="How others see this person.")
@_password_stdin
@_operator
def users_add(email: str, name: str, password_stdin: bool, **flags: Any) -> None:
    """Create an account. The password is asked for, or read from standard input."""
    with _services(flags) as services:
        account = services.identity.accounts.add(email, name, _read_password(password_stdin))
    click.echo(f"{account.email} can sign in now.")


@users.command("list")
@_operator
def users_list(**flags: Any) -> None:
    """List the accounts: address, name, when it was made, separated by tabs."""
    with _services(flags) as services:
        accounts = services.identity.accounts.list()
    for account in accounts:
        made = datetime.fromtimestamp(account.created_at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        click.echo(f"{account.email}\t{account.name}\t{made}")


@users.command("remove")
@click.argument("email")
@_operator
def users_remove(email: str, **flags: Any) -> None:
    """Remove an account with its contacts and call history."""
    with _services(flags) as services:
        services.identity.accounts.remove(email)
    click.echo(f"{email} has been removed.")


@users.command("password")
@click.argument("email")
@_password_stdin
@_operator
def users_password(email: str, password_stdin: bool, **flags: Any) -> None:
    """Set a new password and sign the account out everywhere."""
    with _services(flags) as services:
        services.identity.accounts.find(email)
        services.identity.accounts.set_password(email, _read_password(password_stdin))
    click.echo(f"{email} has a new password.")


@main.command()
@click.argument("email")
@_operator
def token(email: str, **flags: Any) -> None:
    """Print an access token for scripts. It is good for an hour: treat it like a password."""
    with _services(flags) as services:
        click.echo(services.identity.provider.access_token_for(email))


@main.command()
@_operator
def invite(**flags: Any) -> None:
    """Make an invitation: a link with which one person can create an account."""
    with _services(flags) as services:
        invitation = services.identity.accounts.invite()
    until = datetime.fromtimestamp(invitation.expires_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    click.echo(invitation.url)
    click.echo(f"Code {invitation.code}, good for one account until {until}.", err=True)


@main.command()
def openapi() -> None:
    """Print the description of the REST API (OpenAPI 3.1, JSON)."""
    from videochat.server.rest import openapi_document

    click.echo(openapi_document())


@main.group()
def keys() -> None:
    """The keys that sign tokens."""


@keys.command("rotate")
@_operator
def keys_rotate(**flags: Any) -> None:
    """Sign with a new key from now on. Nobody is signed out: old tokens stay good until they expire."""
    with _services(flags) as services:
        kid = services.keys.rotate()
    click.echo(f"New tokens are signed by the key {kid}.")


def _load(flags: dict[str, Any]) -> "Settings":
    from videochat.server.settings import SettingsError, load

    try:
        return load(flags)
    except SettingsError as error:
        raise click.ClickException("\n       ".join(error.problems)) from error


@contextmanager
def _services(flags: dict[str, Any]) -> Iterator["Services"]:
    """The services on the same database and under the same public URL as the server."""
    from videochat.server.bootstrap import open_operator

    settings = _load(flags)
    with _explained():
        services = open_operator(settings)
        try:
            yield services
        finally:
            services.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Turns what the product raises on purpose into a message and exit code 1; anything else is a mistake and keeps its traceback."""
    from videochat.core.errors import Refusal, StoreError, VideoChatError

    try:
        yield
    except Refusal as error:
        raise click.ClickException(error.message) from error
    except StoreError as error:
        raise click.ClickException(f"The database cannot do this: {error}.") from error
    except VideoChatError as error:
        raise click.ClickException(str(error)) from error


def _read_password(from_stdin: bool) -> str:
    """Asks twice without showing it; from a pipe, or when told so, the first line of standard input."""
    if not from_stdin and sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.ClickException("There is no password on standard input.")
    return line
