"""Debian's Firefox, driven over WebDriver BiDi, with its own fake camera and microphone."""

import json
import math
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Playwright
from tests.e2e.browser import Person
from tests.network import bidi_bridge
from tests.network.namespaces import Namespace

PREFERENCES: Final = {
    # A camera that changes colour and a microphone that hums, without a question.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Names for multicast DNS are of no use where no multicast passes, as on many build machines. Chromium hides its own ones
    # until the page uses the camera, so one side has to show real addresses.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # A fresh profile asks the outside world for all kinds of things; it has to stay by itself here.
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}


# Four colours of the other side's picture; null while there is none.
GRAB_COLOURS: Final = """
() => {
  const video = document.querySelector('video[data-testid="remote-video"]');
  if (!video || video.readyState < 2 || !video.videoWidth || !video.srcObject) return null;
  const context = new OffscreenCanvas(2, 2).getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, 2, 2);
  return [...context.getImageData(0, 0, 2, 2).data];
}
"""

# Sound that has arrived over the peer connection: energy, and the seconds that it took (W3C webrtc-stats, totalAudioEnergy).
READ_SOUND: Final = """
async () => {
  const { pc } = globalThis.__links.at(-1);
  const sound = [...(await pc.getStats()).values()].find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  return [sound?.totalAudioEnergy ?? 0, sound?.totalSamplesDuration ?? 0];
}
"""


def executable() -> str | None:
    """Where Firefox is: ``$FIREFOX``, or one of the machine's, or ``None``."""
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


def launch_firefox(
    playwright: Playwright, folder: Path, path: str, namespace: Namespace | None = None
) -> Browser:
    """Starts Firefox.

    :param folder: for a script that starts it by way of :mod:`tests.network.bidi_bridge`.
    :param path: its executable.
    :param namespace: the network that it runs in, if it is not the machine's.
    """
    script = folder / "firefox"
    inside = [] if namespace is None else ["--netns", namespace.name]
    command = shlex.join([sys.executable, str(Path(bidi_bridge.__file__).resolve()), *inside, path])
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
    script.chmod(0o755)
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=script, firefox_user_prefs=dict(PREFERENCES)
    )


class FirefoxPerson(Person):
    """Somebody with Firefox."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._energy = (0.0, 0.0)
        super().__init__(*arguments, **options)

    def loudness(self) -> float:
        """What has arrived since the last question, as the peer connection tells: 0 to 1.

        On a machine without a sound device Firefox starts no AudioContext, so that the page's sound cannot be measured there.
        """
        energy, seconds = self.page.evaluate(READ_SOUND)
        more, within = energy - self._energy[0], seconds - self._energy[1]
        self._energy = (energy, seconds)
        return math.sqrt(more / within) if more > 0 and within > 0 else 0.0


def sees_firefox(person: Person) -> None:
    """Waits until the picture has had four different colours: Firefox's fake camera shows one, which changes all the time."""
    seen: set[str] = set()

    def changed() -> bool:
        colours = person.page.evaluate(GRAB_COLOURS)
        if colours is not None and max(colours[:3]) > 40:
            seen.add(json.dumps(colours))
        return len(seen) >= 4

    person.until(changed, "a picture that changes its colour")
