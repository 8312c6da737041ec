"""RBAC groups in the reports: who was in which, and facts shared out to every group of a person."""

import polars as pl

from core.demo.organisation import Organisation


def membership(organisation: Organisation) -> pl.DataFrame:
    """Return one row per member and group: `actor`, `rbac_group_id`."""
    pairs = [
        (organisation.people[index].id, group.id)
        for group in organisation.groups
        for index in group.members
    ]
    schema = {"actor": pl.String, "rbac_group_id": pl.String}
    return pl.DataFrame(pairs, schema=schema, orient="row")


def by_group(organisation: Organisation, facts: pl.DataFrame) -> pl.DataFrame:
    """Return facts once for every group of their user; null for users in no group and for nobody.

    The rows of groups overlap: their sum is not the total.
    """
    return facts.join(membership(organisation), on="actor", how="left", maintain_order="left")


def in_groups(organisation: Organisation, groups: list[str]) -> list[pl.Expr]:
    """Return the condition that a fact's user is in any of some groups; none given: none."""
    if not groups:
        return []
    members = membership(organisation).filter(pl.col("rbac_group_id").is_in(groups))
    return [pl.col("actor").is_in(members["actor"].to_list()).fill_null(value=False)]
