"""A whole run: starts everything, makes the calls in turns, tells what they took."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright
from tests.e2e.browser import Person, launch
from tests.e2e.deployment import LocalDeployment

from bench.calls import report
from bench.calls.contestants import PROBE, Contestant, Product, Reference
from bench.calls.measure import measure
from bench.calls.sites import BarePages, Proxies
from bench.servers import free_port, peer_server

BAR: Final = "bare page, connected while ringing"
DELAYS: Final = (0.0, 0.05)
LONG_TALK_MS: Final = 10_000


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    rounds: int = 20
    """Calls per contestant and delay."""
    ring_ms: float = 700
    """How long each call rings at least."""
    talk_ms: float = 400
    """How long the picture stays."""
    only: tuple[str, ...] = ()
    """Contestants whose name holds one of these; by default all. The bar is always among them."""
    web_dir: Path | None = None
    """A build of the web app to measure instead of the installed one."""
    save: Path | None = None
    """Where every mark of every call goes, as JSON."""


class BehindProxy(LocalDeployment):
    """The product, reached through a proxy by people and scripts alike.

    :param data: its data directory.
    :param public_port: the proxy's.
    :param web_dir: see :class:`Options`.
    """

    def __init__(self, data: Path, public_port: int, web_dir: Path | None) -> None:
        self._public_port = public_port
        settings = {"PUBLIC_URL": self.base_url, "LOG_LEVEL": "info"}
        if web_dir is not None:
            settings["WEB_DIR"] = str(web_dir.absolute())
        super().__init__(data, settings=settings)

    @property
    def base_url(self) -> str:
        """Where people reach it."""
        return f"http://localhost:{self._public_port}"


@contextmanager
def contestants(browser: Browser, options: Options) -> Iterator[tuple[list[Contestant], Proxies]]:
    """Everybody, ready to call."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pages = BarePages(free_port())
        public_port = free_port()
        product = BehindProxy(directory / "data", public_port, options.web_dir)
        peer_port = stack.enter_context(peer_server()).port
        proxies = Proxies(
            pages,
            {
                "product": (public_port, product.port),
                "pages": (free_port(), pages.port),
                "peer": (free_port(), peer_port),
            },
        )
        stack.enter_context(proxies.running())
        product.start()
        stack.callback(product.stop)

        people = []
        for name in ("Ada", "Grace"):
            person = stack.enter_context(
                Person(browser, product, name, f"{name.lower()}@example.org", f"correct horse battery {name}")
            )
            person.context.grant_permissions(["camera", "microphone"])
            person.context.add_init_script(path=PROBE)
            person.sign_up()
            people.append(person)
        ada, grace = people
        ada.befriend(grace)

        origin = f"http://localhost:{proxies.port('pages')}"

        def reference(
            name: str, page: str, *, early: bool, preview: bool = True, small: bool = False
        ) -> Reference:
            return Reference(
                name,
                browser,
                page,
                origin,
                proxies.port("peer"),
                connects_while_ringing=early,
                preview=preview,
                small=small,
            )

        yield (
            [
                reference(BAR, "bare", early=True, small=True),
                reference("bare page, full size at once", "bare", early=True),
                reference("PeerJS, camera open before", "peerjs", early=False),
                reference(
                    "bare page, camera opened on accept", "bare", early=True, preview=False, small=True
                ),
                Product("product, camera previewed", ada, grace, preview=True),
                Product("product, camera opened on accept", ada, grace, preview=False),
            ],
            proxies,
        )


def run(options: Options) -> str:
    """Measures and returns the report."""
    results: report.Results = {}
    with sync_playwright() as playwright, launch(playwright) as browser:
        version = browser.version
        load = os.getloadavg()[0]
        with contestants(browser, options) as (everybody, proxies):
            chosen = [
                each
                for each in everybody
                if not options.only or each.name == BAR or any(part in each.name for part in options.only)
            ]
            for number in range(-1, options.rounds):
                for delay in DELAYS:
                    proxies.set_delay(delay)
                    print(
                        f"calls: round {number + 1} of {options.rounds}, {delay * 1000:.0f} ms",
                        file=sys.stderr,
                    )
                    # Who comes first changes, so that nobody is always measured after the same neighbour.
                    start = number % len(chosen)
                    for contestant in chosen[start:] + chosen[:start]:
                        call = measure(contestant, ring_ms=options.ring_ms, talk_ms=options.talk_ms)
                        # The first round warms everything up and does not count.
                        if number >= 0:
                            results.setdefault((contestant.name, delay), []).append(call)
            proxies.set_delay(0)
            long_calls = [
                (each.name, measure(each, ring_ms=options.ring_ms, talk_ms=LONG_TALK_MS).frames())
                for each in chosen
            ]
    order = {each.name: index for index, each in enumerate(chosen)}
    results = dict(sorted(results.items(), key=lambda item: (item[0][1], order[item[0][0]])))
    if options.save is not None:
        options.save.parent.mkdir(parents=True, exist_ok=True)
        saved = [
            {"name": name, "delay": delay, "calls": [asdict(call) for call in calls]}
            for (name, delay), calls in results.items()
        ]
        options.save.write_text(json.dumps(saved))
    return "\n\n".join(
        [
            f"Chromium {version}, {os.cpu_count()} processors, load {load:.1f} at the start, "
            f"{os.getloadavg()[0]:.1f} at the end; {options.rounds} calls each; ms, median / 90th percentile",
            report.times(results, BAR),
            "Frames that both clients together send through the server",
            report.frames(results),
            f"Frames of one call of {LONG_TALK_MS / 1000:.0f} s, in the call: "
            + ", ".join(f"{name} {len(frames['in the call'])}" for name, frames in long_calls),
            "Where the time goes: ms after the click on Accept",
            report.steps(results),
        ]
    )
