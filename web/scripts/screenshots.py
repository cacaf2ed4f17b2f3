"""Takes a picture of every state of the gallery, on desktop and phone, light and dark.

Usage: python web/scripts/screenshots.py URL DIRECTORY [STATE...]

URL is that of a running ``npm run dev``. Exits with 1 if a page logged an error or breaks a rule of accessibility: unlike the
unit tests, a real browser knows layout and colours.
"""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import ConsoleMessage, Page, ViewportSize, sync_playwright

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
    "landscape": {"width": 844, "height": 390},
}
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
# States are parts of pages as well as pages.
CHECK = "() => axe.run({rules: {region: {enabled: false}, 'page-has-heading-one': {enabled: false}}})"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> int:
    """Runs the script."""
    url, directory, *wanted = sys.argv[1:]
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        for size, viewport in SIZES.items():
            for scheme in SCHEMES:
                page = browser.new_page(viewport=viewport, color_scheme=scheme)
                page.on("console", lambda message: _note(message, errors))
                page.on("pageerror", lambda error: errors.append(str(error)))
                for state in wanted or _states(page, url):
                    page.goto(f"{url}/gallery.html?state={state}")
                    _settle(page)
                    page.screenshot(path=target / f"{state}-{size}-{scheme}.png")
                    errors.extend(f"{state}, {size}, {scheme}: {problem}" for problem in _problems(page))
                page.close()
        browser.close()
    for error in sorted(set(errors)):
        print(error, file=sys.stderr)
    return 1 if errors else 0


def _states(page: Page, url: str) -> list[str]:
    page.goto(f"{url}/gallery.html")
    page.wait_for_selector("li a")
    return page.locator("li a").all_inner_texts()


def _settle(page: Page) -> None:
    page.wait_for_selector("#root > :not([hidden])")
    # Every visible video has a picture, and finite animations have run out.
    page.wait_for_function(
        """() => [...document.querySelectorAll("video")].every((video) => !video.srcObject || video.videoWidth > 0)
          && document.getAnimations().every((animation) => animation.playState !== "running"
             || animation.effect.getComputedTiming().endTime === Infinity)"""
    )


def _problems(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate(CHECK)["violations"]
    return [f"{each['id']}: {' '.join(node['html'] for node in each['nodes'])}" for each in found]


def _note(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type in ("error", "warning"):
        errors.append(message.text)


if __name__ == "__main__":
    sys.exit(main())
