"""Build hook: puts the built web app into the wheel as the package data ``videochat/web/``.

An editable install needs no copy (the server finds ``web/dist`` in a clone). A wheel without the web app would be a server
without a face, so that building one fails instead.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebAppHook(BuildHookInterface):  # type: ignore[type-arg]  # generic only in the builder's own configuration class
    """Adds ``web/dist`` to standard wheels."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the wheel is put together; ``version`` is ``standard`` or ``editable``."""
        if version != "standard":
            return
        dist = Path(self.root) / "web" / "dist"
        if not (dist / "index.html").is_file():
            raise FileNotFoundError(
                "The web app has not been built: run `make wheel` instead of building the package alone."
            )
        build_data["force_include"][str(dist)] = "videochat/web"
