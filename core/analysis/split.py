"""Whole amounts divided by weights so that the parts sum to them: the largest-remainder method."""

import polars as pl


def largest_remainder(frame: pl.DataFrame, tie: str) -> pl.DataFrame:
    """Return the frame with `part` (Int64): each row's share of its group's amount.

    `group` names the group, `amount` (Int64) is the same in all of a group's rows, `weight`
    (Int64, above zero) says by what it is divided. The parts of a group sum to its amount. Units
    left over go to the largest remainders, equal ones in the order of the column `tie`.
    """
    # A product of two 64-bit numbers fits 128 bits, so nothing is rounded on the way.
    weight = pl.col("weight").cast(pl.Int128)
    product = pl.col("amount").cast(pl.Int128).abs() * weight
    shares = frame.with_columns(product.alias("product"), weight.sum().over("group").alias("all"))
    shares = shares.with_columns(
        (pl.col("product") // pl.col("all")).alias("whole"),
        (pl.col("product") % pl.col("all")).alias("rest"),
    ).sort("group", "rest", tie, descending=[False, True, False])
    left = pl.col("amount").cast(pl.Int128).abs() - pl.col("whole").sum().over("group")
    place = pl.int_range(pl.len()).over("group")
    part = (pl.col("whole") + (place < left).cast(pl.Int128)) * pl.col("amount").sign()
    return shares.with_columns(part.cast(pl.Int64).alias("part")).drop(
        "product", "all", "whole", "rest"
    )
