"""Every failure the product knows, drawn as one tree; a branch says what the caller should do.

SpendError
├── FixConnection        a person must change the connection
│   ├── KeyMissing           no key was given, or none can be read any more
│   ├── KeyMalformed         the text cannot be a key (spaces, masked, far too short)
│   ├── KeyWrongKind         a key of the other connection, or an ordinary API key
│   ├── KeyInvalid           401: unknown, revoked or expired
│   ├── KeyScopeMissing      403: the key exists and may not do this
│   ├── PlanNotEnterprise    400: the organization has no Enterprise plan
│   ├── AnalyticsNotEnabled  404: Anthropic has not switched analytics on
│   ├── OrganizationMismatch the key belongs to another organization
│   └── IndividualAccount    the account has no organization, hence no Admin API
├── TryLater             nothing is wrong with the connection; the next run goes on
│   ├── RateLimited          429
│   ├── ServiceUnavailable   5xx, 529, answers cut short
│   ├── NetworkUnreachable   DNS, TCP, TLS, time-outs
│   └── SyncInProgress       another sync holds the lock
├── RestartWindow        throw away the pages read and read the window from its first page
│   ├── CursorExpired        410
│   └── WatermarkMoved       two pages came from two exports of the data
├── NotUnderstood        the answer is not what the API documents; nothing is written
│   ├── RequestRefused       400 for a request that we believe to be right
│   ├── UnexpectedResponse   HTML, not JSON, a redirect, an unknown status
│   ├── PayloadInvalid       a required field is missing or has another type
│   └── PaginationBroken     a cursor that repeats, loops or never ends
├── LedgerRefuses        the ledger keeps what it had
│   ├── AmountRefused        more digits than the unit holds, NaN, exponent, overflow
│   ├── DatabaseUnusable     cannot be opened, written or understood
│   └── SecretKeyUnusable    the stored keys cannot be decrypted
├── NotAllowed           whoever acts may not do this; an admin can
└── BadInput             the user's words: an unknown name, a bad value
    ├── UnknownName
    └── BadValue
"""

from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know: what happened, why, and what to do next."""

    code: str
    severity: Severity
    title: str
    cause: str = ""
    fix: str = ""
    http_status: int | None = None
    request_id: str | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the finding as the JSON object of the command line's contract."""
        return asdict(self)


@dataclass(eq=False)
class SpendError(Exception):
    """Base of all failures; carries title, cause and fix in the user's words, never a secret."""

    title: str
    cause: str = ""
    fix: str = ""
    http_status: int | None = None
    request_id: str | None = None
    code: str = field(default="")
    default_code: ClassVar[str] = "error"

    def __post_init__(self) -> None:
        """Give the exception its text and, unless one was named, its class's code."""
        self.code = self.code or self.default_code
        super().__init__(self.title)

    def __str__(self) -> str:
        return " ".join(part for part in (self.title, self.cause, self.fix) if part)

    def finding(self, severity: Severity = "error") -> Finding:
        """Return this failure as a finding."""
        return Finding(
            self.code,
            severity,
            self.title,
            self.cause,
            self.fix,
            self.http_status,
            self.request_id,
        )


class FixConnection(SpendError):
    """A person must change the connection."""


class KeyMissing(FixConnection):
    """No key was given, or none can be read any more."""

    default_code = "key_missing"


class KeyMalformed(FixConnection):
    """The text cannot be a key."""

    default_code = "key_malformed"


class KeyWrongKind(FixConnection):
    """A key of the other connection, or an ordinary API key."""

    default_code = "key_wrong_kind"


class KeyInvalid(FixConnection):
    """401: the key is unknown, revoked or expired."""

    default_code = "key_invalid"


class KeyScopeMissing(FixConnection):
    """403: the key exists and may not do this."""

    default_code = "key_scope_missing"


class PlanNotEnterprise(FixConnection):
    """400: the organization has no Enterprise plan."""

    default_code = "plan_not_enterprise"


class AnalyticsNotEnabled(FixConnection):
    """404: Anthropic has not switched analytics on for this organization."""

    default_code = "analytics_not_enabled"


class OrganizationMismatch(FixConnection):
    """The key belongs to another organization than the one entered."""

    default_code = "organization_mismatch"


class IndividualAccount(FixConnection):
    """The account is an individual one and has no Admin API."""

    default_code = "individual_account"


class TryLater(SpendError):
    """Nothing is wrong with the connection; a later try goes on."""


class RateLimited(TryLater):
    """429, after the retries that good manners allow."""

    default_code = "rate_limited"


class ServiceUnavailable(TryLater):
    """5xx, 529, or answers that keep breaking off."""

    default_code = "service_unavailable"


class NetworkUnreachable(TryLater):
    """The API cannot be reached: DNS, TCP, TLS, time-out."""

    default_code = "network_unreachable"


class SyncInProgress(TryLater):
    """Another process is syncing this ledger."""

    default_code = "sync_in_progress"


class RestartWindow(SpendError):
    """Throw away the pages read and read the window from its first page."""


class CursorExpired(RestartWindow):
    """410: the data was refreshed while its pages were being read."""

    default_code = "cursor_expired"


class WatermarkMoved(RestartWindow):
    """Two pages of one answer came from two exports of the data."""

    default_code = "watermark_moved"


class NotUnderstood(SpendError):
    """The answer is not what the API documents; nothing is written."""


class RequestRefused(NotUnderstood):
    """400 for a request that we believe to be right; `api_message` is the server's own text."""

    default_code = "request_refused"


class UnexpectedResponse(NotUnderstood):
    """HTML, not JSON, a redirect, or a status nobody documents."""

    default_code = "unexpected_response"


class PayloadInvalid(NotUnderstood):
    """A required field is missing or has another type."""

    default_code = "payload_invalid"


class PaginationBroken(NotUnderstood):
    """A cursor repeats, loops, is missing, or pages never end."""

    default_code = "pagination_broken"


class LedgerRefuses(SpendError):
    """The ledger keeps what it had."""


class AmountRefused(LedgerRefuses):
    """An amount has more digits than the unit holds, is no plain decimal, or overflows."""

    default_code = "amount_refused"


class DatabaseUnusable(LedgerRefuses):
    """The database cannot be opened, written or understood."""

    default_code = "database_unusable"


class SecretKeyUnusable(LedgerRefuses):
    """The stored keys cannot be decrypted with the secret key at hand."""

    default_code = "secret_key_unusable"


class NotAllowed(SpendError):
    """Whoever acts may not do this, or it is not known who acts; nothing was done."""

    default_code = "not_allowed"


class BadInput(SpendError):
    """The user's words cannot be followed."""


class UnknownName(BadInput):
    """No connection, question or dimension value has this name."""

    default_code = "unknown_name"


class BadValue(BadInput):
    """A value cannot be read as what it should be."""

    default_code = "bad_value"
