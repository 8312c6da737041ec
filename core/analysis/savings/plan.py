"""What a person assumes: which levers are pulled, and how far."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from core.errors import BadValue, UnknownName
from core.money import UNITS_PER_DOLLAR, label

LEVERS: dict[str, str] = {
    "newest": "Newest model of each family",
    "swap": "Model swaps of your own",
    "batch": "Batch what can wait",
    "cache": "Cache repeated input",
    "lifetime": "Cache lifetime",
    "fast": "Standard speed, not fast mode",
    "geography": "Global inference, not US only",
    "seats": "Idle seats",
}
"""The levers and their titles."""

Lifetime = Literal["5m", "1h"]

HUNDRED = 100
DEAREST_SEAT = 10_000 * UNITS_PER_DOLLAR
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Swap:
    """A model that takes another's place; only for one workspace or key where `dim` says so.

    `dim` is `workspace`, `api_key` or `''` for everywhere; `value` an id or a name.
    """

    old: str
    new: str
    dim: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.old}={self.new}" + (f"@{self.dim}={self.value}" if self.dim else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """Assumptions, as exact shares of one; every lever that is not among `levers` rests.

    `batch`: share of the eligible usage that can wait up to 24 hours. `cacheable`: share of the
    uncached input that is a repeated prefix; `hit_rate`: share of it that is then read from the
    cache (None: as measured). `lifetime`: what cache writes change to; `again`: to `5m`, the
    share of tokens written for an hour that must be written once more; to `1h`, the share of
    5-minute writes that repeat within the hour. `tokens`: a new model's tokens for each of the old
    one's. `seat_price`: units of 1e-8 cents a seat and month.
    """

    levers: frozenset[str] = frozenset(LEVERS)
    swaps: tuple[Swap, ...] = ()
    batch: Fraction = Fraction(20, HUNDRED)
    cacheable: Fraction = Fraction(20, HUNDRED)
    hit_rate: Fraction | None = None
    lifetime: Lifetime = "5m"
    again: Fraction = Fraction(20, HUNDRED)
    tokens: Fraction = Fraction(1)
    seat_price: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be: raises UnknownName and BadValue."""
        unknown = sorted(self.levers - set(LEVERS))
        if unknown:
            raise UnknownName(
                f"There is no lever {unknown[0]!r}.",
                f"There are: {', '.join(LEVERS)}.",
                "Use one of these words.",
            )
        for share in (self.batch, self.cacheable, self.again, self.hit_rate or Fraction(0)):
            _within(share, Fraction(1))
        _within(self.tokens, Fraction(10), Fraction(1, 10))
        if not 0 <= self.seat_price <= DEAREST_SEAT:
            raise BadValue(
                f"A seat does not cost {label(self.seat_price)} a month.",
                f"The price must lie between $0.00 and {label(DEAREST_SEAT)}.",
                "Enter what your contract says one seat costs a month, or 0.",
            )
        if self.lifetime not in get_args(Lifetime):
            raise BadValue(
                f"{self.lifetime!r} is no lifetime of a cache entry.",
                "Anthropic offers five minutes and one hour.",
                "Write 5m or 1h.",
            )


def _within(share: Fraction, most: Fraction, least: Fraction = Fraction(0)) -> None:
    if not least <= share <= most:
        raise BadValue(
            f"{percent(share)} % is out of range.",
            f"It must lie between {percent(least)} and {percent(most)} %.",
            "Choose a share within it.",
        )


def share_of(text: str) -> Fraction:
    """Return percent as people write it, `12.5`, as an exact share of one; raises BadValue."""
    plain = text.strip().removesuffix("%").strip()
    if not _PLAIN.fullmatch(plain):
        raise BadValue(
            f"{text!r} is no percentage.", "It is not a plain number.", "Write it as in 12.5."
        )
    return Fraction(plain) / HUNDRED


def percent(share: Fraction, decimals: int = 1) -> str:
    """Return a share in percent, rounded half up, without trailing zeros: `12.5`."""
    scale = 10**decimals
    tenths = (abs(share) * HUNDRED * scale + Fraction(1, 2)).__floor__()
    whole, rest = divmod(tenths, scale)
    digits = f"{whole}.{rest:0{decimals}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if share < 0 and tenths else digits


def swap_of(text: str) -> Swap:
    """Return `OLD=NEW`, or `OLD=NEW@workspace=NAME`, or `@api_key=`, as a swap; raises BadValue."""
    models, at, place = text.partition("@")
    old, _, new = (part.strip() for part in models.partition("="))
    dim, _, value = (part.strip() for part in place.partition("="))
    if not old or not new or (at and (dim not in ("workspace", "api_key") or not value)):
        raise BadValue(
            f"{text!r} is no model swap.",
            "It names the old and the new model and, if you like, where.",
            "Write it as in claude-opus-5=claude-sonnet-5-5@workspace=Research.",
        )
    return Swap(old, new, dim, value)
