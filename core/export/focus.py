"""FOCUS 1.2: the FinOps Open Cost and Usage Specification's columns, filled from cost lines.

`docs/focus.md` says column by column where each value comes from.
"""

import json

import polars as pl

from core.export.sheets import exact_dollars, safe

VERSION = "1.2"

_METERS = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Cache Read",
    "cache_write_5m": "Cache Write (5 minutes)",
    "cache_write_1h": "Cache Write (1 hour)",
    "web_search": "Web Search",
    "code_execution": "Code Execution",
    "session": "Session",
}

_DETAILS = (
    "model", "operation", "token_type", "cost_type", "service_tier", "context_window",
    "inference_geo", "speed",
)  # fmt: skip


def focus(lines: pl.DataFrame) -> pl.DataFrame:
    """Return cost lines as FOCUS rows; costs are exact decimal strings of US dollars.

    Every text that Anthropic or a user chose is safe in a spreadsheet.
    """
    cost = exact_dollars(pl.col("amount"))
    listed = exact_dollars(pl.coalesce("list_amount", "amount"))
    return lines.select(
        BilledCost=cost,
        EffectiveCost=cost,
        ContractedCost=cost,
        ListCost=listed,
        BillingCurrency=pl.lit("USD"),
        BillingAccountId=safe(pl.coalesce(_filled("organization"), "connection")),
        BillingAccountName=safe(pl.coalesce(_filled("organization_name"), "connection")),
        BillingAccountType=pl.lit("Organization"),
        BillingPeriodStart=_midnight(pl.col("day").dt.month_start()),
        BillingPeriodEnd=_midnight(pl.col("day").dt.month_start().dt.offset_by("1mo")),
        ChargePeriodStart=_midnight(pl.col("day")),
        ChargePeriodEnd=_midnight(pl.col("day").dt.offset_by("1d")),
        ChargeCategory=pl.lit("Usage"),
        ChargeClass=pl.lit(None, pl.String),
        ChargeFrequency=pl.lit("Usage-Based"),
        ChargeDescription=safe(_described()),
        ConsumedQuantity=pl.col("tokens"),
        ConsumedUnit=pl.when(pl.col("tokens").is_not_null()).then(pl.lit("Tokens")),
        PricingQuantity=pl.col("tokens"),
        PricingUnit=pl.when(pl.col("tokens").is_not_null()).then(pl.lit("Tokens")),
        PricingCategory=pl.lit("Standard"),
        ProviderName=pl.lit("Anthropic"),
        PublisherName=pl.lit("Anthropic"),
        InvoiceIssuerName=pl.lit("Anthropic"),
        ServiceName=pl.when(pl.col("source") == "enterprise")
        .then(pl.lit("Claude Enterprise"))
        .otherwise(pl.lit("Claude Platform")),
        ServiceCategory=pl.lit("AI and Machine Learning"),
        ServiceSubcategory=pl.lit("Generative AI"),
        SubAccountId=safe(pl.col("workspace")),
        SubAccountName=safe(pl.col("workspace_name")),
        SubAccountType=pl.when(pl.col("workspace").is_not_null()).then(pl.lit("Workspace")),
        ResourceId=safe(pl.col("api_key")),
        ResourceName=safe(pl.col("api_key_name")),
        ResourceType=pl.when(pl.col("api_key").is_not_null()).then(pl.lit("API key")),
        RegionId=safe(pl.col("inference_geo")),
        RegionName=safe(pl.col("inference_geo")),
        SkuId=safe(pl.col("model")),
        SkuMeter=pl.col("operation").replace_strict(_METERS, default=None, return_dtype=pl.String),
        SkuPriceDetails=pl.struct(_DETAILS).map_elements(_details, return_dtype=pl.String),
        Tags=pl.lit("{}"),
        x_Source=pl.col("source"),
        x_Connection=safe(pl.col("connection")),
        x_Protocol=pl.col("protocol"),
        x_Product=safe(pl.col("product")),
        x_UserId=safe(pl.col("user")),
        x_UserName=safe(pl.col("user_name")),
        x_Line=pl.col("line"),
        x_Provisional=pl.col("provisional"),
    )


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _midnight(day: pl.Expr) -> pl.Expr:
    return day.dt.strftime("%Y-%m-%dT00:00:00Z")


def _described() -> pl.Expr:
    parts = [pl.col(name) for name in ("product", "model", "operation", "line")]
    made = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.coalesce("description", pl.when(made != "").then(made), pl.lit("Usage of Claude"))


def _details(row: dict[str, str | None]) -> str:
    return json.dumps({name: value for name, value in row.items() if value}, ensure_ascii=False)
