"""What a connection may be called, and when two IDs mean the same organization."""

import unicodedata
from uuid import UUID

from core.errors import BadValue

LONGEST_NAME = 80


def valid_name(text: str, what: str = "a connection") -> str:
    """Return a name, by default a connection's, as it is kept: trimmed, composed; raises BadValue.

    A name has 1 to 80 printable characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if name and len(name) <= LONGEST_NAME and name.isprintable():
        return name
    if not name:
        why = "It is empty."
    elif len(name) > LONGEST_NAME:
        why = f"It has {len(name)} characters."
    else:
        why = "It holds a line break or another character that cannot be shown."
    raise BadValue(
        f"This cannot be the name of {what}.",
        why,
        f"Choose a name of 1 to {LONGEST_NAME} printable characters, such as: Console production",
    )


def same_name(one: str, other: str) -> bool:
    """Say whether two names are the same but for upper and lower case."""
    return one.casefold() == other.casefold()


def canonical_id(organization_id: str) -> str:
    """Return an Organization ID as it is compared: a UUID in its usual form, else lower case."""
    text = organization_id.strip()
    try:
        return str(UUID(text))
    except ValueError:
        return text.lower()


def is_organization_id(text: str) -> bool:
    """Say whether a text has one of the two forms that an Organization ID has."""
    known = canonical_id(text)
    try:
        return known.startswith("org_") or bool(UUID(known))
    except ValueError:
        return False


def _form(identifier: str) -> str:
    return "tagged" if identifier.startswith("org_") else "uuid" if identifier else ""


def same_organization(one: str, other: str) -> bool | None:
    """Say whether two IDs name the same organization; None where that cannot be told.

    The API names an organization by a UUID in some places and by `org_…` in others, and publishes
    no mapping: IDs of different forms, or an unknown one, cannot be compared.
    """
    first, second = canonical_id(one), canonical_id(other)
    if not first or not second or _form(first) != _form(second):
        return None
    return first == second
