"""Typed payload rows into frames: a column for each dimension, exact integers for each measure."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import polars as pl

from core.errors import AmountRefused
from core.ledger.cuts import DEFAULT_WORKSPACE, NO_KEY
from core.ledger.frame import COST_OPERATIONS, OPERATIONS
from core.sync.amounts import exact, guard_sum
from core.sync.dimensions import Flat, text_columns

DIMENSION_OF = {
    "workspace_id": "workspace",
    "api_key_id": "api_key",
    "product": "product",
    "model": "model",
    "service_tier": "service_tier",
    "context_window": "context_window",
    "inference_geo": "inference_geo",
    "speed": "speed",
    "description": "description",
    "account_id": "user",
    "service_account_id": "service_account",
}
"""The API's `group_by` words that become a dimension as they are."""

_SLACK = {"claude-tag": "claude_tag", "claude-in-slack": "claude_tag"}
"""Three spellings of one product, by the API's own history of names."""

_COUNTERS = {
    "uncached_input_tokens": "uncached_input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens": "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens": "cache_creation.ephemeral_1h_input_tokens",
}


def cost_rows(
    flat: Flat,
    dims: Sequence[str],
    where: str,
    *,
    group: str = "",
    money: str = "",
    actor: str = "",
) -> pl.DataFrame:
    """Return cost rows as `day`, dimensions, `operation`, `amount` and `list_amount`.

    `dims` are the API's words; `group`, `money` and `actor` are the attributes that hold
    dimensions, amounts and the actor. Raises AmountRefused for what the ledger cannot hold.
    """
    rows = flat.rows
    _only_usd(rows, money, where)
    frame = text_columns(flat, {**_paths(dims, group), **_components(dims, group)}, actor)
    amounts = _column(rows, f"{money}amount", "amount", pl.String)
    listed = _column(rows, f"{money}list_amount", "list_amount", pl.String)
    frame = frame.with_columns(
        exact(amounts, f"{where} amount").alias("amount"),
        exact(listed, f"{where} list_amount").alias("list_amount"),
    )
    guard_sum(frame["amount"], where)
    guard_sum(frame["list_amount"], where)
    return _operations(_spelled(frame))


def usage_rows(
    flat: Flat, dims: Sequence[str], *, group: str = "", counts: str = "", actor: str = ""
) -> pl.DataFrame:
    """Return usage rows, one a token type with any tokens, and one each for requests and searches.

    Columns: `day`, dimensions, `operation`, `token_type`, `tokens`, `requests`, `web_searches`.
    """
    rows = flat.rows
    wide = _spelled(text_columns(flat, _paths(dims, group), actor))
    counters = [
        _column(rows, f"{counts}{path}", name, pl.Int64) for name, path in _COUNTERS.items()
    ]
    requests = _column(rows, f"{counts}requests", "requests", pl.Int64)
    searches = _column(
        rows, f"{counts}server_tool_use.web_search_requests", "web_searches", pl.Int64
    )
    wide = wide.with_columns(*counters, requests, searches)
    named = [c for c in wide.columns if c not in {*_COUNTERS, "requests", "web_searches"}]
    tokens = (
        wide.unpivot(on=list(_COUNTERS), index=named, variable_name="token_type",
                     value_name="tokens")
        .filter(pl.col("tokens") != 0)
        .with_columns(pl.col("token_type").replace_strict(OPERATIONS).alias("operation"))
    )  # fmt: skip
    asked = wide.filter(pl.col("requests") != 0).select(*named, "requests")
    searched = (
        wide.filter(pl.col("web_searches") != 0)
        .select(*named, "web_searches")
        .with_columns(pl.lit("web_search").alias("operation"))
    )
    return pl.concat([tokens, asked, searched], how="diagonal")


def keyless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a null `api_key` named: usage that no key authenticated."""
    return frame.with_columns(pl.col("api_key").fill_null(NO_KEY))


def default_workspace(frame: pl.DataFrame, real_id: str | None) -> pl.DataFrame:
    """Return the frame with a null `workspace` as the default workspace, by its id if known."""
    return frame.with_columns(pl.col("workspace").fill_null(real_id or DEFAULT_WORKSPACE))


def _paths(dims: Sequence[str], group: str) -> dict[str, str]:
    return {DIMENSION_OF[d]: f"{group}{d}" for d in dims if d in DIMENSION_OF}


def _components(dims: Sequence[str], group: str) -> dict[str, str]:
    if not {"description", "cost_type"} & set(dims):
        return {}
    return {"cost_type": f"{group}cost_type", "token_type": f"{group}token_type"}


def _column(rows: Sequence[Any], path: str, name: str, kind: type[pl.DataType]) -> pl.Series:
    """Return one attribute of every row; a nested block that a row leaves out counts as 0."""
    try:
        values = list(map(attrgetter(path), rows))
    except AttributeError:
        block, _, leaf = path.rpartition(".")
        blocks = map(attrgetter(block), rows)
        values = [0 if found is None else getattr(found, leaf) for found in blocks]
    return pl.Series(name, values, kind)


def _operations(frame: pl.DataFrame) -> pl.DataFrame:
    if "token_type" not in frame.columns:
        return frame.with_columns(pl.lit("other").alias("operation"))
    by_type = pl.col("token_type").replace_strict(OPERATIONS, default=None)
    by_cost = pl.col("cost_type").replace_strict(COST_OPERATIONS, default="other")
    return frame.with_columns(pl.coalesce(by_type, by_cost).fill_null("other").alias("operation"))


def _spelled(frame: pl.DataFrame) -> pl.DataFrame:
    if "product" not in frame.columns:
        return frame
    return frame.with_columns(pl.col("product").replace(_SLACK))


def _only_usd(rows: Sequence[Any], money: str, where: str) -> None:
    others = set(map(attrgetter(f"{money}currency"), rows)) - {"USD"}
    if others:
        raise AmountRefused(
            f"{where} answered in {', '.join(sorted(map(str, others)))}.",
            "The ledger adds US dollars only; the API documents no other currency.",
            "Nothing of this window was written; adding currencies would be wrong. Report it.",
        )
