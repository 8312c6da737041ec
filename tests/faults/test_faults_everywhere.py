"""Faults on whatever a sync asks, usage and lists of names included, not on its costs alone."""

import socket
from collections.abc import Callable, Iterable
from itertools import count, pairwise

import pytest
from fault_company import E_UNIFIED, P_UNIFIED, WAYS, noon, well_behaved
from fault_edits import EVER
from fault_judge import Fault, healed, impatient, told_by, undergo

from core import demo
from core.anthropic import pagination

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


def chain(*cursors: str) -> Faults:
    """Return faults that lead a cost answer's first page through empty pages, in this order."""

    def page(after: str) -> dict[str, object]:
        return {"data": [], "has_more": True, "next_page": after}

    def faults(way: object) -> list[demo.Fault]:
        first = demo.Fault(way.cost, 2, EVER, status=200, body=page(cursors[0]))  # type: ignore[attr-defined]
        steps = [
            demo.Fault(way.cost, 1, EVER, status=200, body=page(after), query=f"page={here}")  # type: ignore[attr-defined]
            for here, after in pairwise(cursors)
        ]
        return [*steps, first]

    return faults


@pytest.mark.parametrize("way", [P_UNIFIED, E_UNIFIED], ids=str)
@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("cursors in a circle", chain("a", "b", "c", "a")),
        ("pages without end", chain(*(f"p{n:02}" for n in range(40)))),
    ],
)
def test_pages_that_do_not_end(name, faults, way, world, tmp_path, monkeypatch, note):
    monkeypatch.setattr(pagination, "MOST_PAGES", 30)
    told = undergo(world, way, Fault(name, faults), tmp_path, monkeypatch)
    assert told.codes == {"pagination_broken"}
    note(name, "partial: pagination_broken; then exact")


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("connection refused", lambda _: nobody_listens()),
        ("TLS fails", lambda api: api.replace("http://", "https://")),
        ("name not found (DNS)", lambda _: "https://api.anthropic.invalid"),
    ],
)
def test_an_api_that_cannot_be_reached(name, address, world, tmp_path, monkeypatch, note):
    way = E_UNIFIED
    settings = world.filled(way, tmp_path)
    well_behaved(way, world.api.behaviour, world.today)
    with monkeypatch.context() as patch:
        impatient(patch, [])
        away = settings.model_copy(update={"api_url": address(settings.api_url)})
        told = told_by(away, lambda: noon(world.today))
        assert (told.outcome, told.codes) == ("failed", {"network_unreachable"})
        healed(world, way, settings, told)
    note(name, "partial: network_unreachable; then exact")


@pytest.mark.parametrize(("times", "codes"), [(2, set()), (EVER, {"service_unavailable"})])
def test_a_body_that_is_not_what_its_header_says(times, codes, world, tmp_path, monkeypatch, note):
    name = "no gzip where gzip is said" + (", always" if codes else "")
    garbage = {"content-encoding": "gzip"}
    fault = Fault(name, lambda way: [
        demo.Fault(way.cost, 2, times, status=200, headers=garbage, body=b"\x00 no gzip")
    ])  # fmt: skip
    told = undergo(world, P_UNIFIED, fault, tmp_path, monkeypatch)
    assert told.codes == codes
    note(name, f"partial: {' '.join(codes)}; then exact" if codes else "exact")
