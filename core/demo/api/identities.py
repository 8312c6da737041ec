"""How the API shows an actor: the union of users, service accounts, federated identities, keys."""

from core.demo.api.call import encode
from core.demo.organisation import Organisation
from core.demo.seats import SECURITY_ACTOR

_ROLE = "arn:aws:iam::{account}:role/recommendation-jobs"


def _security() -> dict[str, object]:
    return {
        "type": "user_actor",
        "user_id": SECURITY_ACTOR,
        "email_address": None,
        "name": "Claude Security",
        "deleted": False,
    }


def _federated(actor: str) -> dict[str, object]:
    account = actor.partition(":")[2]
    principal = _ROLE.format(account=account)
    provider = {"type": "aws", "account_id": account, "signed_principal": principal}
    return {"type": "federated_actor", "provider": provider, "subject": principal}


def users(organisation: Organisation) -> dict[str, dict[str, object]]:
    """Return every user's actor by id, as of the organisation's day."""
    people = {person.id: person.actor(organisation.today) for person in organisation.people}
    return {**people, SECURITY_ACTOR: _security()}


def everyone(organisation: Organisation) -> dict[str, dict[str, object]]:
    """Return every actor by the id that facts hold."""
    keys: dict[str, dict[str, object]] = {
        key.id: {"type": "api_actor", "api_key_id": key.id} for key in organisation.estate.keys
    }
    accounts: dict[str, dict[str, object]] = {
        account: {"type": "service_account_actor", "service_account_id": account}
        for account in organisation.estate.service_accounts.values()
    }
    actors = organisation.facts["actor"].unique().drop_nulls()
    clouds: dict[str, dict[str, object]] = {
        actor: _federated(actor) for actor in actors if actor.startswith("aws:")
    }
    return {**users(organisation), **keys, **accounts, **clouds}


def texts(actors: dict[str, dict[str, object]], modern: bool) -> dict[str, str]:
    """Return actors as JSON; before version 2026-10-21 the address was called `email`."""

    def renamed(name: str) -> str:
        return name if modern or name != "email_address" else "email"

    return {
        actor: encode({renamed(name): value for name, value in shown.items()}).decode()
        for actor, shown in actors.items()
    }


def deleted(organisation: Organisation) -> list[str]:
    """Return the ids of users who are deleted as of the organisation's day."""
    return [actor for actor, shown in users(organisation).items() if shown["deleted"]]
