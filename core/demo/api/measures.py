"""What a report's row says of money and tokens, and how a cost row fans out to its components."""

from collections.abc import Callable

import polars as pl

from core.demo.api import text
from core.demo.api.asking import FANS
from core.demo.shape import COMPONENTS, COST_TYPES, TOKEN_TYPES, WEB_SEARCHES

USED = (pl.col("total_tokens") > 0) | (pl.col("requests") > 0)
COSTED = pl.col("list_amount") > 0


def totalled(sums: pl.DataFrame) -> pl.DataFrame:
    """Return sums with `total_tokens`, and the money of all token types as component `tokens`."""
    money = [
        pl.sum_horizontal(f"{kind}:{name}" for name in TOKEN_TYPES).alias(f"{kind}:tokens")
        for kind in ("amount", "list")
    ]
    return sums.with_columns(pl.sum_horizontal(TOKEN_TYPES).alias("total_tokens"), *money)


def components(fans: frozenset[str]) -> tuple[str, ...]:
    """Return what a cost row fans out to; `token_type` alone has no row for other costs."""
    if fans == {"cost_type"}:
        return ("tokens", *COST_TYPES)
    return COMPONENTS if fans == set(FANS) else TOKEN_TYPES


def fanned(fans: frozenset[str], row: Callable[[str | None], pl.Expr]) -> pl.Expr:
    """Return a cost row's text, or its components' texts joined, those without cost left out."""
    if not fans:
        return row(None)
    parts = [pl.when(pl.col(f"list:{name}") > 0).then(row(name)) for name in components(fans)]
    return pl.concat_str(parts, separator=",", ignore_nulls=True)


def labels(component: str | None, fans: frozenset[str]) -> dict[str, str]:
    """Return the JSON of `cost_type` and `token_type` of a component's row."""
    tokens = component in TOKEN_TYPES
    kind = "tokens" if tokens else component
    return {
        "cost_type": text.NULL if kind is None else f'"{kind}"',
        "token_type": f'"{component}"' if tokens and "token_type" in fans else text.NULL,
    }


def cost_fields(component: str | None) -> list[text.Field]:
    """Return amount, list amount, currency and requests; components have no request count."""
    amount, listed = ("amount", "list_amount")
    if component is not None:
        amount, listed = f"amount:{component}", f"list:{component}"
    return [
        ("amount", text.cents(amount)),
        ("list_amount", text.cents(listed)),
        ("currency", '"USD"'),
        ("requests", text.whole("requests") if component is None else text.NULL),
    ]


def usage_fields(*, total: bool) -> list[text.Field]:
    """Return the counters of a usage row, `total_tokens` among them where the report has it."""
    cache = text.record(
        (
            f"ephemeral_{age}_input_tokens",
            text.whole(f"cache_creation.ephemeral_{age}_input_tokens"),
        )
        for age in ("1h", "5m")
    )
    fields: list[text.Field] = [
        ("uncached_input_tokens", text.whole("uncached_input_tokens")),
        ("cache_creation", cache),
        ("cache_read_input_tokens", text.whole("cache_read_input_tokens")),
        ("output_tokens", text.whole("output_tokens")),
        ("server_tool_use", text.record([(WEB_SEARCHES, text.whole(WEB_SEARCHES))])),
    ]
    return [*fields, ("total_tokens", text.whole("total_tokens"))] if total else fields
