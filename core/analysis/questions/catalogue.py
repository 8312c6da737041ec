"""Every question as data: which source answers it and why, and what the other one lacks."""

from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import UnknownName
from core.ledger.cuts import Kind

CLAUDE_CODE = ("product", "claude_code")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the catalogue.

    `by` and `where` are those of the query that answers it, of the source alone; `why` says why
    this source, `other` what the other one sees instead. `never`: the other source cannot answer,
    whatever it knows. `figure`: one number that is the answer's point, beside its rows.
    """

    id: str
    title: str
    source: Kind
    by: tuple[str, ...]
    why: str
    other: str
    measure: str = "cost"
    where: tuple[tuple[str, str | None], ...] = ()
    caveats: tuple[str, ...] = ()
    never: bool = False
    figure: str = ""
    founding: bool = False


QUESTIONS: tuple[Question, ...] = (
    Question(
        "invoice",
        "What did Anthropic invoice us for our Enterprise plan?",
        "enterprise",
        ("month", "product"),
        "The Enterprise Analytics API reports all metered usage of the Enterprise plan, with or "
        "without a person; its ungrouped total of a calendar month is what meets the invoice.",
        "The Platform reports the Claude Console's organizations. It never sees a seat.",
        caveats=(
            "An invoice also holds seat fees and taxes, less credits. None of these is in "
            "Anthropic's API: invoice = seat fees + this total - credits + taxes.",
        ),
        never=True,
        founding=True,
    ),
    Question(
        "per-user",
        "What does each person cost?",
        "enterprise",
        ("user",),
        "Seats belong to people, so the Enterprise Analytics API knows whose usage it was.",
        "Platform requests are mostly made by API keys, which belong to programs; a person stands "
        "there only for sign-ins.",
        founding=True,
    ),
    Question(
        "per-product",
        "What does each product cost: Chat, Claude Code, Cowork, Office Agent, Claude in Chrome?",
        "enterprise",
        ("product",),
        "Products are surfaces of the Enterprise plan; its Analytics API names one on every row "
        "that has one.",
        "The Platform sees the API's own products, and Claude Code only where someone signed in "
        "with the Console: that is other money than Claude Code on a seat.",
        founding=True,
    ),
    Question(
        "per-workspace",
        "What does each workspace cost?",
        "platform",
        ("workspace",),
        "Workspaces divide a Claude Console organization, and only its usage has one.",
        "Usage of the Enterprise plan has no workspace at all.",
        founding=True,
    ),
    Question(
        "per-api-key",
        "What does each API key cost?",
        "platform",
        ("api_key",),
        "API keys are made in the Claude Console. The newer API bills each key; the older cost "
        "report knows none, so there the bill is split by each key's usage and still sums.",
        "Usage of the Enterprise plan is not made with API keys.",
        founding=True,
    ),
    Question(
        "per-team",
        "What does each team cost?",
        "enterprise",
        ("team",),
        "Teams are the groups of the Enterprise plan. The Enterprise Analytics API knows whose "
        "usage it was, and with the scope read:rbac_groups who belongs to which group.",
        "The Platform knows no groups; its workspaces and API keys divide usage by program.",
        caveats=(
            "Anthropic lists present members only: everyone stands with the groups of the last "
            "sync, for all days, and people who have left stand under no team.",
            "Someone in several groups stands in one line that names them all. Anthropic's own "
            "report by group counts such usage once in each group, so its rows sum to more than "
            "the bill.",
        ),
        never=True,
    ),
    Question(
        "per-model",
        "What does each model cost on the API?",
        "platform",
        ("model",),
        "On the Platform your own code chooses the model, so this is where a change of model "
        "changes the bill.",
        "On a seat people choose, or the product does for them.",
    ),
    Question(
        "per-operation",
        "What do input, output, cache and tools cost on the API?",
        "platform",
        ("operation",),
        "Prompts, caching and tools are decided in the code that calls the Platform.",
        "The same split exists for seats, where nobody decides about it.",
    ),
    Question(
        "per-service-tier",
        "What do standard, batch and other service tiers cost?",
        "platform",
        ("service_tier",),
        "A service tier is chosen with each request to the Platform.",
        "Usage of the Enterprise plan has no service tier.",
        caveats=("Priority Tier is paid for by contract; the older cost report leaves it out.",),
    ),
    Question(
        "per-geography",
        "What does it cost where inference runs?",
        "platform",
        ("inference_geo",),
        "A request to the Platform can demand where it is computed, at its own price.",
        "On a seat the organization's settings decide.",
    ),
    Question(
        "per-connection",
        "What does each Claude Console organization cost?",
        "platform",
        ("connection",),
        "An Admin key belongs to one organization, so each connection is one of them.",
        "An Enterprise key speaks for the whole plan.",
    ),
    Question(
        "claude-code-per-user",
        "What does Claude Code cost for each person with a seat?",
        "enterprise",
        ("user",),
        "Claude Code on a seat is a product of the Enterprise plan, and each row has its person.",
        "Claude Code signed in with the Console is other money: requests that the Console's own "
        "workspace pays for.",
        where=(CLAUDE_CODE,),
    ),
    Question(
        "pull-request",
        "What does a pull request made with Claude Code cost?",
        "enterprise",
        ("user",),
        "The Enterprise Analytics API counts pull requests and knows what Claude Code cost the "
        "same people on the same days.",
        "The Claude Code Analytics API counts Console sign-ins only, with costs at list prices.",
        where=(CLAUDE_CODE,),
        caveats=(
            "Cost of all Claude Code usage, also that which led to no pull request; activity "
            "counts may move by a few percent for some days.",
        ),
        figure="pull_request",
    ),
    Question(
        "cache-share",
        "How much of the input does the prompt cache serve?",
        "platform",
        ("token_type",),
        "Caching is decided in the code that calls the Platform; its usage report counts tokens "
        "of all four kinds of input.",
        "On a seat the product decides what is cached.",
        measure="tokens",
        caveats=("Share of input tokens read from the cache; output does not count.",),
        figure="cache_share",
    ),
)


def question(name: str) -> Question:
    """Return a question by its id; raises UnknownName, which lists close matches."""
    by_id = {q.id: q for q in QUESTIONS}
    word = name.strip().casefold().replace("_", "-").replace(" ", "-")
    if word in by_id:
        return by_id[word]
    close = get_close_matches(word, by_id, n=3, cutoff=0.4)
    meant = f"Perhaps you mean: {', '.join(close)}. " if close else ""
    raise UnknownName(
        f"There is no question {name!r}.",
        f"{meant}There are: {', '.join(by_id)}.",
        "Use one of these words; `claude-spend questions` says what each asks.",
    )
