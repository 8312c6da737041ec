"""What the Console calls things in the text of a cost row."""

import re

import polars as pl

from core.demo.models import LAUNCHES

_WHAT = {
    "uncached_input_tokens": "Input Tokens",
    "cache_read_input_tokens": "Input Tokens, Cache Hit",
    "cache_creation.ephemeral_5m_input_tokens": "Input Tokens, Cache Write",
    "cache_creation.ephemeral_1h_input_tokens": "Input Tokens, Cache Write",
    "output_tokens": "Output Tokens",
}
_OTHER = {
    "web_search": "Web Search Usage",
    "code_execution": "Code Execution Usage",
    "session_usage": "Managed Agents Session Usage",
}


def title(model: str) -> str:
    """Return a model's name for people: `claude-sonnet-4-5-20250929` is `Claude Sonnet 4.5`."""
    words = re.sub(r"-20\d{6}$", "", model).split("-")
    numbers = ".".join(word for word in words if word.isdigit())
    names = [word.capitalize() for word in words if not word.isdigit()]
    return " ".join([*names, numbers])


_TITLES = {model: title(model) for steps in LAUNCHES.values() for _, model in steps}


def description(component: str) -> pl.Expr:
    """Return the text of each fact's cost row for a component; fast mode is said only here."""
    if component in _OTHER:
        return pl.lit(_OTHER[component])
    name = pl.col("model").replace_strict(_TITLES, return_dtype=pl.String)
    fast = pl.when(pl.col("speed") == "fast").then(pl.lit(" (Fast Mode)")).otherwise(pl.lit(""))
    return pl.concat_str(name, fast, pl.lit(f" Usage - {_WHAT[component]}"))
