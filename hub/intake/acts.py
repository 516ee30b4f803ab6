"""What people at HR do to a scope or to a credential: block, override, renew, enter in the register, reopen.

Each is a fact of the person, with reason, document and who does it, two where one is not enough.
"""

from datetime import datetime, timedelta
from functools import partial

from connectors.port import Kept
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.identity.operators import Operators, folded
from hub.intake.basis import Basis, Weight
from hub.intake.by_hand import Upon
from hub.intake.corrections import Correction, Corrections
from hub.intake.typed import TypedNames
from hub.rules.credentials.words import normal
from hub.rules.posts.dossier import Rulebook
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.facts import statements_of
from hub.store.writer import Writer
from hub.wording import meant
from schemas.credential import CredentialStatus
from schemas.decision import Block, Override, RegisterEntry, RenewalAct, Reopened
from schemas.errors import CallError
from schemas.position import Position
from schemas.words import Words

LONGEST = timedelta(days=7)
"""An override lasts no longer."""
_CHANGES = Words("its dates are not those that the register has", "日期与已登记的不同")
_OPENS = Words("it opens what the rules keep closed", "将开通规则不允许的权限")


class Acts:
    """Keeps what HR does to scopes and credentials."""

    def __init__(
        self,
        corrections: Corrections,
        names: TypedNames,
        rules: Rulebook,
        operators: Operators,
        writer: Writer,
        database: Database,
    ) -> None:
        self._corrections = corrections
        self._names = names
        self._rules = rules
        self._operators = operators
        self._writer = writer
        self._database = database

    # --- a scope ---------------------------------------------------------------------------------------------

    def block(self, number: str, position: str, scope: str, review_at: datetime, basis: Basis, now: datetime) -> Kept:
        """Keep a scope at ``scope`` or below, from now until another person lifts it; reviewed at an instant ahead.

        Raises:
            CallError: Person, post or scope is unknown, the review does not lie ahead, or the basis does not do.
        """
        self._scope(position, scope, now, "none")
        if review_at <= now:
            raise CallError(
                Words(
                    f"--review: found {review_at.isoformat()}, expected an instant ahead",
                    f"--review：现为 {review_at.isoformat()}，应为将来的时刻",
                ),
                cure=Words(
                    "name a day after today on which somebody looks at it again: `--review DAY`",
                    "填写今天之后的复核日期：`--review 日期`",
                ),
            )
        said = Block(
            subject=number,
            id=f"{position}@{now:%Y%m%dT%H%M%S.%fZ}",
            position=position,
            scope=scope,
            starts_at=now,
            review_at=review_at,
            set_by=self._tokens(basis),
        )
        return self._keep("blocked", number, said, Weight(), basis, now)

    def lift(self, number: str, position: str, basis: Basis, now: datetime) -> Kept:
        """Lift every block of a person in a post, by somebody who set none of them.

        Raises:
            CallError: There is none, or who lifts it set it.
        """
        found = [each for each in self._blocks(number) if each.position == position and each.lifted_at is None]
        if not found:
            raise CallError(
                Words(
                    f"{number}: found no block in {position!r}{meant(position, self._rules.positions)}",
                    f"{number}：在岗位 {position!r} 没有限制{meant(position, self._rules.positions).zh}",
                ),
                cure=Words("`licet why PERSON` shows what keeps the scope low", "用 `licet why 工号` 查看限制事由"),
            )
        if any(set(self._tokens(basis)) & set(each.set_by) for each in found):
            raise CallError(
                Words(
                    "who sets a block does not lift it; another person has to",
                    "设置限制的人不得解除限制，须由另一人操作",
                )
            )
        said = [(number, each.model_copy(update={"subject": number, "lifted_at": now})) for each in found]
        return self._corrections.keep(Correction("lifted", said, Weight()), basis, now)

    def override(
        self, number: str, position: str, scope: str, start: datetime, end: datetime, basis: Basis, now: datetime
    ) -> Kept:
        """Open a scope for some days; it ends by itself, and at an issuer's closing word.

        Raises:
            CallError: Person, post or scope is unknown, the time is past or too long, or the basis does not do.
        """
        self._scope(position, scope, now)
        self._names.person(number)
        if not max(start, now) < end <= start + LONGEST or start < now - timedelta(minutes=5):
            raise CallError(
                Words(
                    f"found {start.isoformat()} to {end.isoformat()}, "
                    f"expected from now on, at most {LONGEST.days} days",
                    f"现为 {start.isoformat()} 至 {end.isoformat()}，应自现在起，最长 {LONGEST.days} 天",
                ),
                cure=Words(
                    f"give an end that is ahead and no more than {LONGEST.days} days away: --until DAY; for longer"
                    " the post's requirements are met, or changed in its file",
                    f"填写 {LONGEST.days} 天以内的将来日期：--until 日期；需要更长时间的，应满足岗位要求或修改岗位文件",
                ),
            )
        id = f"{position}@{start:%Y%m%dT%H%M%S.%fZ}"
        said = Override(subject=number, id=id, position=position, scope=scope, starts_at=start, ends_at=end)
        return self._keep("overridden", number, said, Weight(always_two=_OPENS), basis, now)

    # --- a credential ----------------------------------------------------------------------------------------

    def renew(self, number: str, position: str, credential: str, basis: Basis, now: datetime) -> Kept:
        """Renew an own credential whose renewal waits for HR; its demands decide whether that renews it.

        Raises:
            CallError: The post has no such credential, or it renews by itself.
        """
        known, _person = self._position(position, now).credential, self._names.person(number)
        if credential not in known:
            raise CallError(
                Words(
                    f"{position}: found no credential {credential!r}{meant(credential, known)}",
                    f"{position}：没有资质 {credential!r}{meant(credential, known).zh}",
                ),
                cure=Words(
                    "name a credential that a position of the folder has: `licet rules lint` reads them",
                    "改为岗位文件中的资质；用 `licet rules lint` 检查岗位文件",
                ),
            )
        if known[credential].renewal != "hr":
            raise CallError(
                Words(
                    f'{credential}: it renews by itself; only one with renewal = "hr" waits for an act',
                    f'{credential}：自动续期；只有 renewal = "hr" 的资质须人工续期',
                )
            )
        said = RenewalAct(subject=number, position=position, credential=credential, acted_at=now)
        return self._keep("renewed", number, said, Weight(), basis, now)

    def enter(self, entry: RegisterEntry, basis: Basis, now: datetime, upon: Upon | None = None) -> Kept:
        """Enter in the register what a certificate says; ``entered_by`` two people where two do it.

        ``upon`` files the document that shows it, in the same commit.

        Raises:
            CallError: No post names the credential, it ends before it begins, or the basis does not do: dates that
                are not those entered before take two people.
        """
        self._credential(entry.credential, now, own=False)
        if entry.valid_from is not None and entry.valid_until is not None and entry.valid_until <= entry.valid_from:
            raise CallError(
                Words(
                    f"--until: found {entry.valid_until.isoformat()}, expected later than --from, which is"
                    f" {entry.valid_from.isoformat()}",
                    f"--until：现为 {entry.valid_until.isoformat()}，应晚于 --from（{entry.valid_from.isoformat()}）",
                ),
                cure=Words(
                    "see on the certificate which of the two is wrong, and correct that one", "对照证书，更正填错的一项"
                ),
            )
        if entry.check_by is not None and entry.check_by <= now:
            at = entry.check_by.isoformat()
            raise CallError(
                Words(f"--check-by: found {at}, expected a day ahead", f"--check-by：现为 {at}，应为将来日期")
            )
        weighed = partial(self._weight, entry)
        with self._database.reading() as session:
            correction = Correction("entered", [(entry.subject, entry)], weighed(session))
        return self._corrections.keep(correction, basis, now, upon=upon, weighed=weighed)

    def reopen(self, number: str, credential: str, certificate: str, basis: Basis, now: datetime) -> Kept:
        """Undo a mistaken revocation of a certificate number, by two people, on its issuer's letter.

        Raises:
            CallError: No post names the credential, or the basis does not do.
        """
        self._credential(credential, now, own=True)
        said = Reopened(subject=number, credential=credential, number=certificate, changed_at=now)
        return self._keep("reopened", number, said, Weight(always_two=_OPENS), basis, now)

    # --- what all have in common -----------------------------------------------------------------------------

    def _keep(
        self,
        verdict: str,
        number: str,
        said: Block | Override | RenewalAct | Reopened,
        weight: Weight,
        basis: Basis,
        now: datetime,
    ) -> Kept:
        return self._corrections.keep(Correction(verdict, [(number, said)], weight), basis, now)

    def _position(self, position: str, now: datetime) -> Position:
        if position not in self._rules.positions:
            raise CallError(
                Words(
                    f"found no position {position!r}{meant(position, self._rules.positions)}",
                    f"没有岗位 {position!r}{meant(position, self._rules.positions).zh}",
                ),
                cure=Words(
                    "name a position of positions/; `licet check --json` lists them",
                    "改为 positions/ 中的岗位；用 `licet check --json` 查看",
                ),
            )
        return self._rules.current(position, now)

    def _scope(self, position: str, scope: str, now: datetime, *also: str) -> None:
        known = [*also, *(rung.scope for rung in self._position(position, now).ladder)]
        if scope not in known:
            expected = f"expected one of {', '.join(known)}{meant(scope, known)}"
            raise CallError(
                Words(
                    f"{position}: found no scope {scope!r}, {expected}",
                    f"{position}：没有范围 {scope!r}，应为下列之一：{'、'.join(known)}{meant(scope, known).zh}",
                ),
                cure=Words(
                    "name a rung of its ladder, as positions/ has it",
                    "改为岗位阶梯中的级别，见 positions/ 中的岗位文件",
                ),
            )

    def _credential(self, credential: str, now: datetime, *, own: bool) -> None:
        posts = [self._rules.current(position, now) for position in self._rules.positions]
        rules = [each for post in posts for each in post.credential.items()]
        known = {rule.scheme or name for name, rule in rules if own or rule.issuer != "hub"}
        if credential not in known:
            raise CallError(
                Words(
                    f"found {credential!r}, expected a credential that a position asks for: "
                    f"{', '.join(sorted(known)) or 'none'}{meant(credential, known)}",
                    f"资质 {credential!r} 不是岗位要求的资质；"
                    f"可用：{'、'.join(sorted(known)) or '无'}{meant(credential, known).zh}",
                ),
                cure=Words(
                    "the same command with one of them; what a post asks for stands in its file in positions/",
                    "改用其中之一再执行该命令；岗位要求见 positions/ 中的岗位文件",
                ),
            )

    def _weight(self, entry: RegisterEntry, session: Connection) -> Weight:
        """Two people have to say it where its dates are others than those which the register has of the number."""
        number = normal(self._names.number(entry.number))
        before = [
            each
            for each in self._entered(entry.subject, session)
            if (each.credential, normal(each.number)) == (entry.credential, number)
        ]
        since = next((each.valid_from for each in reversed(before) if each.valid_from is not None), None)
        until = next((each.valid_until for each in reversed(before) if each.valid_until is not None), None)
        others = entry.valid_from not in (None, since) or entry.valid_until not in (None, until)
        return Weight(always_two=_CHANGES) if before and others else Weight()

    def _entered(self, number: str, session: Connection) -> list[CredentialStatus]:
        """What the register has of a person, the latest last."""
        asked = {"person": self._names.person(number), "known_by": OPEN}
        rows = [row for row in session.all(statements_of, asked) if row.kind == RegisterEntry.KIND]
        known = [fact_of(row, RegisterEntry) for row in sorted(rows, key=lambda row: row.id)]
        return [each.record for each in known if isinstance(each.record, CredentialStatus)]

    def _blocks(self, number: str) -> list[Block]:
        asked = {"person": self._names.person(number), "known_by": OPEN}
        with self._database.reading() as session:
            rows = [row for row in that_hold(session.all(statements_of, asked)) if row.kind == Block.KIND]
        return [record for row in rows if isinstance(record := fact_of(row, Block).record, Block)]

    def _tokens(self, basis: Basis) -> tuple[str, ...]:
        """The tokens of who acts, known to the store before a fact names them."""
        acting = [self._operators.one(name) for name in dict.fromkeys(map(folded, basis.actors)) if name]
        members = [self._writer.call(each.member) for each in acting]
        return tuple(str(each["id"]) for each in members if isinstance(each, dict))
