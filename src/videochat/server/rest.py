"""The REST API: authenticates, calls the core in a worker thread, and shapes the answer."""

from functools import cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityRequirement, SecurityScheme
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from videochat import __version__
from videochat.core.errors import Unauthorized
from videochat.core.models import Identity
from videochat.core.services import Core
from videochat.rest import types
from videochat.rest.problems import MEDIA_TYPE, Problem
from videochat.rest.requests import (
    MAX_BODY_BYTES,
    MAX_CONTACT_ID,
    MAX_CURSOR,
    MAX_PAGE,
    PAGE,
    bearer_token,
    decode_json,
)
from videochat.rest.views import view, view_ice_servers
from videochat.server.problems import HANDLERS

_MAX_TOKEN: Final = 8192
_SECURITY: Final[list[SecurityRequirement]] = [{"bearer": []}]

CoreService = NamedDependency[SkipValidation[Core]]
ContactId = Annotated[str, PathParameter(description="The contact's user id.", max_length=MAX_CONTACT_ID)]

_PROBLEMS: Final = {
    400: "The request is not understood.",
    401: "The token is missing, expired or not valid.",
    404: "There is no such thing.",
    409: "It does not fit what is there.",
    413: f"The body has more than {MAX_BODY_BYTES} bytes.",
    500: "A mistake in the server.",
    503: "The server cannot do this at the moment.",
}


class ApiRequest(Request[Any, Any, State]):
    """A request whose JSON body is refused in words when it cannot be read."""

    async def json(self) -> Any:
        """The body.

        :raises Refusal: ``bad_json``: not JSON, not UTF-8, or nested too deep.
        """
        return decode_json(await self.body())


async def require_token(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: puts the verified :class:`Identity` of the bearer into the request (``request.auth``). Runs before the body is read.

    :raises Unauthorized: no token, or not a good one.
    """
    if handler.opt.get("public") or connection.scope["method"] == "OPTIONS":  # type: ignore[typeddict-item]  # guards see HTTP only
        return
    core: Core = connection.app.state.core
    token = bearer_token(connection.headers.get("authorization", ""))
    if token is None or len(token) > _MAX_TOKEN:
        raise Unauthorized
    connection.scope["auth"] = await sync_to_thread(core.tokens.verify, token, core.clock.now())


def _problems(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            Problem, media_type=MEDIA_TYPE, description=_PROBLEMS[status], generate_examples=False
        )
        for status in (*statuses, 401, 500, 503)
    }


@get("/user", operation_id="getUser", summary="Who I am", responses=_problems(409), sync_to_thread=True)
def get_user(request: Request[Any, Identity, State], core: CoreService) -> types.UserProfile:
    """The user whose token was sent; created the first time."""
    return view(types.UserProfile, core.users.current(request.auth))


@get(
    "/contacts",
    operation_id="listContacts",
    summary="My contacts",
    responses=_problems(),
    sync_to_thread=True,
)
def list_contacts(request: Request[Any, Identity, State], core: CoreService) -> types.ContactList:
    """Contacts, requests sent and received, and blocked contacts, sorted by email."""
    contacts = core.contacts.list_of(request.auth.user_id)
    return types.ContactList([view(types.Contact, contact) for contact in contacts])


@post(
    "/contacts",
    operation_id="addContact",
    summary="Ask somebody to be a contact",
    responses=_problems(400, 404, 409, 413),
    sync_to_thread=True,
)
def add_contact(
    request: Request[Any, Identity, State], core: CoreService, data: JSONBody[types.NewContact]
) -> types.Contact:
    """Sends a request. If the other side has asked already, both are contacts at once.

    Codes: `invalid_email`, `cannot_add_self` (400), `user_not_found` (404), `already_contact`, `too_many_contacts` (409).
    """
    return view(types.Contact, core.contacts.add(request.auth.user_id, data.email))


@patch(
    "/contacts/{contact_id:str}",
    operation_id="changeContact",
    summary="Accept a request, block, or lift a block",
    responses=_problems(400, 404, 409, 413),
    sync_to_thread=True,
)
def change_contact(
    request: Request[Any, Identity, State],
    core: CoreService,
    contact_id: ContactId,
    data: JSONBody[types.ContactChange],
) -> types.Contact:
    """Blocking also ends the call between the two, if there is one.

    Codes: `contact_not_found` (404), `no_request` (409).
    """
    return view(types.Contact, core.contacts.change(request.auth.user_id, contact_id, data.state))


@delete(
    "/contacts/{contact_id:str}",
    operation_id="removeContact",
    summary="Remove a contact, or withdraw or decline a request",
    responses=_problems(400, 404),
    sync_to_thread=True,
)
def remove_contact(request: Request[Any, Identity, State], core: CoreService, contact_id: ContactId) -> None:
    """Takes both off each other's list, and ends a call that rings between them. Code: `contact_not_found` (404)."""
    core.contacts.remove(request.auth.user_id, contact_id)


@get(
    "/ice-servers",
    operation_id="getIceServers",
    summary="STUN and TURN servers",
    responses=_problems(),
    sync_to_thread=True,
)
def get_ice_servers(request: Request[Any, Identity, State], core: CoreService) -> types.IceServerList:
    """For `RTCConfiguration.iceServers`; TURN credentials expire."""
    return view_ice_servers(core.ice.ice_servers(request.auth.user_id, core.clock.now()))


@post(
    "/tickets",
    operation_id="issueTicket",
    summary="A ticket for one WebSocket",
    responses=_problems(),
    sync_to_thread=True,
)
def issue_ticket(request: Request[Any, Identity, State], core: CoreService) -> types.SocketTicket:
    """Opens one WebSocket, within `expiresIn` seconds."""
    return view(types.SocketTicket, core.tickets.issue(request.auth.user_id))


@get(
    "/calls",
    operation_id="listCalls",
    summary="My call history",
    responses=_problems(400),
    sync_to_thread=True,
)
def list_calls(
    request: Request[Any, Identity, State],
    core: CoreService,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Calls per page.")] = PAGE,
    after: Annotated[
        str,
        QueryParameter(
            max_length=MAX_CURSOR, description="`next` of the page before; empty: the first page."
        ),
    ] = "",
) -> types.CallHistory:
    """Newest first, in pages."""
    return view(types.CallHistory, core.history.page(request.auth.user_id, limit, after or None))


def create_api_router() -> Router:
    """All of the REST API under ``/api``. The application's state has to hold ``core``."""
    return Router(
        "/api",
        route_handlers=[
            get_user,
            list_contacts,
            add_contact,
            change_contact,
            remove_contact,
            get_ice_servers,
            issue_ticket,
            list_calls,
            get_openapi,
        ],
        guards=[require_token],
        dependencies={"core": Provide(_core, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        request_class=ApiRequest,
        request_max_body_size=MAX_BODY_BYTES,
        security=_SECURITY,
    )


@cache
def openapi_document() -> bytes:
    """``/api/openapi.json``."""
    config = OpenAPIConfig(
        title="Video Chat",
        version=__version__,
        description="Contacts, call history, and what a browser needs to open a socket and a peer connection. "
        "Errors are problem documents (RFC 9457) with a stable `code`.",
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin()],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="An ID or access token of the OpenID Connect provider that `/config.json` names.",
                )
            }
        ),
    )
    # Made by an application of its own: the framework serves documents with a catch-all route beside them, whose errors would not
    # be problem documents.
    app = Litestar([create_api_router()], openapi_config=config, logging_config=None)
    return msgspec.json.format(msgspec.json.encode(app.openapi_schema.to_schema(), order="sorted"), indent=1)


@get("/openapi.json", include_in_schema=False, sync_to_thread=False, opt={"public": True})
def get_openapi() -> Response[bytes]:
    """This description."""
    return Response(openapi_document(), media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})


def _core(state: State) -> Core:
    core: Core = state.core
    return core
