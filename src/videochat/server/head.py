"""``HEAD`` wherever there is ``GET``, as RFC 9110 asks of every server (sections 9.1 and 9.3.2). The framework would have a handler of its own for each."""

from videochat.server.asgi import App, Message, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware: answers ``HEAD`` as ``GET`` is answered, without the content, and names it among the methods that are allowed."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def send_as_asked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [_with_head(*header) for header in message["headers"]]}
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if head else scope, receive, send_as_asked)


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    allows_get = name.lower() == b"allow" and b"GET" in value.split(b", ")
    return name, value + b", HEAD" if allows_get else value
