"""The closed schema of entry v1: every kind of entry, the members it has, and what each may hold.

A member has one meaning and one shape in all kinds; only the words of ``outcome`` differ. Leaves are for ever: a
kind and a member may be added, nothing here may be changed or taken away.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audit_log import shapes as s
from audit_log.shapes import Member, Shape, optional

_ACTOR = s.members("actor", "who did it", {"type": s.words("operator", "account"), "id": s.TOKEN})
_SEALED = s.members(
    "sealed", "bytes kept sealed outside the log", {"bytes": s.NUMBER, "commit": s.COMMITMENT, "ct_sha256": s.SHA256}
)
_COMMITTED = s.members("committed", "bytes that the log commits to", {"bytes": s.NUMBER, "commit": s.COMMITMENT})
_AUTH = s.members(
    "auth",
    "how the sender proved itself, and by which key",
    {
        "method": s.words("http-signature", "password", "sealed", "serial", "token", "webhook", "xml"),
        "key_id": optional(s.NAME),
        "result": s.words("verified", "rejected"),
    },
)
_MAPPING = s.members(
    "mapping", "the document that read it", {"id": s.NAME, "version": optional(s.VERSION), "sha256": s.SHA256}
)
_COUNTS = s.members(
    "counts",
    "items by what became of them",
    {word: optional(s.NUMBER) for word in ("applied", "duplicate", "held", "ignored", "quarantined")},
)
_HOLD = s.members(
    "hold", "what keeps a scope lower: the requirement and the reason word", {"cause": s.NAME, "reason": s.NAME}
)
_TRIGGER = s.either(
    "trigger",
    "a transmission, or one word",
    s.TRANSMISSION,
    s.words("date", "link", "mode", "operator", "retry", "rules"),
)

MEMBERS: Mapping[str, tuple[Shape, str]] = {
    "actor": (
        s.either(
            "actor",
            "{`type`: `operator` or `account`, `id`: token}, or a list of two to eight of them",
            _ACTOR,
            s.several(_ACTOR, 2, 8),
        ),
        "who did it",
    ),
    "about": (s.NAME, "the credential, exam or course that a document is about"),
    "after": (s.SCOPE, "the scope from now on"),
    "answer": (_SEALED, "what the hub answered"),
    "aside": (s.TRANSMISSION, "the id under which what was superseded is kept"),
    "attempt": (s.NUMBER, "the number of this try, from 1"),
    "auth": (_AUTH, "how the sender proved itself"),
    "before": (s.SCOPE, "the scope until now"),
    "body": (_COMMITTED, "a refused body: its bytes are not kept"),
    "boot": (s.TOKEN, "this run of the process"),
    "case": (s.MARK, "the case"),
    "certificate": (_COMMITTED, "the signed facts of a certificate"),
    "code": (s.CODE, "the stable code of a failure"),
    "codes": (s.several(s.CODE, 1, 32), "the stable codes of what went wrong, each once"),
    "command": (s.NUMBER, "the number of a command at its device"),
    "config": (s.MARK, "the settings that the hub runs by"),
    "config_before": (s.MARK, "the settings that it ran by before"),
    "connector": (s.NAME, "the instance that took it in or carried it out"),
    "count": (s.NUMBER, "how many"),
    "counts": (_COUNTS, "items of the transmission by what became of them; a word without items is absent"),
    "decision": (s.ID, "the entry of the decision that is carried out"),
    "digest": (s.SHA256, "what a signed package is known by"),
    "documents": (s.SHA256, "position files and courses as they were taken"),
    "document": (_COMMITTED, "the document that a person decided upon: its bytes are not kept"),
    "edition": (s.NUMBER, "which of a person's papers of the same it is, from 1"),
    "enclosed": (s.several(s.ID, 0, 256), "entries of which nobody keeps any more what they commit to"),
    "enforced_from": (s.INSTANT, "from when decisions are carried out"),
    "epoch": (s.NUMBER, "the person's epoch: it fences what is sent"),
    "error": (s.CLASS, "the class of a failure that has no code"),
    "evidence": (s.several(s.TRANSMISSION, 0, 256), "the transmissions that it rests on"),
    "exam": (s.NAME, "an exam, as positions name it"),
    "course": (s.NAME, "a course, as courses.toml names it"),
    "fault": (s.CODE, "what is wrong with what waits"),
    "filed": (s.ID, "the entry of the document that is removed"),
    "form": (s.NAME, "the form of the mapping that read it"),
    "found": (_COMMITTED, "the content that came"),
    "frozen_until": (s.INSTANT, "until when derived changes wait"),
    "holds": (s.several(_HOLD, 0, 128), "what keeps the scope lower"),
    "host": (s.HOST, "the machine"),
    "job": (s.ID, "work that was asked for"),
    "key": (s.VERSION, "the id of the key that signs the log"),
    "key_before": (s.VERSION, "the id of the key that signed it before"),
    "kid": (s.NAME, "the name of a key, as its owner calls it"),
    "known": (_COMMITTED, "the content that was known under the same id"),
    "latency_ms": (s.NUMBER, "how long it took, milliseconds"),
    "machine": (s.INSTANT, "what the machine's clock showed; the calendar of the hub is ``ts``"),
    "mapping": (_MAPPING, "the mapping document that read it"),
    "mapping_before": (_MAPPING, "the mapping document that read it before"),
    "media": (s.MEDIA, "the media type, if it is one of those known"),
    "matter": (s.NAME, "what a case is about, in one word"),
    "mode": (s.words("enforce", "freeze", "unfreeze"), "what was changed"),
    "name": (s.NAME, "the position or sink"),
    "notice": (s.ID, "the message to a person"),
    "observation": (_SEALED, "question and answer digests of the observation"),
    "observed": (s.words("present", "absent"), "how the target was seen"),
    "operation": (
        s.words("apply", "members", "observe", "poll", "probe", "resolve", "send"),
        "what the other side was asked",
    ),
    "open_until": (s.INSTANT, "until when a target stands open beside the rules"),
    "operator": (s.TOKEN, "the operator who was told"),
    "opened": (s.ID, "the entry of which it was read what it commits to"),
    "paper": (
        s.words("certificate", "letter", "look_up", "score_sheet", "supporting"),
        "what kind of document it is",
    ),
    "payload": (_SEALED, "the body as it came, with what proves its sender"),
    "peer": (s.PEER, "the sender, as configured, or the serial that a device says it has"),
    "person": (s.TOKEN, "whom it concerns"),
    "position": (s.NAME, "the special position"),
    "quarantine": (s.ID, "the item that was kept aside"),
    "reason": (_SEALED, "why, in the words of who did it"),
    "receipt": (_SEALED, "what the other side said when it took a message"),
    "root": (s.SHA256, "the root of the log up to a size"),
    "rules": (s.text("revision", "digest of positions and courses", "[0-9a-f]{16,64}"), "the rules that judge"),
    "rules_before": (
        s.text("revision", "digest of positions and courses", "[0-9a-f]{16,64}"),
        "those that judged before",
    ),
    "scan": (_SEALED, "a document of the register, sealed in a file of its own"),
    "scope": (s.words("position", "sink", "all"), "what a mode is about"),
    "signers": (s.several(s.NAME, 1, 16), "the names of the keys that signed"),
    "since": (s.INSTANT, "the beginning of the time that is counted"),
    "size": (s.NUMBER, "entries of the log"),
    "standing": (_COMMITTED, "the standing with its figures"),
    "subject": (s.TOKEN, "an identifier of a source"),
    "target": (s.NAME, "what is opened or closed at a sink"),
    "task": (s.NAME, "what kind of job it is"),
    "transmission": (s.TRANSMISSION, "the transmission"),
    "triggers": (s.several(_TRIGGER, 0, 64), "why it was looked at"),
    "verdict": (
        s.words(
            "approved",
            "blocked",
            "credited",
            "deferral",
            "enrolled",
            "entered",
            "excused",
            "incident",
            "lifted",
            "listed",
            "mentored",
            "noted",
            "objection",
            "overridden",
            "partly",
            "practical",
            "refused",
            "rejected",
            "released",
            "renewed",
            "reopened",
            "sign_out_assumed",
            "withdrawn",
            "witnessed",
        ),
        "what a person decided",
    ),
    "version": (s.VERSION, "of the hub"),
    "wanted": (s.words("present", "absent"), "how the target must be"),
}
"""Every member but the four that each entry has: its shape, and what it says."""

ALWAYS: Mapping[str, tuple[Shape, str]] = {
    "v": (Shape("1", "the number 1", "1", {"const": 1}), "the version of this format"),
    "id": (s.ID, "the entry"),
    "ts": (s.INSTANT, "the calendar at its commit; the order of entries is their place in the log"),
    "kind": (s.text("kind", "one of the kinds above", "[a-z]+"), "what happened"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of entry: what it says, its members, and the pattern of its canonical bytes."""

    name: str
    says: str
    members: Mapping[str, Member]

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """What the whole entry matches; made at the first entry of the kind, as a process meets few of them."""
        return re.compile(s.object_pattern(self.members).encode("latin-1"))


def _kind(name: str, says: str, has: str, may: str = "", outcomes: str = "") -> Kind:
    listed = {key: Member(shape) for key, (shape, _meaning) in ALWAYS.items()}
    listed["kind"] = Member(s.words(name))
    for key in has.split():
        listed[key] = Member(s.words(*outcomes.split()) if key == "outcome" else MEMBERS[key][0])
    for key in may.split():
        listed[key] = optional(s.words(*outcomes.split()) if key == "outcome" else MEMBERS[key][0])
    return Kind(name, says, listed)


_SENDER = "peer auth"
_ONE_TARGET = "connector person target wanted epoch"
_SEEN = "outcome decision latency_ms code observation"
_DONE = "applied noop refused unknown"
"""Whether a write was needed, and whether it was taken."""

KINDS: Mapping[str, Kind] = {
    each.name: each
    for each in (
        # what comes in
        _kind(
            "received",
            "A transmission became ours.",
            "connector transmission payload counts",
            f"{_SENDER} mapping media form",
        ),
        _kind(
            "quarantined",
            "A transmission was kept of which nothing, or not everything, could be read; the rest became ours.",
            "connector transmission payload counts code",
            f"{_SENDER} mapping media form",
        ),
        _kind("duplicate", "A transmission came again.", "connector transmission count", _SENDER),
        _kind("superseded", "A mended transmission took the place of a kept one.", "connector transmission aside"),
        _kind("released", "Items that waited for an identifier apply.", "connector person count triggers"),
        _kind("replayed", "An item kept aside was read again.", "connector quarantine transmission actor"),
        _kind("discarded", "An item kept aside is not wanted.", "connector quarantine reason actor"),
        _kind("import", "An opening file was kept.", "connector transmission counts actor"),
        _kind("refused", "A request was refused.", "connector code", f"{_SENDER} body"),
        _kind(
            "refusals",
            "So many more requests of one peer were refused within a minute.",
            "connector count codes since",
            "peer body",
        ),
        _kind(
            "device",
            "The status of a device changed.",
            "connector peer outcome",
            "actor",
            "pending approved rejected retired",
        ),
        _kind(
            "offset",
            "People stated how far the clock of a device was off in a time.",
            "peer actor reason",
            "transmission document",
        ),
        _kind(
            "link",
            "Whose an identifier is, or was, changed.",
            "person subject outcome triggers",
            "actor",
            "linked moved unlinked",
        ),
        # what follows
        _kind(
            "decided",
            "The scope of a person in a position, or what holds it down, changed.",
            "person after triggers holds",
            "position before evidence rules standing",
        ),
        _kind("certified", "A certificate was written of what was issued.", "person position certificate"),
        _kind("reviewed", "The figures of a standing changed, and nothing else.", "person position standing"),
        _kind(
            "mode",
            "What is carried out, observed or frozen changed.",
            "mode scope name actor",
            "reason enforced_from frozen_until",
        ),
        _kind(
            "corrected",
            "A person decided what counts of somebody: a correction, or the outcome of a case.",
            "person verdict actor reason",
            "transmission document case",
        ),
        _kind(
            "filed",
            "A document was filed in the register, or removed from it.",
            "person paper about edition actor outcome",
            "scan media reason transmission filed",
            "kept removed",
        ),
        _kind(
            "erased",
            "What names a person was destroyed: rows, keys, documents, and these bodies that named the person.",
            "person actor reason evidence enclosed",
        ),
        _kind(
            "case",
            "A case for a person arose, was decided, or its cause went away.",
            "case matter outcome",
            outcomes="opened decided closed",
        ),
        # what goes out
        _kind(
            "attempt",
            "What is to be done at a target now; nothing has left yet.",
            f"{_ONE_TARGET} attempt",
            "decision",
        ),
        _kind("accepted", "A sink took a write; not yet seen carried out.", "connector person target epoch", "code"),
        _kind("confirmed", "A target was seen as it must be.", f"{_ONE_TARGET} observed", _SEEN, _DONE),
        _kind("drifted", "A target was seen other than it must be.", _ONE_TARGET, f"observed {_SEEN}", _DONE),
        _kind("unknown", "Nobody knows yet how a target is.", _ONE_TARGET, f"observed {_SEEN}", _DONE),
        _kind(
            "failed",
            "A delivery could not be done: it is tried again, or waits for a person.",
            "connector person epoch",
            f"target wanted observed error attempt {_SEEN}",
            _DONE,
        ),
        _kind(
            "command",
            "A command waits for a device, was fetched by it, was answered by it, or is not wanted any more.",
            "connector peer command outcome",
            "actor person target epoch",
            "queued sent done failed dropped",
        ),
        _kind(
            "call",
            "The other side was asked.",
            "connector operation outcome latency_ms",
            "code error target wanted epoch notice count",
            "answered failed rejected unknown",
        ),
        _kind(
            "notified",
            "A message to a person was accepted, or cannot be delivered.",
            "notice outcome attempt",
            "connector code receipt",
            "accepted failed",
        ),
        _kind(
            "escalated",
            "HR was told of a message that could not be delivered; or could not be by this way, or nobody knows.",
            "notice connector outcome",
            "code",
            "accepted failed unknown",
        ),
        _kind(
            "withdrawals",
            "HR was told of so many people whose access issuers' own words closed; or could not be, or nobody knows.",
            "count connector outcome",
            "code",
            "accepted failed unknown",
        ),
        _kind(
            "registration",
            "Somebody is to sit an exam or take a course, or no longer; the system there took that, or refused it.",
            "person position outcome",
            "exam course connector code attempt",
            "registered withdrawn accepted failed",
        ),
        _kind(
            "figures",
            "A partner is to hear what somebody did of a course; gave its receipt, or refused it; is told again.",
            "connector outcome",
            "person actor since count code attempt receipt",
            "decided confirmed failed replayed",
        ),
        _kind(
            "asked",
            "Another system asked for the figures of somebody, and why; it was answered, or may not ask that.",
            "connector outcome",
            "person code auth reason payload answer",
            "answered refused",
        ),
        _kind(
            "halt",
            "A target is written no more, as a write there did what nobody asked for, or is again.",
            "connector target outcome",
            "code actor person",
            "halted resumed",
        ),
        _kind(
            "override",
            "Two people opened a target to somebody beside the rules, or that has ended.",
            "connector person target outcome",
            "actor reason open_until",
            "opened ended",
        ),
        # the hub itself
        _kind(
            "alarm",
            "Something that a person must look at.",
            "code",
            "connector peer person position target fault epoch error attempt triggers transmission known found",
        ),
        _kind(
            "told",
            "An operator was told of so many alarms; or could not be by this way, or nobody knows.",
            "operator count outcome",
            "connector code",
            "accepted failed unknown",
        ),
        _kind(
            "acknowledged",
            "A person has looked at an alarm.",
            "actor code",
            "connector person position target fault",
        ),
        _kind("access", "Somebody read what names a person.", "actor", "connector person subject quarantine opened"),
        _kind("start", "The hub began to work.", "version host boot config rules key"),
        _kind("restored", "The hub began on a restored copy: it grants nothing until a person lets it.", "since"),
        _kind("resumed", "A person let a restored hub grant again; so many grants had waited.", "actor count"),
        _kind("stop", "The hub ended in order.", "boot"),
        _kind("heartbeat", "The hub lives: silence is not a gap.", "boot"),
        _kind("config", "The hub runs by other settings than before.", "config config_before"),
        _kind(
            "clock",
            "The machine's clock leapt and the calendar is held; it agrees again; or it is believed, as somebody says.",
            "outcome machine",
            "actor connector",
            "held back believed",
        ),
        _kind("rules", "Other rules judge than before.", "rules rules_before"),
        _kind(
            "taken",
            "Rules came into force: as a start found them, or as a person took them who saw how many lose.",
            "documents",
            "actor count",
        ),
        _kind("mapping", "Another document reads what an instance brings.", "connector mapping", "mapping_before"),
        _kind("key", "Another key signs the log than before.", "key key_before"),
        _kind(
            "keyring",
            "A key became known, or how long it is believed changed: of a peer, of who signs packages, or the hub's.",
            "kid outcome",
            "connector person actor reason since count",
            "added rotated retired revoked",
        ),
        _kind(
            "package",
            "A signed package was taken, was refused, or was sealed anew for the hub.",
            "outcome",
            "name version digest signers actor code",
            "taken refused rekeyed",
        ),
        _kind(
            "job",
            "A job was asked for, or is wanted no more; it went well, or failed.",
            "job task outcome",
            "connector code actor auth",
            "asked cancelled succeeded failed",
        ),
        _kind("checked", "The hub verified its own log up to a size.", "size root"),
    )
}
"""Every kind of entry."""

_PEER = re.compile(s.PEER.pattern)
_TRIGGERS = re.compile(_TRIGGER.pattern)


def is_peer(text: str) -> bool:
    """Whether a text may stand as ``peer``; what may not is left out, whoever claimed it."""
    return _PEER.fullmatch(f'"{text}"') is not None


def triggers(causes: Iterable[str]) -> list[str]:
    """The member ``triggers`` for causes as they are kept; what is no trigger by its form is left out."""
    return [cause for cause in causes if _TRIGGERS.fullmatch(f'"{cause}"') is not None]


def schema() -> dict[str, Any]:
    """The JSON Schema of an entry: one alternative a kind."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:licet:entry:1",
        "title": "One entry of the sync audit log, format v1",
        "oneOf": [_schema_of(each) for each in KINDS.values()],
    }


def _schema_of(kind: Kind) -> dict[str, Any]:
    whole = s.members(kind.name, kind.says, kind.members)
    return {"title": kind.name, "description": kind.says, **whole.schema}
