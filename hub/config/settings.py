"""What stands in ``licet.toml``: one model a table, every setting with its default and meaning."""

from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.expected import SECONDS
from schemas.record import MAIL_ADDRESS, ZoneName
from schemas.words import Words

MAPPING_NAME = r"[a-z]+/[a-z0-9_]{1,64}"
"""world/name of a mapping document."""
_URL = r"^(?:https?://[^?#\s\\@/]+(?:/[^?#\s\\@]*)?)?$"
InstanceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(
            Words("an address or network such as 10.0.0.5 or 10.0.0.0/24", "IP 地址或网段，如 10.0.0.5 或 10.0.0.0/24")
        ) from error
    return text


class HubSettings(_Strict):
    """``[hub]``: what holds for the whole hub."""

    name: str = Field(default="licet", pattern=r"^[a-z0-9.-]{1,64}$", description="Names the hub in its log.")
    zone: ZoneName = Field(default="Asia/Shanghai", description="The site's time zone: days, months, printed times.")
    language: Literal["zh", "en"] = Field(default="zh", description="Language of command output and of mail to HR.")
    listen: str = Field(default="127.0.0.1:8710", description="HOST:PORT; port 0 takes a free one.")
    public_url: str = Field(
        default="", pattern=_URL, description="How peers address the hub; empty: http://HOST:PORT (dev only)."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_is_network)], ...] = Field(
        default=(), description="Addresses or networks of proxies whose X-Forwarded-For is believed, as 10.0.0.5/32."
    )
    roster: str = Field(default="roster", description="Instance whose identifiers are the employee numbers.")
    protected: tuple[Annotated[str, Field(min_length=1, max_length=128)], ...] = Field(
        default=(),
        description="Targets, sinks, or sink/target that no position may open or close, beside mail, im, lms and"
        " exits; * stands for any letters.",
    )
    min_travel_minutes: int = Field(
        default=15,
        ge=0,
        le=240,  # so far around a session punches are read
        description="Minutes that the way between two sites takes at least: time in a room that lies closer to having"
        " been at the other site is open.",
    )
    hr_mail: str = Field(
        default="",
        pattern=rf"^(?:{MAIL_ADDRESS})?$",
        description="Where HR reads; empty: HR is not written to, and an alarm says so.",
    )
    fonts: str = Field(
        default="",
        description="Folder with fonts for the pages of certificates, from the hub folder; empty: those of the system"
        " (Chinese on Debian: fonts-noto-cjk).",
    )
    keep_days: int = Field(
        default=1096,
        ge=183,
        le=36500,
        description="So long after the last word about somebody, and the end of their last post, their data must be"
        " kept: before that nobody is erased.",
    )
    alarm_after_seconds: float = Field(
        default=60, gt=0, le=86400, description="A revocation that is not seen carried out for so long is an alarm."
    )
    notice_late_seconds: float = Field(
        default=3600, gt=0, le=604800, description="A message to a person that no server took for so long is an alarm."
    )
    partner_late_seconds: float = Field(
        default=300,
        gt=0,
        le=604800,
        description="What a partner was told and gave no receipt of for so long is an alarm.",
    )
    doubt_seconds: float = Field(
        default=4,
        gt=0,
        le=60,
        description="A change whose answer was lost may still land: its door is seen closed twice, so far apart.",
    )
    disk_floor_mb: int = Field(
        default=512,
        ge=0,
        le=1_000_000,
        description="With less free under the hub folder only what may close a door is taken in; the rest hears 503.",
    )
    sweep_per_second: float = Field(
        default=10, gt=0, description="The most targets that sweeps, and `licet reconcile`, ask for in a second."
    )
    sweep_seconds: float = Field(default=300, gt=0, description="How often doors are compared with what must be true.")


class ListenerSettings(_Strict):
    """One table ``[listeners.NAME]``: an address and what is served there; without any, all at hub.listen."""

    listen: str = Field(description="HOST:PORT.")
    serves: tuple[str, ...] = Field(
        default=(),
        description="Instances that push or are asked upon a ping, and api (questions, health, metrics); none:"
        " everything.",
    )
    public_url: str = Field(default="", pattern=_URL, description="How peers address it; empty: hub.public_url.")
    certificate: str = Field(default="", description="PEM file of its certificate chain; with it it speaks TLS.")
    key: str = Field(default="", description="PEM file of the certificate's key.")
    client_ca: str = Field(
        default="", description="PEM file of authorities: only who shows a certificate of theirs is let in."
    )


class OperatorSettings(_Strict):
    """One table ``[operators.NAME]``: a person who runs the hub, and hears of its alarms."""

    mail: str = Field(pattern=rf"^{MAIL_ADDRESS}$", description="Where alarms reach this person.")
    language: Literal["zh", "en"] = Field(default="zh", description="Language of this person's mail.")


class AlarmSettings(_Strict):
    """``[alarms]``: who hears of what a person must look at, by what, how often."""

    to: tuple[str, ...] = Field(
        default=(),
        description="Names of operators who hear first; the others where none of them can be told. Empty: all.",
    )
    by: tuple[InstanceName, ...] = Field(
        default=(), description="Connectors that send mail, in the order in which they are tried. Empty: all that can."
    )
    remind_seconds: float = Field(
        default=14400,
        ge=1,
        le=9_999_999,
        description="An alarm upon which nobody has acted is told again after so long.",
    )


class KeySettings(_Strict):
    """``[keys]``: the hub's own private keys."""

    vault: Literal["file", "keyring", "pkcs11"] = Field(
        default="file",
        description="Where they lie: files in keys/own, the keyring of the operating system (extra licet[keyring]), or "
        "a key module that they never leave (extra licet[pkcs11]).",
    )
    module: str = Field(default="", description="pkcs11: the library of the module's maker, an absolute path.")
    token: str = Field(default="", description="pkcs11: the label of the token.")
    pin: str = Field(default="", description="pkcs11: file:PATH or env:NAME of what opens the token.")
    secret: str = Field(
        default="file:keys/master.key",
        description="file:PATH (from the hub folder) or env:NAME of what encrypts private keys, wherever they lie.",
    )

    @model_validator(mode="after")
    def _module_is_named(self) -> Self:
        """A module is named whole, and only where it is used."""
        given = {"module": self.module, "token": self.token, "pin": self.pin}
        missing = [name for name, value in given.items() if not value]
        if self.vault == "pkcs11" and missing:
            names = ", ".join(missing)
            raise ValueError(Words(f'vault = "pkcs11" with {names} as well', f'vault = "pkcs11" 须同时填写 {names}'))
        if self.vault != "pkcs11" and len(missing) < len(given):
            names = ", ".join(name for name, value in given.items() if value)
            raise ValueError(Words(f'{names} with vault = "pkcs11" alone', f'{names} 只用于 vault = "pkcs11"'))
        return self


class PackageSettings(_Strict):
    """``[packages]``: what was signed and sealed to this hub."""

    only: bool = Field(
        default=False,
        description="Read with documents of packages and with shipped ones alone; those in mappings/ are drafts then.",
    )
    rules: str = Field(
        default="",
        pattern=r"^(?:[a-z0-9][a-z0-9_-]{0,63})?$",
        description="Package from which positions and courses come instead of the folder: those there are drafts then.",
    )


class StoreSettings(_Strict):
    """``[store]``: where everything is kept."""

    url: str = Field(
        default="sqlite:///data/licet.db",
        description="sqlite:///FILE (from the hub folder), postgresql+psycopg://USER:PASSWORD@HOST/NAME, or env:NAME.",
    )


class MappingNames(_Strict):
    """``mappings`` of an instance: which documents stand between it and the hub."""

    read: str = Field(
        default="",
        pattern=rf"^(?:{MAPPING_NAME})?$",
        description="world/name of the document that reads what it brings: the folder's own, else a shipped one.",
    )


def _with_unit(every: Any) -> Any:
    """A length of time is a text, for its unit stands with it."""
    if not isinstance(every, str):
        raise ValueError(SECONDS)
    return every


class ConnectorSettings(_Strict):
    """One table ``[connectors.NAME]``, without the adapter's own settings, which stand in ``settings``."""

    adapter: str = Field(description="Which kind of system, as world/system.")
    identifiers: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_.-]{0,64}$",
        description="Source whose identifiers it uses for people; empty: its own (doors: the roster). A door's is an"
        " instance's: its own name for the roster's column id:NAME.",
    )
    mappings: MappingNames = Field(
        default=MappingNames(),
        description="read: world/name of the document that reads what it brings, of mappings/ in the hub folder or"
        " shipped; empty: the adapter's own. Read again at SIGHUP.",
    )
    every: Annotated[str, BeforeValidator(_with_unit)] = Field(
        default="60 seconds", pattern=r"^[1-9][0-9]{0,5} seconds$", description="Polling interval."
    )
    ping_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86_400,
        description="Whoever posts to /ping/NAME has it asked before its interval is over, so often at most; what is"
        " posted is not read. None: nobody can.",
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="The adapter's own settings.")


class Settings(_Strict):
    """``licet.toml``."""

    profile: Literal["dev", "production"] = Field(
        default="production", description="dev: loopback only, demo keys and plain http allowed."
    )
    hub: HubSettings = HubSettings()
    store: StoreSettings = StoreSettings()
    keys: KeySettings = KeySettings()
    packages: PackageSettings = PackageSettings()
    listeners: dict[InstanceName, ListenerSettings] = Field(default_factory=dict)
    connectors: dict[InstanceName, ConnectorSettings] = Field(default_factory=dict)
    operators: dict[Annotated[str, Field(min_length=1, max_length=64)], OperatorSettings] = Field(default_factory=dict)
    alarms: AlarmSettings = AlarmSettings()
