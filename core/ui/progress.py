"""A running sync as people watch it: windows done, rows, rate, time left."""

from functools import partial

import streamlit as st

from core.sync.progress import Progress
from core.ui import context, findings, formats, jobs
from core.ui.part import part

FIRST_FIGURES = 2
"""Windows, cost and usage of the newest month, after which a page has something to show."""


def running(name: str, title: str) -> None:
    """Show a job while it runs, and its error if it has ended with one; polls only meanwhile."""
    job = jobs.job(name)
    if job.running:
        _watch(name, title)
    elif job.error is not None:
        findings.show(job.error)


@partial(part, every="1s")
def _watch(name: str, title: str) -> None:
    job = jobs.job(name)
    if not job.running:
        context.forget_version()
        st.rerun()
    state = job.progress
    st.progress(state.fraction, text=f"**{title}** {formats.plain(words(state))}")
    # The page is drawn again once a connection's newest days are in, and not with every window.
    stage = (state.connection, state.done >= FIRST_FIGURES)
    if st.session_state.setdefault(f"stage-{name}", stage) != stage:
        st.session_state[f"stage-{name}"] = stage
        context.forget_version()
        st.rerun()


def words(state: Progress) -> str:
    """Return windows, rows, rate and time left in words."""
    if not state.planned:
        return state.doing or "starting"
    parts = [
        f"{state.done + state.failed} of {state.planned} windows",
        f"{state.rows:,} rows",
        f"{state.rows_per_second:,.0f} rows/s",
    ]
    if state.seconds_left is not None:
        parts.append(f"{state.seconds_left:,.0f} s left")
    if state.failed:
        parts.append(f"{state.failed} failed")
    return ", ".join(parts)
