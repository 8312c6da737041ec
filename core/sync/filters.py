"""Which filtered requests carry what a report cannot group by: one for each value met."""

import polars as pl

Ask = tuple[str | None, str | None, list[tuple[str, str]]]
"""A geography, a speed (None: not known), and the filters whose answer has them."""


def key_requests(shaped: pl.DataFrame) -> list[Ask]:
    """Return the requests that read usage by key for each geography and speed of a window.

    `shaped` is the window's usage with `inference_geo` and, where it is known, `speed`. Together
    the requests cover all of it but rows without a geography beside rows with one, which no
    filter of theirs names; those stand in the row that completes the cut to the total.
    """
    geos: list[str | None] = shaped["inference_geo"].unique().sort().to_list()
    if len(geos) <= 1:
        return _by_speed(shaped, geos[0] if geos else None, [])
    return [
        ask
        for geo in geos
        if geo is not None
        for ask in _by_speed(
            shaped.filter(pl.col("inference_geo") == geo), geo, [("inference_geos[]", geo)]
        )
    ]


def _by_speed(rows: pl.DataFrame, geo: str | None, filters: list[tuple[str, str]]) -> list[Ask]:
    speeds = rows["speed"].unique().sort().to_list() if "speed" in rows.columns else []
    if len(speeds) == 1:
        return [(geo, speeds[0], filters)]
    if not speeds or None in speeds:  # a filter would lose the rows that name no speed
        return [(geo, None, filters)]
    return [(geo, speed, [*filters, ("speeds[]", speed)]) for speed in speeds]
