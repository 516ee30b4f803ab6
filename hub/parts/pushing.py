"""Where pushes come in: their sources, the limits for strangers, and who takes what they bring."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from hub.config.instances import Instance
from hub.front.admission import Admission, admission_of
from hub.front.arriving import Arriving
from hub.front.callers import Callers
from hub.front.proxies import Proxies
from hub.front.push import PushEndpoint, Taker
from hub.front.rates import Rates
from hub.front.request import Asgi
from hub.front.routes import PushRoute
from hub.front.strangers import FRONT, Strangers
from hub.front.taking import Taking
from hub.intake.refusals import Refusals
from hub.intake.traces import Traces, WrittenTraces
from hub.parts.working import Working, origin_of
from hub.store.passing import Passing
from hub.workbench.asked import REQUEST_BYTES
from hub.workers import Loop

READERS = 2


class Pushing(Working):
    """What serves pushes."""

    def pushes(
        self, public_url: Callable[[], str], serves: Sequence[str] = ()
    ) -> tuple[dict[str, Asgi], dict[str, Asgi]]:
        """What answers pushes at exactly a path, and under a prefix; of these names, or all."""
        exact: dict[str, Asgi] = {}
        under: dict[str, Asgi] = {}
        for name, instance in self._served("push", serves).items():
            endpoint = self._endpoint(instance, public_url)
            for path in instance.spec.paths or (f"/in/{name}",):
                prefix, _, rest = path.partition("{")
                (under if rest else exact)[prefix] = endpoint
        return exact, under

    def _served(self, port: str, serves: Sequence[str]) -> dict[str, Instance]:
        return {name: each for name, each in self._instances(port).items() if not serves or name in serves}

    def _endpoint(self, instance: Instance, public_url: Callable[[], str]) -> PushEndpoint:
        return PushEndpoint(
            self._push_route(instance),
            self._taker(instance),
            clock=self.clock,
            public_url=public_url,
            rates=Rates(),
            proxies=self.proxies,
        )

    def _taker(self, instance: Instance) -> Taker:
        return self._taking(instance)

    def _taking(self, instance: Instance) -> Taking:
        return Taking(
            self._push_route(instance),
            batch=self.batch,
            peers=self.peers,
            callers=self._callers,
            commands=self.commands,
            refusals=self._refusals(instance),
            writer=self.writer,
            clock=self.clock,
            disbelieved=self.disbelieved,
            executor=self._readers(),
        )

    def inbox_loops(self, loop: asyncio.AbstractEventLoop | None) -> Sequence[Loop]:
        """What takes from the store what fronts have handed on; nothing where the store is of one process."""
        if loop is None or self.database.is_sqlite:
            return ()
        takers: Mapping[str, Taking] = {name: self._taking(each) for name, each in self._instances("push").items()}
        passing, writer = Passing(self.folder.master_key), self.writer

        def away() -> bool:
            return writer.trouble is not None

        arriving = Arriving(self.database, passing, self._owner, takers, self.traces, away, loop)
        self._closing.callback(arriving.close)
        return arriving.loops

    @property
    def _callers(self) -> Callers:
        return Callers(self.peers, self.commands, self.key_book, self.own_keys, self.space)

    @cached_property
    def traces(self) -> Traces:
        """Where traces of what was not taken go."""
        return WrittenTraces(self.writer, self.enclosures)

    @cached_property
    def proxies(self) -> Proxies:
        """Those whose word about the caller is believed."""
        return Proxies(self.folder.settings.hub.trusted_proxies)

    @cached_property
    def admission(self) -> Admission:
        """What strangers may have of this process."""
        return admission_of(self.proxies)

    @cached_property
    def largest_body(self) -> int:
        """Bytes of the largest body that any source takes, or the workbench; documents are put down as they come."""
        return max([REQUEST_BYTES, *(each.spec.max_body for each in self._instances("push").values())])

    @cached_property
    def strangers(self) -> Strangers:
        """What keeps the trace of requests that no source saw."""
        refusals = Refusals(FRONT, "token", self.traces, self.clock, counted=False)
        self._closing.callback(refusals.close)
        return Strangers(refusals)

    def _readers(self) -> ThreadPoolExecutor:
        readers = ThreadPoolExecutor(READERS, thread_name_prefix="reading")
        self._closing.callback(readers.shutdown, wait=False)
        return readers

    def _push_route(self, instance: Instance) -> PushRoute:
        return PushRoute(
            adapter=self.adapters[instance.name],
            origin=origin_of(instance),
            approval=instance.spec.approval,
            max_body=instance.spec.max_body,
            contact=instance.spec.completeness == "contact",
            auth=instance.spec.auth,
            commands=instance.spec.commands,
            keys=bool(instance.spec.keys),
            closes=instance.spec.closes,
        )

    def _refusals(self, instance: Instance) -> Refusals:
        refusals = Refusals(instance.name, instance.spec.auth, self.traces, self.clock)
        self._closing.callback(refusals.close)
        return refusals
