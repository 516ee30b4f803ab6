"""Whether a package that was opened and verified may be taken: who signed, for whom, until when, after which."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hub.packages.manifest import Manifest
from schemas.errors import TrustError
from schemas.words import Words

AUTHOR, APPROVER = "author", "approver"
LONGEST_JUMP = 1000
"""Versions that one package may be ahead of the last: who forges a version far ahead would lock out all that follow."""
AHEAD_SECONDS = 300


class Signer(NamedTuple):
    """Whose key it is, by token, and what its signature stands for."""

    kid: str
    person: str
    role: str


class Highest(NamedTuple):
    """The last version of a package that was taken, and its digest; 0 and empty where there is none."""

    version: int = 0
    digest: str = ""


def require_signers(signers: Sequence[Signer], *, alone: bool) -> None:
    """Return if an author and another person who approves have signed; ``alone``: in a hub for development one may.

    Raises:
        TrustError: ``package.signers``.
    """
    authors = {each.person for each in signers if each.role == AUTHOR}
    approvers = {each.person for each in signers if each.role == APPROVER}
    if alone and (authors or approvers):
        return
    if not any(author != approver for author in authors for approver in approvers):
        found = f"{len(authors)} authors and {len(approvers)} approvers"
        raise TrustError(
            "package.signers",
            Words(
                f"found {found}, expected an author and another person who approves",
                f"现有编制人 {len(authors)} 名、审批人 {len(approvers)} 名，应有编制人和另一审批人",
            ),
        )


def require_fit(manifest: Manifest, hub: str, highest: Highest, now: datetime) -> None:
    """Return if a package is for this hub, of now, and the next one of its name.

    Raises:
        TrustError: ``package.audience``, ``package.expired``, ``package.version``, ``package.jump``, ``package.prev``.
    """
    if hub not in manifest.audience:
        raise TrustError(
            "package.audience",
            Words(
                f"it is for {', '.join(manifest.audience)}; this hub is {hub}",
                f"适用于 {'、'.join(manifest.audience)}；本平台为 {hub}",
            ),
        )
    if not manifest.issued - AHEAD_SECONDS <= now.timestamp() < manifest.expires:
        raise TrustError(
            "package.expired",
            Words(
                f"it may be taken until {manifest.expires_at.isoformat()}",
                f"接收期限至 {manifest.expires_at.isoformat()}",
            ),
        )
    if manifest.version <= highest.version:
        raise TrustError(
            "package.version",
            Words(
                f"found version {manifest.version}, expected one above {highest.version}; an older content comes back"
                " as a new version: `licet package rollback`",
                f"版本为 {manifest.version}，应高于 {highest.version}；如需恢复旧内容，请用 `licet package rollback`",
            ),
        )
    if manifest.version > highest.version + LONGEST_JUMP:
        raise TrustError(
            "package.jump",
            Words(
                f"found version {manifest.version}, expected at most {LONGEST_JUMP} above {highest.version}",
                f"版本为 {manifest.version}，最多可比 {highest.version} 高 {LONGEST_JUMP}",
            ),
        )
    if manifest.prev != highest.digest:
        raise TrustError(
            "package.prev",
            Words(
                f"it follows {manifest.prev[:12] or 'nothing'}, but {highest.digest[:12] or 'nothing'} is in use; a"
                " person must look which was left out, and sign again",
                f"上一版本为 {manifest.prev[:12] or '无'}，现用版本为 {highest.digest[:12] or '无'}；须核实遗漏的版本后"
                "重新签名",
            ),
        )
