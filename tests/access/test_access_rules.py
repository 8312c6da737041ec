"""Which role an identity token gives, and who is let in where nobody signs in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from core.access.door import Visit, let_in
from core.access.people import Person
from core.access.roles import Role
from core.access.rules import signed_in
from core.errors import NotAllowed
from core.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = int(NOON.timestamp()) + 3600
LISTS = Settings(
    admins="Ada@Example.com, spend-admins", analysts="@finance.example.com", viewers="@example.com"
)


def claims(email: str = "", **more: object) -> dict[str, object]:
    return {"sub": "1", "email": email, "exp": LATER, **more}


@pytest.mark.parametrize(
    ("said", "role"),
    [
        (claims("ada@example.com"), Role.ADMIN),
        (claims("ADA@EXAMPLE.COM", email_verified=True), Role.ADMIN),
        (claims("fay@finance.example.com"), Role.ANALYST),
        (claims("vera@example.com"), Role.VIEWER),
        (claims("vera@example.com", groups=["staff", "spend-admins"]), Role.ADMIN),
        (claims(roles="spend-admins"), Role.ADMIN),
        (claims(groups={"spend-admins": {"of": "project"}}), Role.ADMIN),
    ],
)
def test_the_highest_role_that_a_list_gives(said, role):
    person = signed_in(said, LISTS, NOON)
    assert (person.role, person.source) == (role, "sign-in")
    assert person.until == datetime.fromtimestamp(LATER, UTC)


@pytest.mark.parametrize(
    "said",
    [
        claims("eve@elsewhere.com"),
        claims("eve@evilexample.com"),
        claims("eve@example.com.evil.com"),
        claims("ada@example.com", email_verified=False),
        claims("ada@example.com", email_verified="false"),
        claims("ada@example.com", email_verified=None),
        claims("ada@example.com", email_verified="no"),
        claims("ada@example.com", email_verified=[]),
        claims("ada@example.com", email_verified={"google": True}),
        claims("ada@e\u017fample.com"),
        claims("\u00e0da@exam\u017f.com"),
        claims("eve@elsewhere.com", groups={"spend-admins": False}),
        claims("eve@elsewhere.com", groups=[["spend-admins"]]),
        claims(["ada@example.com"]),
        claims("", groups=["SPEND-ADMINS", "admin", "analyst"]),
        claims("eve@elsewhere.com", groups=["ada@example.com", "@example.com"]),
        claims("eve@elsewhere.com", other=["spend-admins"]),
        claims("eve@elsewhere.com", groups=7, roles=None),
        claims("@example.com"[1:]),
    ],
)
def test_whom_no_list_names_is_not_let_in(said):
    with pytest.raises(NotAllowed) as refused:
        signed_in(said, LISTS, NOON)
    assert refused.value.code == "not_let_in"


@pytest.mark.parametrize("mail", ["\u212aay@example.com", "\u017fam@example.com", "\ud800@x.com"])
def test_letters_that_only_fold_to_an_address_are_another_address(mail):
    mine = Settings(admins="kay@example.com,sam@example.com")
    with pytest.raises(NotAllowed, match="not let in"):
        signed_in(claims(mail), mine, NOON)
    assert signed_in(claims(mail), Settings(admins=mail), NOON).role is Role.ADMIN


def test_an_address_that_is_not_verified_does_not_name_anybody_without_saying_so():
    said = claims("ada@example.com", email_verified=False, groups=["spend-admins"])
    assert signed_in(said, LISTS, NOON).name == "ada@example.com (not verified)"
    assert signed_in(said | {"email_verified": True}, LISTS, NOON).name == "ada@example.com"


def test_thousands_of_values_in_a_claim_are_read():
    said = claims(groups=[f"group {n}" for n in range(100_000)] + ["spend-admins"])
    assert signed_in(said, LISTS, NOON).role is Role.ADMIN


def test_without_lists_nobody_is_let_in():
    with pytest.raises(NotAllowed, match="not let in"):
        signed_in(claims("ada@example.com", roles=["", "admin"]), Settings(), NOON)


def test_another_claim_can_hold_the_roles():
    said = claims("eve@elsewhere.com", **{"https://x/roles": ["spend-admins"]})
    mine = LISTS.model_copy(update={"role_claim": "https://x/roles"})
    assert signed_in(said, mine, NOON).role is Role.ADMIN


@pytest.mark.parametrize("exp", [LATER - 3600, 0, -1, None, "soon", 10**30, float("nan")])
def test_a_token_whose_time_is_over_or_not_told_is_refused(exp):
    with pytest.raises(NotAllowed) as refused:
        signed_in(claims("ada@example.com") | {"exp": exp}, LISTS, NOON)
    assert refused.value.code == "sign_in_expired"
    with pytest.raises(NotAllowed):
        signed_in({"sub": "1", "email": "ada@example.com"}, LISTS, NOON)


@given(email=st.emails(), groups=st.lists(st.text(max_size=12), max_size=3))
@runs(max_examples=50)
def test_a_stranger_is_never_let_in(email, groups):
    said = claims(f"x{email}.invalid", groups=[g for g in groups if g != "spend-admins"])
    with pytest.raises(NotAllowed):
        signed_in(said, LISTS, NOON)


REAL, SIMULATED = (lambda: False), (lambda: True)
HERE = [
    Visit(), Visit("", "localhost:8501"), Visit("127.0.0.1", "127.0.0.1:8501"),
    Visit("::1", "[::1]:8501"), Visit("127.8.8.8", "LOCALHOST"),
    Visit("", "localhost:8501", origin="http://localhost:8501"),
    Visit("", "127.0.0.1:8501", origin="http://[::1]:8501"),
]  # fmt: skip
ELSEWHERE = [
    Visit("10.0.0.7", "localhost:8501"),
    Visit("", "spend.example.com"),
    Visit("", "127.0.0.1.example.com:8501"),
    Visit("", "localhost.example.com"),
    Visit("", "localhost:8501", forwarded=True),
    Visit("testclient", "localhost"),
    Visit("", "[::ffff:10.0.0.1]:80"),
    Visit("", "127.0.0.1:8501", origin="https://spend.example.com"),
    Visit("", "127.0.0.1:8501", origin="null"),
]


@pytest.mark.parametrize("visit", HERE, ids=str)
def test_this_machine_may_do_everything(visit):
    assert let_in(visit, Settings(), REAL) == Person("this machine", Role.ADMIN, "this machine")


@pytest.mark.parametrize("visit", ELSEWHERE, ids=str)
def test_from_elsewhere_only_the_simulation_is_shown(visit):
    with pytest.raises(NotAllowed) as refused:
        let_in(visit, Settings(), REAL)
    assert refused.value.code == "open_here_only"
    assert "CLAUDE_SPEND_OPEN_TO=everyone" in refused.value.fix
    guest = let_in(visit, Settings(), SIMULATED)
    assert (guest.role, guest.simulated_only) == (Role.VIEWER, True)


@pytest.mark.parametrize("visit", [*HERE, *ELSEWHERE], ids=str)
def test_opened_to_everyone_it_is(visit):
    person = let_in(visit, Settings(open_to="everyone"), REAL)
    assert (person.role, person.source) == (Role.ADMIN, "open to everyone")
