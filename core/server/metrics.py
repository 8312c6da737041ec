"""`/metrics`: the ledger's state in Prometheus's words; no amount of money is among it."""

import logging
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from core import calendar
from core.errors import SpendError
from core.ledger.pulse import Beat, Pulse, pulse
from core.server import state

log = logging.getLogger(__name__)

_LABELS = ("connection", "kind")


def metrics(request: Request) -> Response:
    """Answer with the ledger's metrics and this process's own; a database that fails is a metric.

    What is counted lies in the database, so that each replica answers the same.
    """
    try:
        found: Pulse | None = pulse(state.engine())
    except SpendError as error:
        log.warning("metrics: %s", error)
        found = None
    registry = CollectorRegistry()
    registry.register(Ledger(found, calendar.now()))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": kind, "Cache-Control": "no-store"})


class Ledger(Collector):
    """A pulse, taken at a moment, as metrics; None stands for a database that does not answer."""

    def __init__(self, found: Pulse | None, moment: datetime) -> None:
        self._found = found
        self._moment = moment

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        up = "1 while the database answers."
        yield GaugeMetricFamily("claude_spend_database_up", up, value=self._found is not None)
        if self._found is None:
            return
        yield from _whole(self._found)
        yield from _ages(self._found.beats, self._moment)
        yield from _counts(self._found.beats)


def _whole(found: Pulse) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "claude_spend_ledger_version", "Goes up with every change of the ledger.",
        value=found.version,
    )  # fmt: skip
    yield GaugeMetricFamily(
        "claude_spend_database_bytes", "Size of the database.", value=found.size
    )
    yield GaugeMetricFamily(
        "claude_spend_sync_running", "1 while a sync runs, on whatever machine.",
        value=found.running,
    )  # fmt: skip


def _ages(beats: tuple[Beat, ...], moment: datetime) -> Iterator[Metric]:
    sync = GaugeMetricFamily(
        "claude_spend_sync_age_seconds", "Since cost was last read; absent before.", labels=_LABELS
    )
    data = GaugeMetricFamily(
        "claude_spend_data_age_seconds", "Since Anthropic last refreshed it, where it says.",
        labels=_LABELS,
    )  # fmt: skip
    failing = GaugeMetricFamily(
        "claude_spend_sync_failing", "Syncs that failed in a row, up to now.", labels=_LABELS
    )
    for beat in beats:
        for family, since in ((sync, beat.fetched_at), (data, beat.data_refreshed_at)):
            if since is not None:
                # This machine's clock may be behind: nothing is younger than new.
                age = max(0.0, (moment - since).total_seconds())
                family.add_metric(_labels(beat), age)
        failing.add_metric(_labels(beat), beat.failing)
    yield from (sync, data, failing)


def _counts(beats: tuple[Beat, ...]) -> Iterator[Metric]:
    syncs = CounterMetricFamily(
        "claude_spend_syncs", "Ended syncs by outcome.", labels=(*_LABELS, "outcome")
    )
    requests = CounterMetricFamily(
        "claude_spend_api_requests", "Requests that syncs made.", labels=_LABELS
    )
    rows = CounterMetricFamily("claude_spend_rows_read", "Rows that syncs read.", labels=_LABELS)
    restated = CounterMetricFamily(
        "claude_spend_rows_restated", "Rows that Anthropic had revised.", labels=_LABELS
    )
    for beat in beats:
        for outcome, count in sorted(beat.outcomes.items()):
            syncs.add_metric((*_labels(beat), outcome), count)
        for family, value in (
            (requests, beat.requests), (rows, beat.rows), (restated, beat.restated_rows),
        ):  # fmt: skip
            family.add_metric(_labels(beat), value)
    yield from (syncs, requests, rows, restated)


def _labels(beat: Beat) -> tuple[str, str]:
    return beat.name, beat.kind
