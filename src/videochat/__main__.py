"""``python -m videochat``: the same as the command ``videochat``."""

from videochat.cli import main

main()
