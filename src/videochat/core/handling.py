"""What happens to each frame, whatever it says: it is read, acted upon, and whoever sent it is told of a refusal."""

from abc import ABC, abstractmethod

from videochat.core import frames
from videochat.core.delivery import Delivery
from videochat.core.errors import Refusal
from videochat.core.frames import Frame


class FrameHandler(ABC):
    """Takes frames in two steps, so that an edge can look at the action between them."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def read(self, connection_id: str, data: bytes | str) -> Frame | None:
        """Reads the frame; ``None`` when it was refused."""
        try:
            return frames.decode(data)
        except Refusal as refusal:
            self.refuse(connection_id, refusal)
            return None

    def handle(self, connection_id: str, frame: Frame) -> None:
        """Does what the frame asks for. Answers, refusals included, go out through the push port.

        :raises StoreError: a store failed; the caller answers ``server_error``.
        """
        try:
            self._act(connection_id, frame)
        except Refusal as refusal:
            self.refuse(connection_id, refusal, frame)

    def refuse(self, connection_id: str, refusal: Refusal, frame: Frame | None = None) -> None:
        """Tells a client why its frame was refused.

        :param frame: as far as it could be read.
        """
        self._delivery.send([connection_id], frames.error(refusal, frame))

    @abstractmethod
    def _act(self, connection_id: str, frame: Frame) -> None:
        """
        :raises Refusal: which the client is told.
        """
