"""Chance that always falls the same way: hashes of what a number belongs to, not a sequence.

So yesterday's figures do not change because today was added to them.
"""

import random
from functools import reduce

import polars as pl

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_GOLDEN = 0x9E3779B97F4A7C15
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = 2**64 - 1


def _word(number: int) -> pl.Expr:
    return pl.lit(number & _MASK, pl.UInt64)


def _stir(state: pl.Expr, key: pl.Expr) -> pl.Expr:
    """One round of splitmix64; unsigned products wrap around, as it needs."""
    word = (state ^ key.cast(pl.UInt64)) + _word(_GOLDEN)
    word = (word ^ (word // 2**30)) * _word(_MIX[0])
    word = (word ^ (word // 2**27)) * _word(_MIX[1])
    return word ^ (word // 2**31)


def uniform(seed: int, salt: int, *keys: str) -> pl.Expr:
    """Return a number in [0, 1) for every row, by seed, salt and the row's integer `keys`."""
    start = _word(seed * _GOLDEN + salt * _MIX[0])
    word = reduce(_stir, (pl.col(key) for key in keys), start)
    return (word // 2**11).cast(pl.Float64) / 2.0**53


def swing(seed: int, salt: int, width: float, *keys: str) -> pl.Expr:
    """Return a factor around 1, bell shaped in its logarithm, of about `width` deviation."""
    draws = [uniform(seed, salt + n, *keys) for n in range(3)]
    bell = (draws[0] + draws[1] + draws[2] - 1.5) * 2.0
    return (bell * width).exp()


def tag(draw: random.Random, prefix: str, length: int = 22) -> str:
    """Return a tagged id such as `user_01AbC…`."""
    return f"{prefix}_01{''.join(draw.choices(_ALPHABET, k=length))}"
