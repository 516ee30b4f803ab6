"""What the page of the workbench is given: documents to begin with, and what a draft does. Nothing is kept of it."""

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.config.folder import HubFolder
from hub.config.mappings import FOLDER, own_documents
from hub.wording import meant
from hub.workbench.asked import BODY_BYTES, DOCUMENT_BYTES, Draft, Sample, read
from hub.workbench.process import Bench
from mappings import SHIPPED, MappingDocument
from mappings.cases import shipped
from mappings.records import record_names
from schemas.errors import PayloadError, status_of
from schemas.words import Words

MOST_CASES = 100
"""So many golden cases of a document are run."""


class Desk:
    """Answers for the workbench; it changes nothing, and of people it shows what it is given."""

    def __init__(
        self,
        folder: HubFolder,
        running: Callable[[], Mapping[str, MappingDocument]],
        bench: Bench,
        now: Callable[[], datetime],
    ) -> None:
        """``running``: the documents in use, by instance."""
        self._folder = folder
        self._running = running
        self._bench = bench
        self._now = now

    def documents(self) -> dict[str, Any]:
        """Documents to begin with, what records there are, and what is taken at most."""
        return {
            "documents": [*self._in_use(), *self._in_folder(), *self._shipped()],
            "records": record_names(),
            "zone": self._folder.settings.hub.zone,
            "most": {"body": BODY_BYTES, "document": DOCUMENT_BYTES},
        }

    def look(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What a draft does: findings, what it makes of a body, its golden cases, what differs from what runs.

        Raises:
            PayloadError: Something of it cannot be looked at.
            UnavailableError: Others look.
        """
        draft = read(Draft, asked)
        cases = [str(each) for each in self._cases(draft.name)[:MOST_CASES]] if draft.name else []
        return self._found({**self._draft(draft, "look"), "cases": cases, "running": self._against(draft.against)})

    def keep(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A golden case of a draft and a body, as the text of its file.

        Raises:
            PayloadError: It is none.
            UnavailableError: Others look.
        """
        return self._found(self._draft(read(Draft, asked), "keep"))

    def propose(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A document for a body, to begin with.

        Raises:
            PayloadError: There is no such record, or the body tells nothing.
            UnavailableError: Others look.
        """
        sample = read(Sample, asked)
        body = base64.b64encode(sample.content()).decode()
        return self._found({"do": "propose", "record": sample.record, "body": body, "language": sample.language})

    def _found(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self._bench.ask(asked)
        if "refused" in found:
            wrong = status_of(found["refused"]) >= 500  # a setting, or a file, of a hub; here it is what was sent
            raise PayloadError("http.request" if wrong else found["refused"], found["detail"])
        return found

    def _draft(self, draft: Draft, do: str) -> dict[str, Any]:
        return {
            "do": do,
            "name": draft.name,
            "document": draft.text().decode(),
            "body": base64.b64encode(draft.content()).decode(),
            "media_type": draft.media_type,
            "form": draft.form,
            "context": draft.context,
            "received_at": self._now().isoformat(),
            "names": {kind: sorted(names) for kind, names in self._folder.names.items()},
            "language": draft.language,
        }

    def _against(self, instance: str) -> dict[str, str] | None:
        if not instance:
            return None
        running = self._running()
        if instance not in running:
            near = meant(instance, running)
            said = Words(f"found no connector {instance!r}{near}", f"没有连接器 {instance!r}{near.zh}")
            raise PayloadError("http.request", said, "/against")
        return {"name": running[instance].name, "document": running[instance].text.decode()}

    def _in_use(self) -> Iterator[dict[str, Any]]:
        found: dict[str, list[str]] = {}
        running = self._running()
        for instance, document in sorted(running.items()):
            found.setdefault(document.name, []).append(instance)
        for name, instances in sorted(found.items()):
            document = running[instances[0]]
            version = {"version": document.identity["version"], "instances": instances}
            yield {**self._named(name, "running", document.text.decode()), **version}

    def _in_folder(self) -> Iterator[dict[str, Any]]:
        known = {each.name: each.text for each in self._running().values()}
        for name, path in own_documents(self._folder.path).items():
            text = path.read_bytes()[: DOCUMENT_BYTES + 1]
            if known.get(name) != text:
                yield self._named(name, "folder", text.decode(errors="replace"))

    def _shipped(self) -> Iterator[dict[str, Any]]:
        known = {each.name for each in self._running().values()}
        for name in shipped(SHIPPED):
            if name not in known:
                yield self._named(name, "shipped", (SHIPPED / f"{name}.json").read_text("utf-8"))

    def _named(self, name: str, origin: str, text: str) -> dict[str, Any]:
        return {"name": name, "origin": origin, "document": text, "cases": len(self._cases(name))}

    def _cases(self, name: str) -> list[Path]:
        """The golden cases beside a document: those of the folder, else those that came with a shipped one."""
        places = (self._folder.path / FOLDER, SHIPPED)
        return next((found for each in places if (found := sorted((each / f"{name}.cases").glob("*.json")))), [])
