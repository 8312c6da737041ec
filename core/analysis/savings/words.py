"""Levers in words: what each assumes, what to do about it, and what must be known of the answer."""

from collections.abc import Iterator
from fractions import Fraction

from core.analysis.reconcile.listprices import canonical
from core.analysis.savings.answer import Lever, Place, Savings
from core.analysis.savings.plan import percent
from core.analysis.savings.rates import same_model
from core.errors import Finding
from core.money import label

PRODUCTS = {
    "claude_code": "Claude Code", "chat": "Chat", "cowork": "Cowork",
    "office_agent": "Office Agent", "claude_in_chrome": "Claude in Chrome",
    "claude_design": "Claude Design", "claude_tag": "Claude in Slack",
    "managed_agents_api": "Managed Agents", "chat_cowork_unified": "Chat and Cowork",
    "claude_console": "Claude Console",
}  # fmt: skip
"""Products as people say them, where there is no workspace to name."""


def assumption(found: Savings, lever: Lever) -> str:
    """Return what a lever's figure assumes, in plain words and with its numbers."""
    plan, tokens = found.plan, _tokens(found.plan.tokens)
    texts = {
        "newest": f"The same tokens at the newest model's prices{tokens}. Newer models may count "
        f"more tokens for the same text{_more(lever, plan.tokens)}. Where the newest costs more, "
        "nothing is moved." + _steps(found, lever),
        "swap": f"The same tokens at the other model's prices{tokens}, and answers that are good "
        "enough: try it on your own evaluations first. A model without fast mode answers at "
        "standard speed." + _steps(found, lever),
        "batch": f"{percent(plan.batch)} % of the API's own usage at standard speed can wait up "
        "to 24 hours. The Batch API costs half, whatever the token. Chat, Claude Code and other "
        "products cannot be batched and are left out.",
        "cache": f"{percent(plan.cacheable)} % of the API's uncached input is a prefix that "
        f"repeats, and {percent(found.assumed)} % of it is then read from the cache"
        f"{_measured(found)}; the rest is written for five minutes." + _pays(found),
        "lifetime": _lifetime(found),
        "fast": "Fast mode's premium goes; answers come at standard speed. Tokens stay the same. "
        "Where a bill does not tell fast mode, the usage report does.",
        "geography": "No contract or law ties the data to the US: inference there costs a tenth "
        "more (inference_geo).",
        "seats": f"{label(plan.seat_price)} a seat and month, as you entered it: no Anthropic API "
        "has it. Idle means a present member without any activity or token in these days.",
    }
    return texts[lever.name]


def action(found: Savings, lever: Lever) -> str:
    """Return what to do, beginning where it brings the most."""
    if lever.name == "seats":
        return _seats(found)
    if lever.name == "swap" and not found.plan.swaps:
        return "Choose an old and a new model, and where."
    if not lever.places and (unpriced := _unpriced(found, lever)):
        return f"No price of {unpriced!r} is known, so nothing is moved to it: is it spelled right?"
    if not lever.places:
        return "Nothing here to change in these days."
    first, months = lever.places[0], label(found.month(lever.places[0].saving))
    start = f"Begin with {place(first)}: {months} a month."
    verbs = {
        "newest": f"Move {first.model} to {found.newest.get(first.model)}.",
        "swap": f"Move {first.model} to {_target(found, first)}.",
        "batch": "Send what nobody waits for through the Batch API.",
        "cache": "Set cache_control on system prompts, tools and documents that repeat.",
        "lifetime": "Set the ttl of cache_control to "
        + ("one hour." if found.plan.lifetime == "1h" else "five minutes."),
        "fast": "Leave speed at standard where nobody waits for the answer.",
        "geography": "Set inference_geo, or the workspace's default, to global.",
    }
    return f"{verbs[lever.name]} {start}"


def place(where: Place) -> str:
    """Return a place as people say it."""
    product = PRODUCTS.get(where.product or "", where.product)
    spot = " · ".join(p for p in (where.workspace, where.api_key) if p and p != "no key")
    return spot or product or "the default workspace"


def basis(found: Savings) -> str:
    """Say which prices the dollars are in."""
    start = "Every dollar is a billed one: the price book says only by which share it changes"
    listed, billed = found.listed, found.view.total
    off = None if not listed else Fraction(listed - billed, listed)
    if off is None:
        own = "so a discount of your own is in every figure, though no report says how large it is"
    elif off == 0:
        own = "and Anthropic takes nothing off its list prices"
    else:
        own = f"so your own discount ({percent(off)} % off list prices) is in every figure"
    contract = " Contract prices that you entered decide before list prices." * found.contract
    return f"{start}, {own}.{contract}"


def findings(found: Savings) -> Iterator[Finding]:
    """Yield what a person should know of an answer."""
    unpriced = found.lines["unpriced"][0]
    if unpriced:
        yield Finding(
            "savings_unpriced",
            "info",
            f"{label(unpriced)} has no published price, so no lever is applied to it.",
            "Neither the price list nor a contract price knows its model, service tier or speed.",
            "Enter a contract price for the model under Reconciliation, or update claude-spend.",
        )
    if found.slow_unknown:
        yield Finding(
            "savings_speed_unknown",
            "info",
            f"Of {label(found.slow_unknown)} no report says whether it was fast mode.",
            "No report tells the speed beside a key, a person or a tier that is filtered by, or "
            "the usage of these days was not read; it is taken for standard.",
            "Take off such filters, or sync; until then the saving of standard speed may be "
            "larger than shown.",
        )
    if found.seats_unknown:
        yield Finding(
            "savings_members_unknown",
            "info",
            "Idle seats cannot be counted.",
            "The directory of members could not be read, so nobody is known to be idle.",
            "Connect Anthropic Enterprise with a key that also has the scope read:members.",
        )


def _tokens(tokens: Fraction) -> str:
    return "" if tokens == 1 else f", {percent(tokens)} of them for each 100"


def _more(lever: Lever, tokens: Fraction) -> str:
    """Return by how much tokens may grow before a model move costs more; empty where unknown."""
    after = lever.reach - lever.saving
    if after <= 0 or not tokens:
        return ""
    most = percent(Fraction(lever.reach, after) * tokens - 1)
    return f"; the move pays while they count less than {most} % more"


def _steps(found: Savings, lever: Lever) -> str:
    """Return what long prompts would change, where a new model charges them more."""
    if lever.least == lever.saving:
        return ""
    least = label(found.month(lever.least))
    return (
        " Prompts beyond a size that no report shows cost more at the new model (Claude Haiku "
        f"5.5: five times beyond 100,000 tokens). If all were that long, it would save {least} a "
        "month."
    )


def _pays(found: Savings) -> str:
    rows = found.breakevens
    return f" It pays from a hit rate of {percent(rows[0].five)} % on." if rows else ""


def _measured(found: Savings) -> str:
    if found.plan.hit_rate is not None:
        return " (entered)"
    if found.hit_rate is None:
        return " (assumed: nothing was cached yet)"
    return " (your own rate of these days)"


def _lifetime(found: Savings) -> str:
    again, rows = percent(found.plan.again), found.breakevens
    if found.plan.lifetime == "1h":
        limit = f"{percent(rows[0].repeat)} %" if rows else "about 39 %"
        return (
            f"{again} % of what is written for five minutes repeats within the hour; written for "
            f"an hour, that is read instead. It pays from {limit} on."
        )
    limit = f"{percent(rows[0].again)} %" if rows else "about 65 %"
    return (
        f"{again} % of what is now written for an hour is needed again later than five minutes, "
        f"and is written once more instead of read. It pays below {limit}."
    )


def _unpriced(found: Savings, lever: Lever) -> str:
    """Return the first model of a person's own swaps that neither list nor contract can price."""
    if lever.name != "swap" or found.contract:
        return ""
    return next((s.new for s in found.plan.swaps if canonical(s.new) is None), "")


def _seats(found: Savings) -> str:
    count, members = len(found.seats.idle), found.seats.members
    if not members:
        return "Nobody is known to be idle: no member is known here, or no day has figures."
    if not count:
        return f"All {members} members used Claude in these days."
    if not found.plan.seat_price:
        return f"{count} of {members} members are idle. Enter what a seat costs a month."
    return f"Take back {count} of {members} seats: {_listed([n for _, n in found.seats.idle])}."


def _listed(names: list[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


def _target(found: Savings, where: Place) -> str:
    swaps = (s.new for s in reversed(found.plan.swaps) if same_model(s.old, where.model))
    return next(swaps, "the other model")
