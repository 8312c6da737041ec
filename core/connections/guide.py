"""The plan guide as data: "Which version of Anthropic do I have?", and what to do about it."""

from dataclasses import dataclass, field

from core.errors import BadValue
from core.ledger.cuts import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `url` is where, when there is such a page."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class KeyRecipe:
    """How the key of one kind of connection is made: who may, where, and what comes out."""

    kind: Kind
    title: str
    who: str
    steps: tuple[Step, ...]
    prefix: str
    variable: str
    answers: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to the question; `connections` names what to make, the recommended one first."""

    id: str
    title: str
    summary: str
    connections: tuple[Kind, ...]
    steps: tuple[Step, ...] = ()
    not_supported: tuple[str, ...] = field(default=())

    @property
    def supported(self) -> bool:
        """Say whether there is anything to connect."""
        return bool(self.connections)


QUESTION = "Which version of Anthropic do I have?"

ADMIN_KEYS_URL = "https://platform.claude.com/settings/admin-keys"
CONSOLE_URL = "https://platform.claude.com"
ANALYTICS_KEYS_URL = "https://claude.ai/analytics/api-keys"
API_ACCESS_URL = "https://claude.ai/admin-settings/api-access"
SUPPORT_URL = "https://support.claude.com"

PLATFORM = KeyRecipe(
    kind="platform",
    title="Anthropic (Platform)",
    who="A member of the Claude Console organization with the Admin role.",
    steps=(
        Step("Sign in to the Claude Console with the Admin role.", CONSOLE_URL),
        Step("Open Settings, then Admin keys (older menus: API keys, Admin keys).", ADMIN_KEYS_URL),
        Step("Choose Create Admin key and name it, for example: claude-spend."),
        Step("Copy the key at once: the Console shows it only this time."),
        Step("Copy the Organization ID from Settings, Organization."),
        Step("Enter the key and the Organization ID under Connections, Anthropic (Platform)."),
    ),
    prefix="sk-ant-admin01-",
    variable="ANTHROPIC_ADMIN_KEY",
    answers="Cost by workspace and by API key, tokens by model, Claude Code on API billing; twelve "
    "months back.",
)

ENTERPRISE = KeyRecipe(
    kind="enterprise",
    title="Anthropic Enterprise",
    who="The Primary Owner of the Enterprise organization, and nobody else.",
    steps=(
        Step("Sign in to claude.ai as the Primary Owner.", ANALYTICS_KEYS_URL),
        Step("Open Organization settings, API, and switch on public API access if it is off.",
             API_ACCESS_URL),
        Step("Create a key with the scope read:analytics. The scopes of a key cannot be changed "
             "later; read:rbac_groups, read:members and read:spend_limits add what each team "
             "costs, the names of members and the spend limits."),
        Step("Name it, for example: claude-spend. Copy it at once: it is shown only this time."),
        Step("Enter it under Connections, Anthropic Enterprise."),
        Step("If the page cannot be opened, or says that analytics is not enabled: ask Anthropic "
             "Support to enable Enterprise analytics for the organization.", SUPPORT_URL),
    ),
    prefix="sk-ant-api01-",
    variable="ANTHROPIC_ANALYTICS_KEY",
    answers="What the Enterprise plan was charged for usage, by user, product, model and context "
    "window; back to 2026-01-01 at the most.",
)  # fmt: skip

RECIPES: dict[Kind, KeyRecipe] = {"platform": PLATFORM, "enterprise": ENTERPRISE}

CHOICES: tuple[Choice, ...] = (
    Choice(
        id="enterprise",
        title="Enterprise plan with analytics enabled",
        summary="Connect Anthropic Enterprise for cost by user and product. If teams also use the "
        "Claude API, connect the Anthropic Platform too: it adds workspaces and API keys, and "
        "what both report is counted once.",
        connections=("enterprise", "platform"),
        steps=ENTERPRISE.steps,
        not_supported=(
            "Seat fees, taxes and credits: no Anthropic API has them. Enter them beside the "
            "usage when you compare with an invoice.",
            "An Admin key from the Claude Console in place of the analytics key: it sees the "
            "Console's organization, not the Enterprise plan.",
        ),
    ),
    Choice(
        id="team",
        title="Team plan, or Enterprise plan without analytics",
        summary="Connect the Anthropic Platform: it reads the cost and usage of the Claude API "
        "from the Claude Console. On the Enterprise plan, Anthropic can enable analytics; "
        "connect Anthropic Enterprise once it has.",
        connections=("platform",),
        steps=PLATFORM.steps,
        not_supported=(
            "Seats of the Team plan, and what their members use in Claude apps: below the "
            "Enterprise plan there is no analytics API.",
            "Cost by user and by product (Chat, Cowork, ...): only the Enterprise Analytics API "
            "has it.",
        ),
    ),
    Choice(
        id="cloud",
        title="Through AWS Bedrock, Google Vertex AI or Microsoft Azure",
        summary="Nothing to connect here: the cloud provider bills this use of Claude, and "
        "Anthropic's APIs do not know its cost. Look in AWS Cost Explorer, Google Cloud Billing "
        "or Azure Cost Management.",
        connections=(),
        steps=(
            Step("Open the billing console of the cloud provider and filter by Claude or "
                 "Anthropic; a marketplace subscription is a line of its own."),
            Step("If some teams use the Claude API directly as well, go by the plan of that "
                 "organization: Team or Enterprise."),
        ),
        not_supported=(
            "Usage through Bedrock, Vertex AI, Azure or Claude Platform on AWS: Anthropic's cost "
            "and usage reports leave it out.",
        ),
    ),
    Choice(
        id="individual",
        title="Individual subscriptions: Free, Pro or Max",
        summary="Not supported: an individual subscription is a flat price, and Anthropic offers "
        "no cost or usage API for it.",
        connections=(),
        steps=(
            Step("See the subscription's price and invoices in your account settings.",
                 "https://claude.ai/settings/billing"),
            Step("If you use the Claude API as an individual, set up an organization in the "
                 "Console settings; its admins can then create an Admin key.", CONSOLE_URL),
        ),
        not_supported=(
            "Free, Pro and Max: they belong to a person, not to an organization, so no Admin key "
            "or analytics key exists for them.",
        ),
    ),
)  # fmt: skip


def choice(identifier: str) -> Choice:
    """Return the choice of this id; raises BadValue, which lists the ids."""
    for candidate in CHOICES:
        if candidate.id == identifier:
            return candidate
    raise BadValue(
        f"The plan guide has no choice {identifier[:40]!r}.",
        f"Its choices are: {', '.join(c.id for c in CHOICES)}.",
        "Choose one of these.",
    )
