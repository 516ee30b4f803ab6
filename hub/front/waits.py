"""How long the other side of a connection may take for what."""

from dataclasses import dataclass

PUT_DOWN = "licet.put_down"
"""The member of a request's scope by which its application says how many bytes of the body it has written elsewhere:
what it holds no more, it is not counted for."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds, and bytes in a second.

    Attributes:
        headers: From the connection, or a request's first byte, to the end of its headers; of a TLS handshake too.
        first_body: How long a body that was announced may stay away altogether.
        body: How long it may then take, and one second more for each ``body_rate`` bytes that came.
        body_rate: Bytes in a second below which it is too slow.
        linger: How long the other side has to hear why it was cut off: what it still sends is dropped.
        write: How long it may take to fetch an answer.
    """

    headers: float = 10.0
    first_body: float = 30.0
    body: float = 30.0
    body_rate: int = 1024
    linger: float = 3.0
    write: float = 20.0


WAITS = Waits()
