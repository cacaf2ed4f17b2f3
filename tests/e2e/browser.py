"""People in front of a browser. They find things by role and accessible name, as DESIGN documents them for everyone."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    WebSocket,
    expect,
)
from tests.e2e.deployment import Deployment
from tests.e2e.links import READ_ALL, WATCH_LINKS, read_link

WAIT_SECONDS: Final = 30
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1280, "height": 800}

# Counts how often a page opened camera or microphone. Runs before the page's own scripts.
COUNT_MEDIA: Final = """
(() => {
  globalThis.__opened = 0;
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (...rest) => { globalThis.__opened += 1; return open(...rest); };
})()
"""

# A picture of what the video element with that test id shows, as 32 x 24 grey values; null while there is none.
GRAB_PICTURE: Final = """
(testId) => {
  const video = document.querySelector(`video[data-testid="${testId}"]`);
  if (!video || video.readyState < 2 || !video.videoWidth || !video.srcObject) return null;
  const canvas = document.createElement("canvas");
  canvas.width = 32;
  canvas.height = 24;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, 32, 24);
  const { data } = context.getImageData(0, 0, 32, 24);
  return Array.from({ length: 32 * 24 }, (_, i) => Math.round((data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3));
}
"""

# Loudness (root mean square over the samples at hand, 0 to 1) of everything the page plays to its user from a live
# remote audio track; null while nothing plays.
MEASURE_SOUND: Final = """
async () => {
  const players = [...document.querySelectorAll("audio, video")].filter((player) =>
    !player.muted && !player.paused && player.volume > 0 && player.srcObject instanceof MediaStream &&
    player.srcObject.getAudioTracks().some((track) => track.readyState === "live"));
  if (!players.length) return null;
  globalThis.__ear ??= { context: new AudioContext(), analysers: new Map() };
  const { context, analysers } = globalThis.__ear;
  if (context.state !== "running") await context.resume();
  const loudness = players.map((player) => {
    const stream = player.srcObject;
    const track = stream.getAudioTracks().find((candidate) => candidate.readyState === "live");
    if (!analysers.has(track.id)) {
      const analyser = new AnalyserNode(context, { fftSize: 32768 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      analysers.set(track.id, analyser);
    }
    const samples = new Float32Array(32768);
    analysers.get(track.id).getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  });
  return Math.max(...loudness);
}
"""

# The fake microphone beeps; silence is digital silence, give or take what the codec makes of it.
AUDIBLE: Final = 0.002
SILENT: Final = 0.0005


def launch(
    playwright: Playwright,
    *,
    fake_devices: bool = True,
    cameras: int = 1,
    grant: bool = True,
    film: Path | None = None,
    executable: Path | None = None,
) -> Browser:
    """Starts the machine's Chromium (``$CHROMIUM``, by default ``/usr/bin/chromium``).

    :param fake_devices: there are a camera that shows a moving picture and a microphone that beeps; else there is neither.
    :param cameras: how many of the former there are.
    :param grant: pages get both without a question.
    :param film: what the fake camera shows (YUV4MPEG2, over and over) instead of the browser's test picture.
    :param executable: what to start instead of it, with the same arguments.
    """
    expect.set_options(timeout=WAIT_SECONDS * 1000)
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
    ]
    if fake_devices:
        arguments.append(f"--use-fake-device-for-media-stream=device-count={cameras}")
    if film:
        arguments.append(f"--use-file-for-fake-video-capture={film}")
    if grant:
        arguments.append("--use-fake-ui-for-media-stream")
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return playwright.chromium.launch(
        executable_path=executable or os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=arguments
    )


class Person:
    """Somebody with a browser window of their own.

    :param browser: they get a fresh profile in it.
    """

    def __init__(
        self,
        browser: Browser,
        deployment: Deployment,
        name: str,
        email: str,
        password: str,
        *,
        viewport: dict[str, int] | None = None,
        **context_options: Any,
    ) -> None:
        self.deployment = deployment
        self.name = name
        self.email = email
        self.password = password
        self.problems: list[str] = []
        """What the page complained of: uncaught errors and console errors."""
        self.remarks: list[str] = []
        """All that it wrote to the console."""
        self._options = {"viewport": viewport or DESKTOP, **context_options}
        self.context: BrowserContext = browser.new_context(**self._options)
        self.context.set_default_timeout(WAIT_SECONDS * 1000)
        self.context.set_default_navigation_timeout(WAIT_SECONDS * 1000)
        self.context.add_init_script(COUNT_MEDIA)
        self.context.add_init_script(WATCH_LINKS)
        self.page: Page = self.new_tab()

    # -- the window ----------------------------------------------------------------------------------------------------

    def new_tab(self) -> Page:
        """A further tab; :attr:`page` stays what it is."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("console", self._note)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        self.remarks.append(f"{message.type}: {message.text}")
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def in_tab(self, page: Page) -> "Person":
        """The same person looking at another tab."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.page = page
        return twin

    def close(self) -> None:
        """Closes the window."""
        self.context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """A button by its whole name."""
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def textbox(self, name: str) -> Locator:
        """A text field by its whole name."""
        return self.page.get_by_role("textbox", name=name, exact=True)

    def way_to(self, name: str) -> Locator:
        """A button or link by its whole name."""
        return self.button(name).or_(self.page.get_by_role("link", name=name, exact=True)).first

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Waits until the text is there to see."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(
            timeout=WAIT_SECONDS * 1000
        )

    # -- the account ---------------------------------------------------------------------------------------------------

    def sign_up(self) -> None:
        """Makes an account through the pages; ends on the contact list."""
        self.page.goto(self.deployment.base_url)
        self.way_to("Sign in").click()
        expect(self.textbox("Email")).to_be_visible()
        self.way_to("Create account").click()
        self.textbox("Name").fill(self.name)
        self.textbox("Email").fill(self.email)
        self.textbox("Password").fill(self.password)
        self.button("Create account").click()
        self.is_home()

    def sign_in(self) -> None:
        """Signs in through the pages; ends on the contact list."""
        self.page.goto(self.deployment.base_url)
        self.way_to("Sign in").click()
        self.fill_sign_in(self.password)
        self.is_home()

    def fill_sign_in(self, password: str) -> None:
        """Fills the sign-in page and sends it."""
        self.textbox("Email").fill(self.email)
        self.textbox("Password").fill(password)
        self.button("Sign in").click()

    def sign_out(self) -> None:
        """Signs out through the account menu; ends where one can sign in."""
        self.page.get_by_role("button", name=f"Account: {self.name}").click()
        self.button("Sign out").filter(visible=True).click()
        expect(self.way_to("Sign in")).to_be_visible()

    def be_signed_in(self) -> None:
        """Signs in where the page does not do so by itself; the provider may still know the person."""
        expect(self.way_to("Sign in").or_(self.button("Add contact").first).first).to_be_visible()
        if self.way_to("Sign in").count():
            self.way_to("Sign in").click()
        self.is_home()

    @contextmanager
    def getting_a_socket(self, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """At the end of this context the page has a socket that was opened in it and is welcome: calls get here.

        Contacts see somebody online a little longer than they are, so that this is not known from what others see.
        """
        frames: list[str] = []

        def watch(opened: WebSocket) -> None:
            opened.on("framereceived", lambda frame: frames.append(str(frame)))

        self.page.on("websocket", watch)
        try:
            yield
            self.until(
                lambda: any('"welcome"' in frame for frame in frames), "a socket that is welcome", seconds
            )
        finally:
            self.page.remove_listener("websocket", watch)

    def sign_in_again(self) -> None:
        """Signs in after a session has ended; the provider may still know the person."""
        self.button("Sign in again").click()
        self.is_home()

    def is_home(self) -> None:
        """Waits for the contact list."""
        expect(self.button("Add contact").first).to_be_visible()

    def arrive(self) -> None:
        """Loads the page anew; returns when the contact list is there and calls get here."""
        self.page.goto("about:blank")
        with self.getting_a_socket():
            self.page.goto(self.deployment.base_url)
            self.is_home()

    # -- contacts ------------------------------------------------------------------------------------------------------

    def ask(self, other: "Person") -> None:
        """Sends a contact request."""
        self.send_request(other.email)
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def send_request(self, email: str) -> None:
        """Fills the dialog for adding a contact and sends it."""
        self.button("Add contact").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Email").fill(email)
        self.button("Send request", dialog).click()

    def befriend(self, other: "Person") -> None:
        """Makes the two contacts of each other, through the pages."""
        self.ask(other)
        other.button("Accept").click()
        expect(self.call_button(other)).to_be_visible()
        expect(other.call_button(self)).to_be_visible()

    def call_button(self, other: "Person") -> Locator:
        """The button that calls ``other``."""
        return self.button(f"Call {other.name}")

    def row(self, other: "Person") -> Locator:
        """The line of the contact list about ``other``, whatever the relation."""
        return self.page.get_by_role("listitem").filter(has_text=other.name).first

    def sees_online(self, other: "Person") -> None:
        """Waits until ``other`` is shown as online."""
        expect(self.row(other).get_by_text("Online", exact=True)).to_be_visible()

    def choose(self, item: str, about: "Person") -> None:
        """Takes an item of the menu of a contact, and confirms it where that is asked for."""
        self.button(f"More options for {about.name}").click()
        self.button(item).filter(visible=True).click()
        question = self.page.get_by_role("alertdialog")
        expect(question).to_be_visible()
        question.get_by_role("button").last.click()
        expect(question).to_have_count(0)

    # -- a call --------------------------------------------------------------------------------------------------------

    def call(self, other: "Person") -> None:
        """Rings ``other``, who is online."""
        self.sees_online(other)
        self.call_button(other).click()

    @property
    def incoming(self) -> Locator:
        """The dialog of an incoming call."""
        return self.page.get_by_role("dialog", name="Incoming call")

    def is_rung(self) -> None:
        """Waits for the incoming call."""
        expect(self.incoming).to_be_visible()

    def accept(self) -> None:
        """Takes the call that rings."""
        self.button("Accept", self.incoming).click()

    def decline(self) -> None:
        """Declines the call that rings."""
        self.button("Decline", self.incoming).click()

    def reveal_controls(self) -> None:
        """Moves the pointer, so that controls which hid themselves come back."""
        size = self.page.viewport_size or DESKTOP
        self.page.mouse.move(size["width"] / 2, size["height"] / 2)
        self.page.mouse.move(size["width"] / 2 + 5, size["height"] / 2 + 5)

    def press(self, name: str) -> None:
        """Presses a button of the call."""
        self.reveal_controls()
        self.button(name).click()

    def hang_up(self) -> None:
        """Ends the call."""
        self.press("Hang up")

    def is_out_of_the_call(self) -> None:
        """Waits until nothing of the call is left but, maybe, a message that it is over."""
        expect(self.button("Hang up")).to_have_count(0)
        expect(self.page.get_by_test_id("remote-video")).to_have_count(0)
        expect(self.incoming).to_have_count(0)

    def dismiss(self) -> None:
        """Closes the message that the call is over, if it is still there; ends on the contact list."""
        close = self.button("Close")
        expect(close.or_(self.button("Add contact")).first).to_be_visible()
        if close.count() and close.first.is_visible():
            close.first.click()
        self.is_home()

    # -- what eyes and ears get ----------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Returns as soon as ``condition()`` holds, while the page goes on living.

        :raises AssertionError: it did not within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} waited {seconds} s in vain: {what}")
            self.page.wait_for_timeout(100)

    def is_connected(self) -> None:
        """Waits until the peer connection is up."""

        def up() -> bool:
            link = read_link(self.page)
            return link is not None and link.state == "connected"

        self.until(up, "a peer connection that is up")

    def picture(self, test_id: str = "remote-video") -> list[int] | None:
        """What the video shows right now, as grey values; ``None`` while it shows nothing."""
        grey: list[int] | None = self.page.evaluate(GRAB_PICTURE, test_id)
        return grey

    def picture_width(self, test_id: str = "remote-video") -> int:
        """Pixels across in what the video receives."""
        width: int = self.page.get_by_test_id(test_id).evaluate("video => video.videoWidth")
        return width

    def sees_moving_picture(self, test_id: str = "remote-video", pictures: int = 4) -> None:
        """Waits until the video has shown ``pictures`` different pictures that are not one flat colour."""
        seen: set[str] = set()

        def moved() -> bool:
            grey = self.picture(test_id)
            if grey is not None and max(grey) - min(grey) > 20:
                seen.add(json.dumps(grey))
            return len(seen) >= pictures

        self.until(moved, f"{pictures} different pictures in {test_id}, got {len(seen)}")

    def loudness(self) -> float:
        """How loud the page is; 0 while it plays nothing."""
        level: float | None = self.page.evaluate(MEASURE_SOUND)
        return level or 0.0

    def hears(self) -> None:
        """Waits for sound."""
        self.until(lambda: self.loudness() > AUDIBLE, "sound")

    def hears_nothing(self) -> None:
        """Waits for lasting silence: three seconds of it, in which an open microphone would have beeped several times."""
        since: list[float] = []

        def quiet() -> bool:
            now = time.monotonic()
            if self.loudness() > SILENT:
                since.clear()
            elif not since:
                since.append(now)
            return bool(since) and now - since[0] >= 3

        self.until(quiet, "silence")

    def sees_and_hears(self) -> None:
        """Waits until picture and sound of the other side have arrived."""
        self.sees_moving_picture()
        self.hears()

    def videos_with_picture(self) -> int:
        """How many video elements of other people's pictures show something."""
        number: int = self.page.evaluate(
            """() => [...document.querySelectorAll("video")].filter((video) =>
              video.dataset.testid !== "local-video" && video.videoWidth > 0 && video.checkVisibility()).length"""
        )
        return number

    def keep_track_of_tracks(self) -> None:
        """From now on :meth:`live_tracks` knows the tracks that this page opens."""
        self.page.evaluate(
            """() => {
              globalThis.__tracks = [];
              const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
              navigator.mediaDevices.getUserMedia = async (...rest) => {
                const stream = await open(...rest);
                globalThis.__tracks.push(...stream.getTracks());
                return stream;
              };
            }"""
        )

    def live_tracks(self) -> int:
        """How many of its own camera and microphone tracks the page holds open."""
        number: int = self.page.evaluate(
            "() => globalThis.__tracks.filter((t) => t.readyState === 'live').length"
        )
        return number

    def tab_to(self, target: Locator) -> None:
        """Presses Tab until ``target`` has the focus."""
        for _ in range(60):
            if target.count() and target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with the Tab key")

    @property
    def times_opened(self) -> int:
        """How often the page has opened camera or microphone since it was loaded."""
        opened: int = self.page.evaluate("() => globalThis.__opened")
        return opened

    def screenshot(self, path: Path) -> None:
        """For people to look at. What the page wrote to the console and what its peer connections were doing goes beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, animations="disabled")
        seen = {"console": self.remarks, "links": self.page.evaluate(READ_ALL)}
        path.with_suffix(".json").write_text(json.dumps(seen, indent=1), "utf-8")


def in_call(caller: Person, callee: Person) -> None:
    """Connects the two and checks that both see and hear each other."""
    caller.call(callee)
    callee.is_rung()
    callee.accept()
    caller.sees_and_hears()
    callee.sees_and_hears()
