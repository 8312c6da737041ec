"""Which dimensions each source's answer knows, and which answer to read for which dimensions.

No single request of the API returns every dimension (five at most on the unified protocol, no API
key on the Admin cost report, ...). A *cut* is one complete partition of a source's total: its
rows, together with its `not attributed` rows, sum to the source's own ungrouped total of the day.
Several cuts of the same days hold the same money, so a sum is always taken over one cut.
"""

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["platform", "enterprise"]
Protocol = Literal["reports", "unified"]
Family = Literal["cost", "usage"]

DIMENSIONS = (
    "workspace",
    "api_key",
    "user",
    "service_account",
    "actor_type",
    "product",
    "model",
    "operation",
    "token_type",
    "cost_type",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
    "description",
)
"""The text columns of a series, in the order in which its key is hashed. `''` means null."""

NO_KEY = "(none)"
"""`api_key` of usage that no API key authenticated (Workbench, OAuth): known to be null."""

DEFAULT_WORKSPACE = "(default)"
"""`workspace` of the default workspace while its real id is not known."""

NOT_ATTRIBUTED = "(not attributed)"
"""Every dimension of the row that completes a cut to the source's own total."""

_COMPONENT = ("operation", "token_type", "cost_type")
_ACTOR = ("user", "service_account", "actor_type")


@dataclass(frozen=True, slots=True)
class Cut:
    """One complete partition of a source's total; `name` labels its rows, `dims` are not null.

    `also`: dimensions that its newer rows hold too. Days kept before lack them, so that a question
    about these is answered from a cut that has always known them.
    """

    kind: Kind
    protocol: Protocol
    family: Family
    title: str
    dims: frozenset[str]
    also: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return the label that the ledger's rows carry, such as `platform/reports/cost/bill`."""
        return f"{self.kind}/{self.protocol}/{self.family}/{self.title}"


def _cut(kind: Kind, protocol: Protocol, family: Family, title: str, *dims: str) -> Cut:
    return Cut(kind, protocol, family, title, frozenset(dims))


def _both(kind: Kind, protocol: Protocol, title: str, *dims: str) -> tuple[Cut, Cut]:
    return (
        _cut(kind, protocol, "cost", title, *dims, *_COMPONENT),
        _cut(kind, protocol, "usage", title, *dims, "operation", "token_type"),
    )


CUTS: tuple[Cut, ...] = (
    # Platform, Admin API reports. The cost report knows neither key nor user nor speed.
    _cut(
        "platform", "reports", "cost", "bill",
        "workspace", "description", "model", "service_tier", "context_window", "inference_geo",
        *_COMPONENT,
    ),
    replace(
        _cut(
            "platform", "reports", "usage", "key",
            "api_key", "workspace", "model", "service_tier", "context_window", "inference_geo",
            "operation", "token_type",
        ),
        also=frozenset({"speed"}),
    ),
    _cut(
        "platform", "reports", "usage", "who",
        *_ACTOR, "workspace", "model", "context_window", "operation", "token_type",
    ),
    _cut(
        "platform", "reports", "usage", "shape",
        "workspace", "model", "context_window", "inference_geo", "speed",
        "operation", "token_type",
    ),
    # Platform, unified: five dimensions a request.
    *_both("platform", "unified", "key",
           "api_key", "workspace", "model", "service_tier", "context_window"),
    *_both("platform", "unified", "who", *_ACTOR, "product", "workspace", "api_key", "model"),
    *_both("platform", "unified", "shape",
           "workspace", "model", "context_window", "inference_geo", "speed"),
    # Enterprise, unified.
    *_both("enterprise", "unified", "who",
           *_ACTOR, "product", "workspace", "model", "context_window"),
    *_both("enterprise", "unified", "shape",
           "workspace", "product", "model", "inference_geo", "speed"),
    # Enterprise Analytics reports: per-user rows, and what belongs to no user from the
    # organization's report, cell by cell.
    *_both("enterprise", "reports", "who",
           *_ACTOR, "product", "model", "context_window", "inference_geo", "speed"),
)  # fmt: skip


def cuts_of(kind: Kind, protocol: Protocol, family: Family) -> tuple[Cut, ...]:
    """Return a source's cuts, the primary one first."""
    return tuple(c for c in CUTS if (c.kind, c.protocol, c.family) == (kind, protocol, family))


def primary(kind: Kind, protocol: Protocol, family: Family) -> Cut:
    """Return the cut that stands for a source wherever no dimension asks for another."""
    return cuts_of(kind, protocol, family)[0]


PRIMARY: frozenset[str] = frozenset(
    primary(cut.kind, cut.protocol, cut.family).name for cut in CUTS
)
"""The names of all primary cuts: each source's money (or tokens) exactly once."""


def choose(kind: Kind, protocol: Protocol, family: Family, wanted: frozenset[str]) -> Cut:
    """Return the first cut that knows the most of the wanted dimensions."""
    return max(cuts_of(kind, protocol, family), key=lambda cut: len(cut.dims & wanted))
