"""Debian's Firefox, driven over WebDriver BiDi, with its own fake camera and microphone."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright
from tests.network import bidi_bridge

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


def executable() -> str | None:
    """Where Firefox is: ``$FIREFOX``, or one of the machine's, or ``None``."""
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


def launch_firefox(playwright: Playwright, folder: Path, path: str) -> Browser:
    """Starts Firefox.

    :param folder: for a script that starts it by way of :mod:`tests.network.bidi_bridge`.
    :param path: its executable.
    """
    script = folder / "firefox"
    command = shlex.join([sys.executable, str(Path(bidi_bridge.__file__).resolve()), path])
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
    script.chmod(0o755)
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=script, firefox_user_prefs=dict(PREFERENCES)
    )
