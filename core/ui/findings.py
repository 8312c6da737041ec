"""Findings as people read them: what happened, why, and what to do next."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import streamlit as st

from core.anthropic.words import GOES_ON, PASSES
from core.connections.result import TRANSIENT
from core.errors import Finding, SpendError
from core.ui.formats import commands, plain

_ICONS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/info:"}
_BOXES = {"error": st.error, "warning": st.warning, "info": st.info}


def show(finding: Finding) -> None:
    """Show one finding."""
    request = f" Request `{finding.request_id}`." if finding.request_id else ""
    status = f" HTTP {finding.http_status}." if finding.http_status else ""
    parts = [f"**{plain(finding.title)}**", plain(finding.cause), commands(finding.fix)]
    body = "  \n".join(part for part in parts if part)
    _BOXES[finding.severity](body + (f"  \n:small[{status}{request}]" if status or request else ""),
                             icon=_ICONS[finding.severity])  # fmt: skip


def show_all(findings: Iterable[Finding]) -> None:
    """Show findings, each once, the worst first."""
    order = {"error": 0, "warning": 1, "info": 2}
    for finding in sorted(dict.fromkeys(findings), key=lambda f: order[f.severity]):
        show(finding)


def unstored(found: Iterable[Finding], again: str) -> tuple[Finding, ...]:
    """Return a refused key's findings; what passes by itself says `again`, not the next sync."""
    return tuple(_unstored(finding, again) for finding in found)


def _unstored(finding: Finding, again: str) -> Finding:
    if finding.code not in TRANSIENT:
        return finding
    # Only what speaks of a next sync is wrong here; certificates, proxies and limits stay named.
    kept = finding.fix.replace(PASSES, "").replace(GOES_ON, "").strip()
    return replace(finding, fix=f"{kept} {again}".strip())


def notes(findings: Iterable[Finding]) -> None:
    """Show what a figure leaves out, quietly, under it."""
    for finding in dict.fromkeys(findings):
        if finding.severity == "info":
            st.caption(f":material/info: {plain(finding.title)} {plain(finding.cause)}")
        else:
            show(finding)


@contextmanager
def explained() -> Iterator[None]:
    """Show a failure of the product as a finding instead of a traceback, and stop the page."""
    try:
        yield
    except SpendError as error:
        show(error.finding())
        st.stop()
