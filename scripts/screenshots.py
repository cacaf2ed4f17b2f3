"""Takes the pictures for the README from the running product: two people, two browsers, one call.

Run by ``make screenshots``. The people are actors: what their cameras see is drawn by ``scripts/actors.py``.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright
from scripts.actors import ADA, GRACE, film
from tests.e2e.browser import DESKTOP, PHONE, Person, launch
from tests.e2e.deployment import LocalDeployment

TARGET: Final = Path("docs/screenshots")
FULL_WIDTH: Final = 1280
"""Pixels; the picture starts smaller."""
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


README: Final = frozenset(
    {
        "call-desktop-light",
        "contacts-desktop-light",
        "incoming-desktop-dark",
        "call-phone-dark",
        "contacts-phone-light",
        "sign-in-phone-light",
    }
)
"""The pictures that the README shows."""


class Photographer:
    """Takes one series of pictures, all in the same look.

    :param target: where they go.
    :param wanted: the pictures that are kept; ``None`` keeps all.
    """

    def __init__(
        self, server: LocalDeployment, look: Look, target: Path, wanted: frozenset[str] | None
    ) -> None:
        self._server = server
        self._look = look
        self._target = target
        self._wanted = wanted

    def person(self, browser: Browser, name: str) -> Person:
        """Somebody with a window of their own."""
        email = f"{name.lower().replace(' ', '.')}.{self._look.name}@example.com"
        return Person(
            browser, self._server, name, email, "correct horse battery staple", **self._look.options
        )

    def picture(self, who: Person, what: str) -> None:
        """Takes a picture of what ``who`` sees."""
        name = f"{what}-{self._look.name}"
        if self._wanted is None or name in self._wanted:
            who.screenshot(self._target / f"{name}.png")
            print(self._target / f"{name}.png")

    def series(self, first: Browser, second: Browser) -> None:
        """Welcome, sign-in, contacts, incoming call, call, end: as Ada sees them, whom Grace knows."""
        with self.person(first, "Ada Lovelace") as ada, self.person(second, "Grace Hopper") as grace:
            ada.page.goto(self._server.base_url)
            ada.way_to("Sign in").wait_for()
            self.picture(ada, "welcome")
            ada.way_to("Sign in").click()
            ada.textbox("Password").wait_for()
            self.picture(ada, "sign-in")
            ada.sign_up()
            grace.sign_up()
            ada.befriend(grace)
            for name in OTHERS:
                with self.person(first, name) as other:
                    other.sign_up()
                    if name == OTHERS[-1]:
                        other.ask(ada)
                    else:
                        other.befriend(ada)
            ada.sees_online(grace)
            not_now = ada.button("Not now")
            if not_now.count():
                not_now.click()
            self.picture(ada, "contacts")
            ada.call(grace)
            grace.is_rung()
            self.picture(grace, "incoming")
            grace.accept()
            ada.sees_moving_picture()
            ada.until(lambda: ada.picture_width() >= FULL_WIDTH, "the picture in its full size")
            # Measured by then, and as sharp as it gets.
            ada.page.get_by_title("Receiving").wait_for()
            ada.reveal_controls()
            self.picture(ada, "call")
            grace.hang_up()
            ada.is_out_of_the_call()
            self.picture(ada, "ended")


def main() -> int:
    """Takes the pictures for the README; with ``--all FOLDER`` every one there is, into another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="take every picture, into this folder")
    every: Path | None = parser.parse_args().all
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with launch(playwright) as studio:
            films = [film(studio, actor, folder / f"{i}.y4m") for i, actor in enumerate((ADA, GRACE))]
        server = LocalDeployment(folder / "data")
        server.start()
        try:
            with launch(playwright, film=films[0]) as first, launch(playwright, film=films[1]) as second:
                for look in LOOKS:
                    Photographer(server, look, every or TARGET, None if every else README).series(
                        first, second
                    )
        except BaseException:
            print(server.log, file=sys.stderr)
            raise
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
