"""Decimal strings of cents, a column at a time, into exact integers; what misfits is refused."""

import polars as pl

from core.errors import AmountRefused
from core.money import EXCESS_DIGITS, LARGEST, PLAIN_DECIMAL, refuse


def exact(amounts: pl.Series, where: str) -> pl.Series:
    """Return a text column of cents as an Int64 column of 1e-8 cents; nulls stay null.

    `where` names endpoint and field in the AmountRefused that is raised for the first value which
    is no plain decimal, has more than eight significant decimals, or exceeds 64 bits.
    """
    if amounts.dtype != pl.String:
        amounts = amounts.cast(pl.String)
    _check(
        amounts, ~amounts.str.contains(PLAIN_DECIMAL), where, "It is not a plain decimal number."
    )
    excess = amounts.str.contains(EXCESS_DIGITS)
    _check(amounts, excess, where, "It has more than eight decimals of a cent.")
    units = amounts.cast(pl.Decimal(38, 8), strict=False).to_physical()
    too_large = amounts.is_not_null() & (units.is_null() | (units.abs() > LARGEST))
    _check(amounts, too_large, where, "It is larger than 922 million dollars.")
    return units.cast(pl.Int64)


def guard_sum(units: pl.Series, where: str) -> None:
    """Raise AmountRefused if any sum over parts of the column could leave 64 bits.

    Polars wraps silently past 2^63, so this is asked before anything is added.
    """
    total = units.cast(pl.Int128).abs().sum()
    if total is not None and int(total) > LARGEST:
        raise AmountRefused(
            f"The amounts of {where} are too large to add.",
            "Together they exceed 922 million dollars in one window.",
            "Nothing of this window was written. If this is real, please report it.",
        )


def _check(amounts: pl.Series, bad: pl.Series, where: str, why: str) -> None:
    if bad.any():
        offenders = amounts.filter(bad.fill_null(value=False))
        error = refuse(str(offenders[0]), why)
        error.cause = f"{error.cause} {where}: {len(offenders)} such value(s)."
        raise error
