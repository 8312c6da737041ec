"""The Usage and Cost Analytics API: one shape for Console and Enterprise organizations."""

from collections.abc import Iterator, Sequence

from core.anthropic.enterprise import ANALYTICS, VERSION
from core.anthropic.pagination import Page, Request, by_page
from core.anthropic.payloads import UnifiedCostRow, UnifiedUsageRow
from core.anthropic.transport import Client
from core.calendar import Span, midnight, zulu

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
    return by_page(client, _request("cost", span, group_by, filters), UnifiedCostRow)


def usage(
    client: Client,
    span: Span,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
) -> Iterator[Page[UnifiedUsageRow]]:
    """Yield daily tokens by at most five dimensions; without dimensions one total a day."""
    return by_page(client, _request("usage", span, group_by, filters), UnifiedUsageRow)


def _request(
    name: str, span: Span, group_by: Sequence[str], filters: Sequence[tuple[str, str]]
) -> Request:
    params = [
        ("starting_at", zulu(midnight(span.start))),
        ("ending_at", zulu(midnight(span.end))),
        ("time_bucket_width", "1d"),
        *(("group_by[]", dim) for dim in group_by),
        *filters,
        ("order_by", "time"),
        ("order", "asc"),
        ("limit", "1000"),
    ]
    return Request(f"{ANALYTICS}/{name}", params, VERSION, BETA)
