"""The newest model of each family, by the ids that the price list publishes."""

import re
from collections.abc import Iterable
from functools import lru_cache

from core.analysis.reconcile.listprices import canonical

_ID = re.compile(r"claude-([a-z]+)-(\d+)(?:-(\d+))?")
"""Since Claude 4, an id is family, version and perhaps a minor version."""


def newest(models: Iterable[str]) -> dict[str, str]:
    """Return, for each model that is not its family's newest, the id of the one that is."""
    latest = _latest()
    found = {}
    for model in models:
        known = canonical(model)
        match = _ID.fullmatch(known or "")
        target = latest[match[1]] if match else known
        if target and target != known:
            found[model] = target
    return found


def published() -> tuple[str, ...]:
    """Return the ids of all models that have a published price and a version, newest first."""
    return tuple(sorted(_versions(), key=lambda i: (_versions()[i][1], i), reverse=True))


@lru_cache(maxsize=1)
def _latest() -> dict[str, str]:
    ordered = sorted(_versions().items(), key=lambda item: item[1][1])
    return {family: model for model, (family, _) in ordered}


@lru_cache(maxsize=1)
def _versions() -> dict[str, tuple[str, tuple[int, int]]]:
    from genai_prices.data_snapshot import get_snapshot

    provider = next(p for p in get_snapshot().providers if p.id == "anthropic")
    matches = ((model.id, _ID.fullmatch(model.id)) for model in provider.models)
    return {name: (m[1], (int(m[2]), int(m[3] or 0))) for name, m in matches if m}
