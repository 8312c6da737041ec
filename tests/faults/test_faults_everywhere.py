"""Faults on whatever a sync asks, usage and lists of names included, not on its costs alone."""

from collections.abc import Callable, Iterable
from itertools import count

import pytest
from fault_company import E_UNIFIED, P_UNIFIED, WAYS
from fault_edits import EVER
from fault_judge import Fault, undergo

from core import demo

EVERYTHING = "/v1/*"
MOMENTS = (1, 2, 3, 5, 8, 13, 21)
"""Which request of a sync is the first that a revoked key is refused for."""

Faults = Callable[[object], Iterable[demo.Fault]]


def usage(kind: str, times: int, **more: object) -> Faults:
    """Return faults of the requests for usage, by whatever path they go."""
    return lambda way: [
        demo.Fault(way.cost.replace("cost", "usage"), 2, times, kind, **more)  # type: ignore[attr-defined]
    ]


def every_other() -> Faults:
    """Return a fault that cuts every other answer of a whole sync in half."""
    numbers = count()

    def half(body: bytes) -> bytes:
        return body[: len(body) // 2] if next(numbers) % 2 else body

    return lambda _: [demo.Fault(EVERYTHING, 1, EVER, "edit", edit=half)]


@pytest.mark.parametrize("nth", MOMENTS)
def test_a_key_revoked_at_any_request_keeps_what_was(nth, world, tmp_path, monkeypatch, note):
    way = WAYS[nth % len(WAYS)]
    fault = Fault("key revoked at any request",
                  lambda _: [demo.Fault(EVERYTHING, nth, EVER, status=401)])  # fmt: skip
    told = undergo(world, way, fault, tmp_path, monkeypatch)
    assert told.outcome in {"partial", "failed"}
    assert told.codes == {"key_invalid"}
    note(fault.name, "partial: key_invalid; then exact")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_cut_in_half_every_other_time(way, world, tmp_path, monkeypatch, note):
    fault = Fault("every other answer truncated", every_other())
    told = undergo(world, way, fault, tmp_path, monkeypatch)
    assert (told.outcome, told.codes) == ("complete", set())
    note(fault.name, "exact")


@pytest.mark.parametrize("way", [P_UNIFIED, E_UNIFIED], ids=str)
@pytest.mark.parametrize(
    ("name", "faults", "codes"),
    [
        ("usage truncated", usage("truncate", 2), set()),
        ("usage refused without end (529)", usage("answer", EVER, status=529),
         {"service_unavailable"}),
        ("usage in HTML, always", usage("html", EVER), {"unexpected_response"}),
    ],
)  # fmt: skip
def test_usage_fails_alone(name, faults, codes, way, world, tmp_path, monkeypatch, note):
    told = undergo(world, way, Fault(name, faults), tmp_path, monkeypatch)
    assert told.codes == codes
    assert (told.outcome == "complete") == (not codes)
    note(name, f"partial: {' '.join(codes)}; then exact" if codes else "exact")
