from typing import NamedTuple

from pythonosc.osc_message import OscMessage

class TimedMessage(NamedTuple):
    time: float
    message: OscMessage

class OscPacket:
    def __init__(self, dgram: bytes) -> None: ...
    @property
    def messages(self) -> list[TimedMessage]: ...
