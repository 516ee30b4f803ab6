"""What tells people what was decided and exam systems who may sit an exam, and certifies what was issued."""

from datetime import timedelta
from functools import cached_property

from hub.alarms.aside import SetAside
from hub.alarms.calendar import MISSING, PAST_REVIEW, KeptByHand
from hub.alarms.late import LateNotices
from hub.alarms.mail import AlarmMail, AlarmReader
from hub.alarms.manned import Manned
from hub.audit.keys import log_key
from hub.certificates.desk import CertificateDesk
from hub.certificates.facts import Issuer
from hub.certificates.registry import Certificates
from hub.exams.desk import ExamDesk
from hub.exams.listing import Registrations
from hub.mailing import MailRoute
from hub.notification.letters import Letters, Reader
from hub.notification.outbox import Outbox
from hub.notification.undelivered import HrAddress, Undelivered
from hub.notification.withdrawn import Withdrawn
from hub.partners.desk import PartnerDesk
from hub.partners.late import LatePartners
from hub.partners.listing import PartnerWords
from hub.parts.keyring import Keyring
from hub.rules.files.renewals import past_review
from hub.views.courses import CoursesToTake


class Telling(Keyring):
    """Messages, registrations and certificates: who writes them, who sends them, who lists them."""

    @cached_property
    def letters(self) -> Letters:
        """What writes to people."""
        folder, hub = self.folder, self.folder.settings.hub
        hr = Reader({"mail": hub.hr_mail}, hub.language)
        return Letters(
            self.directory, folder.positions, self.message_routes, hr, folder.zone, folder.courses, folder.renewals
        )

    @cached_property
    def outbox(self) -> Outbox:
        """What sends messages."""
        return Outbox(
            writer=self.writer,
            database=self.database,
            letters=self.letters,
            enclosures=self.enclosures,
            clock=self.clock,
            activator=self.activators.mail,
            owner=self._owner,
        )

    @cached_property
    def late_notices(self) -> LateNotices:
        """What raises an alarm where a message waits for too long."""
        after = timedelta(seconds=self.folder.settings.hub.notice_late_seconds)
        return LateNotices(self.database, self.writer, self.clock, after)

    @cached_property
    def set_aside(self) -> SetAside:
        """What raises an alarm where something came that could not be read."""
        return SetAside(self.database, self.writer)

    @cached_property
    def manned(self) -> Manned:
        """What ends the alarms of posts that are manned again."""
        return Manned(self.database, self.writer, self.clock, self.folder.rulebook)

    @cached_property
    def mailers(self) -> dict[str, MailRoute]:
        """What sends mail, by name, in the order in which they are tried."""
        reaching = [each for each in self.message_routes if "mail" in each.reaches]
        return {each.name: MailRoute(each.name, each.messenger) for each in reaching}

    @cached_property
    def undelivered(self) -> Undelivered:
        """What tells HR of messages that nobody got."""
        hub = self.folder.settings.hub
        return Undelivered(
            HrAddress(hub.hr_mail, hub.language, self.folder.zone),
            list(self.mailers.values()),
            self.folder.positions.get,
            directory=self.directory,
            database=self.database,
            writer=self.writer,
            clock=self.clock,
        )

    @cached_property
    def withdrawn(self) -> Withdrawn:
        """What tells HR whose access issuers closed."""
        hub = self.folder.settings.hub
        return Withdrawn(
            HrAddress(hub.hr_mail, hub.language, self.folder.zone),
            list(self.mailers.values()),
            self.folder.positions.get,
            directory=self.directory,
            database=self.database,
            writer=self.writer,
            clock=self.clock,
        )

    @cached_property
    def exam_desk(self) -> ExamDesk:
        """What registers for exams."""
        return ExamDesk(
            self.exam_systems,
            writer=self.writer,
            database=self.database,
            directory=self.directory,
            clock=self.clock,
            activator=self.activators.exams,
            owner=self._owner,
        )

    @cached_property
    def partner_desks(self) -> list[PartnerDesk]:
        """What tells each partner of training."""
        return [
            PartnerDesk(
                each,
                writer=self.writer,
                database=self.database,
                directory=self.directory,
                enclosures=self.enclosures,
                courses=self.folder.courses,
                clock=self.clock,
                activator=self.activators.partners,
                owner=self._owner,
            )
            for each in self.partners
        ]

    @cached_property
    def late_partners(self) -> LatePartners:
        """What raises an alarm where a partner's receipt does not come."""
        after = timedelta(seconds=self.folder.settings.hub.partner_late_seconds)
        return LatePartners(self.database, self.writer, self.clock, after)

    @cached_property
    def partner_words(self) -> PartnerWords:
        """What lists what partners hear, and has it told again."""
        names = [each.name for each in self.partners]
        return PartnerWords(self.database, self.directory, self.operators, self.writer, names)

    @cached_property
    def issuer(self) -> Issuer:
        """The hub as it signs certificates."""
        return Issuer(self.folder.settings.hub.name, self.folder.settings.hub.public_url.rstrip("/"))

    @cached_property
    def certificate_desk(self) -> CertificateDesk:
        """What writes certificates."""
        return CertificateDesk(
            writer=self.writer,
            database=self.database,
            directory=self.directory,
            enclosures=self.enclosures,
            positions=self.folder.positions,
            key=log_key(self.folder.path),
            hub=self.issuer,
            zone=self.folder.zone,
        )

    @cached_property
    def certificates(self) -> Certificates:
        """What reads them."""
        fonts = self.folder.settings.hub.fonts
        return Certificates(
            database=self.database,
            directory=self.directory,
            operators=self.operators,
            writer=self.writer,
            evidence=self.evidence,
            rulebook=self.folder.rulebook,
            clock=self.clock,
            key=self.signer.public,
            fonts=self.folder.path / fonts if fonts else None,
        )

    @cached_property
    def alarm_mail(self) -> AlarmMail:
        """What tells operators of alarms."""
        settings = self.folder.settings
        readers = [AlarmReader(name, each.mail, each.language) for name, each in settings.operators.items()]
        first = settings.alarms.to or tuple(settings.operators)
        return AlarmMail(
            [each for each in readers if each.name in first],
            [each for each in readers if each.name not in first],
            [self.mailers[name] for name in settings.alarms.by or self.mailers],
            hub=settings.hub.name,
            zone=self.folder.zone,
            remind=timedelta(seconds=settings.alarms.remind_seconds),
            operators=self.operators,
            database=self.database,
            writer=self.writer,
            clock=self.clock,
        )

    @cached_property
    def kept_by_hand(self) -> KeptByHand:
        """What asks for the next year's holidays, and that somebody looks again at the texts that are quoted."""
        folder = self.folder
        return KeptByHand(
            {
                MISSING: lambda today: folder.workdays.missing_year(today) is not None,
                PAST_REVIEW: lambda today: past_review([*folder.positions.values()], folder.renewals, today),
            },
            database=self.database,
            writer=self.writer,
            clock=self.clock,
            zone=folder.zone,
        )

    @cached_property
    def courses_to_take(self) -> CoursesToTake:
        """What lists who has to take which course."""
        return CoursesToTake(self.database, self.directory, self.operators, self.writer, self.folder.courses)

    @cached_property
    def registrations(self) -> Registrations:
        """What lists who is registered for exams."""
        return Registrations(self.database, self.directory, self.operators, self.writer, self.folder.exams)
