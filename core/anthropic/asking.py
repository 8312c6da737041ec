"""The words that several endpoints share in their requests."""

from collections.abc import Iterator, Sequence

from core.calendar import Span, midnight, zulu

ROOT = "/v1/organizations"
ANALYTICS = f"{ROOT}/analytics"

DIRECTORY_VERSION = "2026-10-21"
"""The version in which a key's `scope` names even the default workspace by its id."""

Pairs = list[tuple[str, str]]


def days(span: Span) -> Pairs:
    """Return the bounds of a span as whole seconds in UTC; the end is exclusive."""
    return [("starting_at", zulu(midnight(span.start))), ("ending_at", zulu(midnight(span.end)))]


def by_day(span: Span, limit: int = 31) -> Pairs:
    """Return a span in daily buckets; `limit` counts buckets, or rows where rows are flat."""
    return [*days(span), ("bucket_width", "1d"), ("limit", str(limit))]


def grouped(dims: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each dimension under the bracketed name: unbracketed ones are silently ignored."""
    return (("group_by[]", dim) for dim in dims)
