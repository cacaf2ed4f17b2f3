"""What there is in a call beside picture and sound, in real browsers."""

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Playwright, expect
from tests.e2e.browser import PHONE, Person, in_call, launch
from tests.e2e.conftest import PersonMaker
from tests.e2e.test_browser_accessibility import check_page


def take(who: Person, item: str) -> None:
    """Takes an item of the menu of the call."""
    who.press("More")
    who.button(item).filter(visible=True).click()


def chat(who: Person) -> Locator:
    """The chat beside the call."""
    return who.page.get_by_role("region", name="Chat", exact=True)


def is_inside(inner: Locator, outer: Locator) -> bool:
    """Whether all of one box lies within the other."""
    small, large = inner.bounding_box(), outer.bounding_box()
    assert small
    assert large
    return (
        small["x"] >= large["x"]
        and small["y"] >= large["y"]
        and small["x"] + small["width"] <= large["x"] + large["width"] + 1
        and small["y"] + small["height"] <= large["y"] + large["height"] + 1
    )


def test_single_keys(friends: tuple[Person, Person]) -> None:
    """The keys do what their list says, and not while somebody writes."""
    ada, grace = friends
    in_call(ada, grace)
    keyboard = ada.page.keyboard
    keyboard.press("m")
    expect(ada.button("Unmute")).to_be_visible()
    grace.sees("Muted")
    keyboard.press("v")
    expect(ada.button("Turn camera on")).to_be_visible()
    keyboard.press("Shift+?")
    dialog = ada.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    for does in ("Mute or unmute", "Camera off or on", "Open or close the chat", "Full screen"):
        expect(dialog.get_by_text(does, exact=True)).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    keyboard.press("c")
    expect(ada.textbox("Message")).to_be_focused()
    keyboard.type("vmc")
    expect(ada.textbox("Message")).to_have_value("vmc")
    expect(ada.button("Unmute")).to_be_visible()
    expect(ada.button("Turn camera on")).to_be_visible()
    keyboard.press("Escape")
    expect(ada.button("Chat")).to_be_focused()
    keyboard.press("v")
    expect(ada.button("Turn camera off")).to_be_visible()


def test_picture_in_picture(friends: tuple[Person, Person]) -> None:
    """The other side's picture leaves the page, and comes back at the latest when the call ends."""
    ada, grace = friends
    in_call(ada, grace)
    assert ada.page.evaluate("document.pictureInPictureEnabled"), "this browser has it"
    outside = "() => document.pictureInPictureElement?.dataset.testid ?? null"
    take(ada, "Picture in picture")
    ada.until(lambda: ada.page.evaluate(outside) == "remote-video", "the picture outside of the page")
    take(ada, "Leave picture in picture")
    ada.until(lambda: ada.page.evaluate(outside) is None, "the picture in the page")
    ada.page.keyboard.press("p")
    ada.until(lambda: ada.page.evaluate(outside) == "remote-video", "the picture outside of the page again")
    grace.hang_up()
    ada.is_out_of_the_call()
    ada.until(lambda: ada.page.evaluate(outside) is None, "no picture of a call that is over")


def test_full_screen(friends: tuple[Person, Person]) -> None:
    """All of the window is for the call, dialogs included, until it ends."""
    ada, grace = friends
    in_call(ada, grace)
    full = "() => document.fullscreenElement !== null"
    take(ada, "Full screen")
    ada.until(lambda: ada.page.evaluate(full), "full screen")
    take(ada, "Keyboard shortcuts")
    expect(ada.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    ada.button("Done").click()
    take(ada, "Leave full screen")
    ada.until(lambda: not ada.page.evaluate(full), "an ordinary window")
    ada.page.keyboard.press("f")
    ada.until(lambda: ada.page.evaluate(full), "full screen again")
    grace.hang_up()
    ada.is_out_of_the_call()
    ada.until(lambda: not ada.page.evaluate(full), "an ordinary window after the call")


@pytest.mark.parametrize(
    "viewport", [None, PHONE, {"width": 844, "height": 390}], ids=["desktop", "phone", "side"]
)
def test_chat(person: PersonMaker, viewport: dict[str, int] | None) -> None:
    """Both write; what comes while the chat is closed is shown and counted; a link is a link, and nothing more."""
    ada, grace = person("Ada", viewport=viewport), person("Grace")
    ada.befriend(grace)
    in_call(ada, grace)
    asked: list[str] = []
    grace.page.on("request", lambda request: asked.append(request.url))

    ada.press("Chat")
    expect(ada.textbox("Message")).to_be_focused()
    ada.page.keyboard.type("Look: https://example.test/page?a=b. Nice?")
    ada.page.keyboard.press("Enter")
    expect(chat(ada).get_by_role("article")).to_have_count(1)
    expect(chat(ada)).not_to_contain_text("Sending")

    expect(grace.button("Chat")).to_have_accessible_description("1 new message")
    grace.page.get_by_role("button", name="Ada: Look").click()
    link = chat(grace).get_by_role("link")
    expect(link).to_have_text("https://example.test/page?a=b")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(grace.textbox("Message")).to_be_focused()
    grace.page.keyboard.type("<b>Very</b>\n")
    expect(chat(ada).get_by_role("article").nth(1)).to_contain_text("<b>Very</b>")
    assert not [url for url in asked if "example.test" in url], "nothing is fetched by itself"

    check_page(ada)
    window = ada.page.get_by_role("main")
    parts = (ada.textbox("Message"), ada.button("Send"), ada.button("Close chat"))
    for part in (*parts, ada.button("Mute"), ada.button("Hang up")):
        assert is_inside(part, window)
    # What the call needs stays at hand beside the chat, or over it.
    ada.button("Mute").click()
    grace.sees("Muted")
    ada.button("Unmute").click()
    ada.button("Close chat").click()
    expect(ada.button("Chat")).to_be_focused()
    expect(ada.button("Hang up")).to_be_visible()
    ada.sees_and_hears()


def test_verification(friends: tuple[Person, Person]) -> None:
    """Both sides of a call that nobody tampers with see the same six digits."""
    ada, grace = friends
    in_call(ada, grace)
    codes = []
    for who in friends:
        take(who, "Verify this call")
        dialog = who.page.get_by_role("dialog", name="Verify this call")
        code = dialog.get_by_role("group", name=re.compile(r"^Code: \d \d \d \d \d \d$"))
        expect(code).to_be_visible()
        codes.append(code.inner_text().replace("\n", ""))
        who.button("Done").click()
        expect(dialog).to_have_count(0)
    assert codes[0] == codes[1]
    assert re.fullmatch(r"\d{6}", codes[0])


def test_speaking_with_the_microphone_off(friends: tuple[Person, Person]) -> None:
    """Whoever speaks unheard is told on this machine; nothing of it reaches the other side."""
    ada, grace = friends
    in_call(ada, grace)
    # What comes while the other side speaks may be their voice out of the speaker: it would not count.
    for who in (grace, ada):
        who.press("Mute")
    ada.sees("Your microphone is off")
    grace.hears_nothing()
    ada.button("Turn it on").click()
    expect(ada.button("Mute")).to_be_visible()
    expect(ada.page.get_by_text("Your microphone is off")).to_have_count(0)
    grace.hears()


def test_quality(friends: tuple[Person, Person]) -> None:
    """Both sides are told how well the call gets through; between two windows of one machine that is known to all."""
    in_call(*friends)
    for who in friends:
        expect(who.page.get_by_title(re.compile(r"^Round trip .* Sending .* Receiving "))).to_have_text(
            re.compile(r"^Connection: (Excellent|Good|Poor|Very poor)$")
        )


@pytest.fixture(scope="module")
def browser_with_cameras(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a choice of devices. The second of its cameras sees depth, which is black to people."""
    with launch(playwright, cameras=3) as running:
        yield running


def own_camera(who: Person) -> str:
    """The label of the camera that the own small picture comes from."""
    label: str = who.page.get_by_test_id("local-video").evaluate(
        "video => video.srcObject?.getVideoTracks()[0]?.label ?? ''"
    )
    return label


def test_choosing_devices(person: PersonMaker, browser_with_cameras: Browser) -> None:
    """Devices are chosen before a call and in it, with a look through them; the choice lasts."""
    ada, grace = person("Ada", using=browser_with_cameras), person("Grace")
    ada.befriend(grace)
    ada.button("Camera and sound").click()
    dialog = ada.page.get_by_role("dialog", name="Camera and sound")
    ada.sees_moving_picture("device-preview")
    meter = dialog.get_by_role("meter", name="Microphone level")
    ada.until(
        lambda: int(meter.get_attribute("aria-valuenow") or 0) > 5, "the microphone's beep in the meter"
    )
    cameras = dialog.get_by_role("combobox", name="Camera")
    labels = cameras.get_by_role("option").all_inner_texts()
    assert labels[0] == "System default"
    assert len(labels) == 4, labels
    cameras.select_option(labels[3])
    ada.sees_moving_picture("device-preview")
    ada.button("Done").click()
    expect(dialog).to_have_count(0)
    expect(ada.button("Camera and sound")).to_be_focused()

    in_call(ada, grace)
    assert own_camera(ada) == labels[3]
    take(ada, "Camera and sound")
    cameras.select_option(labels[1])
    ada.until(lambda: own_camera(ada) == labels[1], "the other camera")
    ada.button("Done").click()
    grace.sees_and_hears()
    grace.hang_up()
    ada.is_out_of_the_call()
    ada.dismiss()
    ada.page.reload()
    ada.button("Camera and sound").click()
    expect(cameras.locator("option:checked")).to_have_text(labels[1])


@pytest.mark.parametrize("width", [320, 360, 390])
def test_controls_on_small_phones(person: PersonMaker, width: int) -> None:
    """Every button of a call can be pressed, also on the smallest phones."""
    ada, grace = person("Ada", viewport={"width": width, "height": 640}), person("Grace")
    ada.befriend(grace)
    in_call(ada, grace)
    ada.reveal_controls()
    window = ada.page.get_by_role("main")
    names = ("Mute", "Turn camera off", "Share screen", "Chat", "More", "Hang up")
    boxes = []
    for name in names:
        assert is_inside(ada.button(name), window), f"{name} is not in the window"
        box = ada.button(name).bounding_box()
        assert box
        assert box["width"] >= 44, f"{name} is too small to touch"
        boxes.append(box)
    for left, right in itertools.pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"] + 1, "no button lies on another"
