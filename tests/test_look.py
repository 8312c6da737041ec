"""The look: every option is one that Streamlit has, and text and series can be told apart."""

import math
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))

# Linear RGB of what a person without one kind of cone sees (Machado, Oliveira, Fernandes 2009).
SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        inner = isinstance(value, dict)
        found |= flat(value, f"{prefix}{key}.") if inner else {prefix + key: value}
    return found


def linear(colour: str) -> tuple[float, ...]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours."""
    weights = (0.2126, 0.7152, 0.0722)
    light = [sum(w * c for w, c in zip(weights, linear(x), strict=True)) for x in (one, other)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def lab(colour: str, sight: str) -> tuple[float, float, float]:
    """Return a colour's CIELAB coordinates, as somebody with this sight sees it."""
    rgb = linear(colour)
    seen = [
        min(1, max(0, sum(a * b for a, b in zip(row, rgb, strict=True)))) for row in SIGHT[sight]
    ]
    rows = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8727))
    x, y, z = (sum(a * b for a, b in zip(row, seen, strict=True)) for row in rows)
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def test_streamlit_knows_every_option_that_is_set() -> None:
    from streamlit import config

    known = config.get_config_options(force_reparse=False)
    assert [name for name in flat(CONFIG) if name not in known] == []


def test_the_server_is_set_up_to_be_careful() -> None:
    options = flat(CONFIG)
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] in {"none", "type"}
    assert options["client.toolbarMode"] == "viewer"
    assert options["server.enableCORS"] is True
    assert options["server.enableXsrfProtection"] is True


def test_the_look_asks_no_other_host_for_anything() -> None:
    assert "http" not in (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_series_stand_out_from_the_page(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    for page in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], page) >= 7
        assert contrast(theme["linkColor"], page) >= 4.5
        assert contrast(theme["dataframeHeaderTextColor"], page) >= 4.5
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5
    for colour in theme["chartCategoricalColors"]:
        assert contrast(colour, theme["backgroundColor"]) >= 3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_any_two_series_can_be_told_apart(mode: str, sight: str) -> None:
    series = CONFIG["theme"][mode]["chartCategoricalColors"]
    seen = {colour: lab(colour, sight) for colour in series}
    assert len(seen) == 8
    assert min(math.dist(seen[a], seen[b]) for a, b in combinations(series, 2)) > 12


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("scale", ["chartSequentialColors", "chartDivergingColors"])
def test_scales_have_the_ten_steps_that_streamlit_wants(mode: str, scale: str) -> None:
    assert len(CONFIG["theme"][mode][scale]) == 10


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_sequential_scale_leaves_the_page_step_by_step(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    steps = [contrast(c, theme["backgroundColor"]) for c in theme["chartSequentialColors"]]
    assert steps == sorted(steps)
