"""What the provider refuses, beside the core's own errors."""

from videochat.core.errors import Refusal, StoreError


class InvalidField(Refusal):
    """A form field is no good.

    :param field: its name: ``name``, ``email``, ``password`` or ``invitation``.
    """

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code, message, 400)
        self.field = field


class WrongCredentials(Refusal):
    """The address is unknown or the password is wrong; does not say which, on purpose."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", "The email address or the password is wrong.", 401)


class TooManyAttempts(Refusal):
    """Too many failed attempts of late.

    :param retry_after: seconds until another attempt is looked at.
    """

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        wait = "a minute" if minutes <= 1 else f"{minutes} minutes"
        super().__init__("too_many_attempts", f"Too many attempts. Try again in {wait}.", 429)
        self.retry_after = retry_after


class SignUpClosed(Refusal):
    """The operator makes the accounts here."""

    def __init__(self) -> None:
        super().__init__(
            "sign_up_closed", "New accounts are made by whoever runs this server. Ask them for one.", 403
        )


class UnknownAccount(Refusal):
    """No account has this address."""

    def __init__(self, email: str) -> None:
        super().__init__("unknown_account", f"There is no account with the address {email}.", 404)


class BadAuthorizationRequest(Refusal):
    """An authorization or logout request that names no client or no address to which an answer could safely go.

    The person is told; nobody is redirected (RFC 6749, section 4.1.2.1).
    """

    def __init__(self, message: str) -> None:
        super().__init__("bad_authorization_request", message, 400)


class InvitationUnusable(StoreError):
    """No unused, unexpired invitation has this code; nothing was written."""
