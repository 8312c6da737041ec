"""Computed against billed on a page: the verdict, the walk, and where the rest sits."""

import shlex
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from core.analysis.query import Query
from core.analysis.reconcile.computed import PARTS, WHY, Comparison
from core.calendar import Span
from core.ui import charts, findings, formats, receipt, tables, waterfall
from core.ui.grid import grid
from core.ui.waterfall import Step

_GOOD, _FAIR = 9_950, 9_500
"""Hundredths of a percent from which the explained share is good, or fair."""

DIVIDED = ("model", "operation", "day", "connection")


def verdict(found: Comparison) -> None:
    """Say in one look whether usage and bill agree."""
    error = any(f.severity == "error" for f in found.findings)
    left, billed = found.totals["unexplained"], found.totals["billed"]
    share = f"{found.explained // 100}.{found.explained % 100:02d} %"
    if error:
        colour, icon, word = "red", "error", "The units do not match"
    elif found.explained >= _GOOD:
        colour, icon, word = "green", "check_circle", f"Explained {share}"
    elif found.explained >= _FAIR:
        colour, icon, word = "orange", "help", f"Explained {share}"
    else:
        colour, icon, word = "red", "error", f"Explained {share} only"
    with st.container(border=True):
        st.markdown(f"## :{colour}[:material/{icon}: {word}]")
        st.markdown(
            f"Billed **{formats.plain(formats.figure(billed))}** for usage that is worth "
            f"**{formats.plain(formats.figure(found.totals['computed']))}** at your prices. "
            f"Unexplained: **{formats.plain(formats.figure(left))}**" + _gross(found) + _open(found)
        )
    findings.show_all(found.findings)


def _gross(found: Comparison) -> str:
    if found.gross == abs(found.totals["unexplained"]):
        return "."
    return f", {formats.plain(formats.figure(found.gross))} without regard to signs."


def _open(found: Comparison) -> str:
    open_ = found.totals["not_final"]
    if not open_:
        return ""
    return (
        f" A further {formats.plain(formats.figure(open_))} is the difference on days that "
        "Anthropic may still revise."
    )


def steps(found: Comparison) -> list[Step]:
    """Return the walk from list prices to the bill; what is zero is left out."""
    sums = found.totals
    contract = sums["computed"] - sums["list"]
    walk = [Step("At list prices", sums["list"], "total", "Tokens and web searches as reported.")]
    if contract:
        walk.append(Step("Contract prices", contract, why="What you entered below."))
    for name, title in PARTS.items():
        if sums[name]:
            walk.append(Step(title, sums[name], "open" if name == "unexplained" else "step",
                             WHY[name]))  # fmt: skip
    return [*walk, Step("Billed", sums["billed"], "total", "The costs that Anthropic reports.")]


def walk(found: Comparison) -> None:
    """Show the walk as bars and, under it, as figures that sum to the bill."""
    made = steps(found)
    st.altair_chart(waterfall.waterfall(made), alt=waterfall.takeaway(made))
    with st.expander("The same in figures", icon=":material/table:"):
        table(made)
    st.caption(f"{prices(found)} Each product of tokens and price is rounded once, half up, to "
               "1e-8 cents; everything after that is whole numbers.")  # fmt: skip


def behind(found: Comparison, names: tuple[str, ...]) -> dict[str, Query]:
    """Return the questions behind the bill and the usage, by their titles."""
    basis = "reported" if names else "counted_once"
    asked = {
        "Billed": Query((), "cost", found.span, (), names, basis),
        "Tokens, by model and operation": Query(
            ("model", "operation"), "tokens", found.span, (), names, basis
        ),
        "Web searches": Query((), "web_searches", found.span, (), names, basis),
    }
    return {**asked, "List cost, as Anthropic tells it": replace(asked["Billed"],
                                                                 measure="list_cost")}  # fmt: skip


def receipts(found: Comparison, names: tuple[str, ...]) -> None:
    """Show the receipts of a comparison of all connections, or of those named."""
    receipt.receipt_button(behind(found, names), f"computed-{'-'.join(names)}")
    st.caption("Every step of the walk, asked again with the same price book:")
    st.code(command(found.span, names), language=None)


def command(span: Span, names: tuple[str, ...]) -> str:
    """Return the command that works the walk out again."""
    chosen = "".join(f" --connection {shlex.quote(name)}" for name in names)
    return f"claude-spend reconcile --from {span.start} --to {span.end}{chosen}"


def table(made: list[Step]) -> None:
    """Show steps to the last digit, with what each is."""
    rows = {
        "step": [step.title for step in made],
        "amount": [formats.exact(step.units) for step in made],
        "why": [step.why for step in made],
    }
    columns: dict[str, Any] = {
        "step": st.column_config.TextColumn("Step"),
        "amount": st.column_config.TextColumn("USD, exactly", alignment="right"),
        "why": st.column_config.TextColumn("What it is", width="large"),
    }
    grid(pl.DataFrame(rows), hide_index=True, column_config=columns, height="content",
                 alt=waterfall.takeaway(made))  # fmt: skip


def prices(found: Comparison) -> str:
    """Say which prices these are."""
    day = found.prices.published
    of = f", published {formats.day(day)}" if day else ", of a day that this version does not know"
    return f"List prices: genai-prices {found.prices.release}{of}."


def rest(found: Comparison, by: str) -> None:
    """Show the comparison by one dimension, the largest unexplained first."""
    sums = ("computed", "billed", "discount", "not_final", "unexplained")
    grouped = found.frame.group_by(by).agg(pl.col(sums).sum(), pl.col("unexplained").abs().sum()
                                           .alias("gross"))  # fmt: skip
    ordered = grouped.sort("gross", by, descending=[True, False]).drop("gross")
    label = pl.col(by)
    if by != "day":
        words = [formats.value(by, text or None) for text in ordered[by]]
        label = pl.Series(by, words, pl.String).to_frame()[by] if words else pl.col(by)  # type: ignore[assignment]
    shown = ordered.select(label, *(charts.cents(pl.col(s)).alias(s) for s in sums))
    first = st.column_config.DateColumn if by == "day" else st.column_config.TextColumn
    columns: dict[str, Any] = {by: first(formats.title(by))}
    titles = {"computed": "Computed", "billed": "Billed", **PARTS}
    columns |= {name: tables.number(titles[name], "cost") for name in sums}
    options: dict[str, Any] = {"height": 420} if shown.height > 11 else {}
    grid(shown, hide_index=True, column_config=columns,
                 alt=f"Computed and billed by {by}.", **options)  # fmt: skip
    total = formats.plain(formats.exact(found.totals["unexplained"]))
    st.caption(f"Unexplained in all: {total}, exactly.")
