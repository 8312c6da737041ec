"""The Usage and Cost Analytics API: one shape for Console and Enterprise organizations."""

from collections.abc import Iterator, Sequence

from core.anthropic.asking import ANALYTICS, days, grouped
from core.anthropic.enterprise import VERSION
from core.anthropic.pagination import Page, Request, pages
from core.anthropic.payloads import UnifiedCostRow, UnifiedUsageRow
from core.anthropic.transport import Client
from core.calendar import Span

BETA = "analytics-usage-cost-2026-08-24"


def cost(
    client: Client,
    span: Span,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
) -> Iterator[Page[UnifiedCostRow]]:
    """Yield daily cost by at most five dimensions, `cost_type` and `token_type` not counted.

    Without dimensions: one total a day. Days without cost have no row.
    """
    return pages(client, _request("cost", span, group_by, filters), UnifiedCostRow)


def usage(
    client: Client,
    span: Span,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
) -> Iterator[Page[UnifiedUsageRow]]:
    """Yield daily tokens by at most five dimensions; without dimensions one total a day."""
    return pages(client, _request("usage", span, group_by, filters), UnifiedUsageRow)


def _request(
    name: str, span: Span, group_by: Sequence[str], filters: Sequence[tuple[str, str]]
) -> Request:
    params = [
        *days(span),
        ("time_bucket_width", "1d"),
        *grouped(group_by),
        *filters,
        ("order_by", "time"),
        ("order", "asc"),
        ("limit", "1000"),
    ]
    return Request(f"{ANALYTICS}/{name}", params, VERSION, BETA)
