"""Parts of a page that run by themselves, without the page and its entrance around them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from core.access import acting

P = ParamSpec("P")


def part(draw: Callable[P, None], *, every: str | None = None) -> Callable[P, None]:
    """Return `draw` as a fragment; for who may not look any more, the whole page runs instead.

    There the entrance says why: their sign-in has expired, or was signed out of. `every`: how
    often it runs by itself, such as `"1s"`.
    """

    @wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        if acting.known() is None:
            st.rerun()
        draw(*args, **kwargs)

    return st.fragment(guarded, run_every=every)
