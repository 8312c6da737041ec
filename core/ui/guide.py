"""The plan guide, interactive: choose what you have, read what to create, where, and by whom."""

import streamlit as st

from core.connections.guide import CHOICES, QUESTION, RECIPES, Choice, KeyRecipe, Step, choice
from core.ui.formats import plain

__all__ = ["QUESTION", "show"]


def show() -> None:
    """Show the choices and what follows from the chosen one."""
    titles = {option.id: option.title for option in CHOICES}
    chosen = st.radio(
        QUESTION, list(titles), format_func=lambda i: titles[i], index=None, key="plan",
        label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    if chosen is None:
        st.caption("If you are not sure, ask your Anthropic account team.")
        return
    _choice(choice(chosen))


def _choice(option: Choice) -> None:
    box = st.success if option.supported else st.warning
    box(plain(option.summary), icon=":material/route:")
    for kind in option.connections:
        _recipe(RECIPES[kind])
    if not option.connections:
        _steps(option.steps)
    st.markdown("**Not supported, and why**")
    st.markdown("\n".join(f"- {plain(text)}" for text in option.not_supported))


def _recipe(recipe: KeyRecipe) -> None:
    with st.container(border=True):
        st.markdown(f"**{recipe.title}** gives: {plain(recipe.answers)}")
        st.markdown(f"Who may do it: {plain(recipe.who)}")
        _steps(recipe.steps)
        st.markdown(f"The key begins with `{recipe.prefix}`.")


def _steps(steps: tuple[Step, ...]) -> None:
    lines = [
        f"1. {plain(s.text)}" + (f" [{plain(s.url)}]({s.url})" if s.url else "") for s in steps
    ]
    st.markdown("\n".join(lines))
