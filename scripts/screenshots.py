"""Takes the pictures for the README from the running product: two people, two browsers, one call.

Run by ``make screenshots``. The people are actors: Chromium's fake camera stands in for their faces.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright
from tests.e2e.browser import DESKTOP, PHONE, Person, launch
from tests.e2e.deployment import LocalDeployment

TARGET: Final = Path("docs/screenshots")
OTHERS: Final = ("Mary Jackson", "Katherine Johnson", "Dorothy Vaughan")


@dataclass(frozen=True)
class Look:
    """How the pictures of one series are taken."""

    name: str
    options: dict[str, Any]


LOOKS: Final = tuple(
    Look(f"{device}-{scheme}", {**options, "color_scheme": scheme})
    for device, options in (
        ("desktop", {"viewport": DESKTOP}),
        ("phone", {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}),
    )
    for scheme in ("light", "dark")
)


def take(browser: Browser, server: LocalDeployment, look: Look) -> None:
    """One series: welcome, sign-in, contacts, incoming call, call, end."""

    def picture(who: Person, what: str) -> None:
        path = TARGET / f"{what}-{look.name}.png"
        who.screenshot(path)
        print(path)

    def person(name: str) -> Person:
        email = f"{name.lower().replace(' ', '.')}.{look.name}@example.com"
        return Person(browser, server, name, email, "correct horse battery staple", **look.options)

    with person("Ada Lovelace") as ada, person("Grace Hopper") as grace:
        ada.page.goto(server.base_url)
        ada.way_to("Sign in").wait_for()
        picture(ada, "welcome")
        ada.way_to("Sign in").click()
        ada.textbox("Password").wait_for()
        picture(ada, "sign-in")
        ada.sign_up()
        grace.sign_up()
        ada.befriend(grace)
        for name in OTHERS:
            with person(name) as other:
                other.sign_up()
                if name == OTHERS[-1]:
                    other.ask(ada)
                else:
                    other.befriend(ada)
        ada.sees_online(grace)
        picture(ada, "contacts")
        ada.call(grace)
        grace.is_rung()
        picture(grace, "incoming")
        grace.accept()
        ada.sees_moving_picture()
        ada.reveal_controls()
        picture(ada, "call")
        grace.hang_up()
        ada.is_out_of_the_call()
        picture(ada, "ended")


def main() -> int:
    """Takes all series, or those named on the command line (``desktop-light`` …)."""
    wanted = set(sys.argv[1:]) or {look.name for look in LOOKS}
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        server = LocalDeployment(Path(folder) / "data")
        server.start()
        try:
            for look in LOOKS:
                if look.name in wanted:
                    take(browser, server, look)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
