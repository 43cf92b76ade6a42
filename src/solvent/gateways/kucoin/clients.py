"""One WebSocket: who it is of, which topics it listens to, and its close codes."""

from solvent.dialects import Json, encode_json
from solvent.gateways.kucoin.letting_in import Token
from solvent.runtime.outgoing import Bounds, Outgoing

WAITING_MAX = 512
BYTES_MAX = 1 << 20
# Close codes: policy, a fault of ours, too slow, too many.
FORBIDDEN, FAULTY, SLOW, TOO_MANY = 1008, 1011, 4008, 4029


class Client(Outgoing):
    """One connection and the topics that it listens to."""

    def __init__(self, token: Token) -> None:
        super().__init__(Bounds(messages_max=WAITING_MAX, bytes_max=BYTES_MAX, slow_code=SLOW))
        self.token = token
        self.topics: set[str] = set()

    def tell(self, message: Json) -> None:
        """Put a message behind those that wait."""
        self.put(encode_json(message).encode())
