"""What the hub knows of somebody who calls a push source, before the adapter looks at the request."""

from connectors.keys import OwnKeys
from connectors.port import PeerState
from hub.access.commands import Commands
from hub.front.routes import PushRoute
from hub.intake.peers import Peers
from hub.keys.book import KeyBook
from hub.store.space import Space


class Callers:
    """States of those who call, with the commands that they have not answered and the keys that they may sign with."""

    def __init__(self, peers: Peers, commands: Commands, keys: KeyBook, own: OwnKeys, space: Space) -> None:
        self._peers = peers
        self._commands = commands
        self._keys = keys
        self._own = own
        self._space = space

    def state(self, route: PushRoute, peer: str) -> PeerState:
        """The state of a peer of a source.

        Raises:
            UnavailableError: ``disk.low``, and what the source brings closes no door.
        """
        if not route.closes:
            self._space.require()
        name = route.origin.connector
        state = self._peers.state(name, peer, approval=route.approval)
        if route.commands and (commands := self._commands.outstanding(name, peer)):
            state = state._replace(commands=commands)
        return state._replace(keys=self._keys.of(name), own=self._own) if route.keys else state
