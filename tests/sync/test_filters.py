"""Which filtered requests carry geography and speed beside the key."""

import polars as pl

from core.sync.filters import key_requests

GEO, SPEED = "inference_geos[]", "speeds[]"


def shaped(*pairs: tuple[str | None, str | None]) -> pl.DataFrame:
    schema = {"inference_geo": pl.String, "speed": pl.String}
    return pl.DataFrame(list(pairs), schema=schema, orient="row")


def test_one_geography_and_one_speed_need_no_filter() -> None:
    rows = shaped(("global", "standard"), ("global", "standard"))
    assert key_requests(rows) == [("global", "standard", [])]
    assert key_requests(rows.drop("speed")) == [("global", None, [])]
    assert key_requests(rows.clear()) == [(None, None, [])]


def test_each_pair_that_was_used_is_one_request() -> None:
    rows = shaped(("global", "fast"), ("global", "standard"), ("us", "standard"))
    assert key_requests(rows) == [
        ("global", "fast", [(GEO, "global"), (SPEED, "fast")]),
        ("global", "standard", [(GEO, "global"), (SPEED, "standard")]),
        ("us", "standard", [(GEO, "us")]),
    ]


def test_a_speed_that_no_filter_can_name_keeps_its_geography_whole() -> None:
    rows = shaped(("global", None), ("global", "fast"), ("us", "fast"), ("us", "standard"))
    assert key_requests(rows) == [
        ("global", None, [(GEO, "global")]),
        ("us", "fast", [(GEO, "us"), (SPEED, "fast")]),
        ("us", "standard", [(GEO, "us"), (SPEED, "standard")]),
    ]
