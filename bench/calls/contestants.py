"""Who is measured: the product through its interface, and pages that can do no more than a call. All are driven by clicks."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect
from tests.e2e.browser import Person

PROBE: Final = Path(__file__).with_name("probe.js")


@dataclass(frozen=True)
class Pair:
    """The two windows of a call."""

    caller: Page
    callee: Page


class Contestant(Protocol):
    """One way of calling somebody. A call goes through these methods in their order."""

    name: str
    connects_while_ringing: bool
    """Whether the two are connected before anybody accepts."""
    pair: Pair

    def prepare(self) -> None:
        """Gets both sides to where one can call, with the cameras open that are open before."""
        ...

    def call(self) -> None:
        """Clicks on Call."""
        ...

    def preview(self) -> None:
        """While it rings: opens the callee's camera, if this is one with a preview."""
        ...

    def accept(self) -> None:
        """Clicks on Accept."""
        ...

    def hang_up(self) -> None:
        """Ends the call on both sides."""
        ...


class Product:
    """Two people in the product's own pages."""

    connects_while_ringing = True

    def __init__(self, name: str, caller: Person, callee: Person, *, preview: bool) -> None:
        self.name = name
        self.pair = Pair(caller.page, callee.page)
        self._caller, self._callee, self._preview = caller, callee, preview

    def prepare(self) -> None:
        """See :class:`Contestant`."""
        self._caller.sees_online(self._callee)

    def call(self) -> None:
        """See :class:`Contestant`."""
        self._caller.call_button(self._callee).click()

    def preview(self) -> None:
        """See :class:`Contestant`."""
        if self._preview:
            self._callee.button("Preview camera", self._callee.incoming).click()
            self._callee.sees_moving_picture("local-video", pictures=2)

    def accept(self) -> None:
        """See :class:`Contestant`."""
        self._callee.accept()

    def hang_up(self) -> None:
        """See :class:`Contestant`."""
        self._caller.hang_up()
        for person in (self._caller, self._callee):
            person.is_out_of_the_call()
            person.dismiss()


class Reference:
    """One of the pages under ``pages/``, in two windows.

    :param page: its name.
    :param origin: where the pages are served.
    :param peer_port: of PeerServer.
    :param preview: the callee's camera is open before Accept.
    :param small: begins with half the picture's width and height, as the product does.
    """

    def __init__(
        self,
        name: str,
        browser: Browser,
        page: str,
        origin: str,
        peer_port: int,
        *,
        connects_while_ringing: bool,
        preview: bool,
        small: bool = False,
    ) -> None:
        self.name = name
        self.connects_while_ringing = connects_while_ringing
        self._preview = preview
        room = secrets.token_hex(8)

        def open_window(role: str) -> Page:
            context = browser.new_context(
                viewport={"width": 1280, "height": 800}, permissions=["camera", "microphone"]
            )
            context.add_init_script(path=PROBE)
            window = context.new_page()
            query = urlencode(
                {"room": room, "role": role, "peerPort": peer_port, "size": "small" if small else "full"}
            )
            window.goto(f"{origin}/{page}.html?{query}")
            expect(window.locator("body[data-ready]")).to_be_attached()
            return window

        self.pair = Pair(open_window("caller"), open_window("callee"))

    def prepare(self) -> None:
        """See :class:`Contestant`. The caller's camera is always open while it rings, as in the product."""
        self.pair.caller.evaluate("openCamera()")

    def call(self) -> None:
        """See :class:`Contestant`."""
        self.pair.caller.get_by_role("button", name="Call").click()

    def preview(self) -> None:
        """See :class:`Contestant`."""
        if self._preview:
            self.pair.callee.evaluate("openCamera()")

    def accept(self) -> None:
        """See :class:`Contestant`."""
        self.pair.callee.get_by_role("button", name="Accept").click()

    def hang_up(self) -> None:
        """See :class:`Contestant`."""
        for page in (self.pair.caller, self.pair.callee):
            page.get_by_role("button", name="Hang up").click()
