"""The step "alerts": look what stands, and tell each target of it, once."""

import logging
from collections.abc import Callable

from sqlalchemy import Engine

from core.access import acting
from core.access.roles import Role
from core.calendar import Clock, now
from core.connections.vault import open_vault
from core.errors import Finding, SpendError
from core.ledger import audit
from core.settings import Settings
from core.watch.alerts import conditions, hooks, mail, sent, targets
from core.watch.alerts.alert import TEST, Alert, Standing
from core.watch.alerts.places import Mailbox, Place, hidden
from core.watch.alerts.scene import Scene
from core.watch.alerts.standing import observe
from core.watch.alerts.targets import Target

log = logging.getLogger(__name__)

AT_MOST = 20
"""How many alerts one run sends to one target; the rest follow with the next run."""

Post = Callable[[Place, Standing, str], str]
"""Sends an alert with its link; returns what to know of it though it was sent, or ''."""


def alerts(engine: Engine, settings: Settings, clock: Clock = now) -> list[Finding]:
    """Keep what stands, send what was not sent yet, and return what went wrong.

    Running it again sends nothing again. The simulated organisation's alerts are kept and never
    sent. Raises DatabaseUnusable.
    """
    moment = clock()
    looked = conditions.look(Scene(engine, settings, moment))
    standing = observe(engine, looked.alerts, looked.judged, moment)
    if settings.demo == "1":
        return looked.findings
    return [*looked.findings, *deliver(engine, settings, standing, clock)]


def deliver(
    engine: Engine,
    settings: Settings,
    standing: list[Standing],
    clock: Clock = now,
    post: Post | None = None,
) -> list[Finding]:
    """Send to every target what it gets and was not sent yet; return what could not be sent."""
    done = sent.settled(engine, clock())
    findings: list[Finding] = []
    for target in targets.all_targets(engine):
        due = [s for s in standing if target.gets(s.alert.kind) and (target.id, s.id) not in done]
        if due and not target.paused:
            findings += _to_one(engine, settings, target, due[:AT_MOST], clock, post or _post)
    return findings


def send_test(
    engine: Engine, settings: Settings, name: str, clock: Clock = now, post: Post | None = None
) -> str:
    """Send a test message to a target, paused or not; return what to know of it, or ''.

    Raises UnknownName, SecretKeyUnusable, AlertNotSent with the reason, and NotAllowed.
    """
    acting.require(Role.ADMIN, "Sending a test")
    target = targets.get(engine, name)
    place = targets.place_of(engine, open_vault(settings, engine), target)
    told = Alert(
        TEST, f"test/{target.id}", "This is a test.",
        f"Somebody asked claude-spend to send a test to {target.name!r}. Alerts will arrive here.",
        "alerts",
    )  # fmt: skip
    audit.record(engine, "tested alert target", target.name)
    return (post or _post)(place, Standing(told, clock()), link(settings, "alerts"))


def link(settings: Settings, page: str) -> str:
    """Return the address of a page of the dashboard."""
    return f"{settings.public_url}/{page}"


def _to_one(
    engine: Engine,
    settings: Settings,
    target: Target,
    due: list[Standing],
    clock: Clock,
    post: Post,
) -> list[Finding]:
    try:
        place = targets.place_of(engine, open_vault(settings, engine), target)
    except SpendError as error:
        log.warning("alerts to %s: %s", target.name, error)
        return [error.finding("warning")]
    for standing in due:
        if sent.claim(engine, target, standing, clock()):
            failed = _claimed(engine, settings, target, place, standing, clock, post)
            if failed is not None:
                # What this target did not take now it will hardly take in a moment.
                return [failed]
    return []


def _claimed(
    engine: Engine, settings: Settings, target: Target, place: Place, standing: Standing,
    clock: Clock, post: Post,
) -> Finding | None:  # fmt: skip
    """Send a claimed alert and record how that ended; return what went wrong."""
    try:
        said = post(place, standing, link(settings, standing.alert.page))
    except SpendError as error:
        log.warning("alert to %s: %s", target.name, error)
        sent.settle(engine, target, standing, None, error.cause)
        return _finding(target, error.cause, error.fix)
    except Exception as error:  # noqa: BLE001 (its text may quote an address, so it goes nowhere)
        cause = f"Something unforeseen happened: {type(error).__name__}."
        log.error("alert to %s: %s", target.name, cause)  # noqa: TRY400 (nor does its traceback)
        sent.settle(engine, target, standing, None, cause)
        return _finding(target, cause, "The next sync tries again; if it stays, report it.")
    sent.settle(engine, target, standing, clock(), said)
    return None


def _finding(target: Target, cause: str, fix: str) -> Finding:
    title = f"An alert to {target.name} was not sent."
    return Finding("alert_not_sent", "warning", title, cause, fix)


def _post(place: Place, standing: Standing, link: str) -> str:
    _held = hidden(place)  # as long as this frame is: what fails here is logged with it
    if isinstance(place, Mailbox):
        return mail.post(place, standing, link)
    return hooks.post(place, standing, link)
