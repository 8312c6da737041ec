"""The three ways of paging, and every way in which they can lead nowhere."""

from datetime import UTC, datetime

import pytest
from anthropic_answers import REQUEST_ID, ok, page, refusal, script

from core.anthropic import pagination
from core.anthropic.directory import User
from core.anthropic.pagination import AfterId, NextPage, Request, listed, pages
from core.errors import CursorExpired, PaginationBroken, PayloadInvalid, RequestRefused

REQUEST = Request("/v1/organizations/analytics/cost", [("limit", "1000")], "2026-10-21", "beta-1")


def walk(answers, scheme=None, request=REQUEST):
    return list(pages(answers.client(), request, dict, scheme))


def test_pages_are_followed_with_all_other_parameters_unchanged():
    answers = script(
        page([{"n": 1}], has_more=True, next_page="page_a="),
        page([{"n": 2}], has_more=True, next_page="page_b="),
        page([{"n": 3}]),
    )
    assert [p.data for p in walk(answers)] == [[{"n": 1}], [{"n": 2}], [{"n": 3}]]
    assert answers.queries == [
        [("limit", "1000")],
        [("limit", "1000"), ("page", "page_a=")],
        [("limit", "1000"), ("page", "page_b=")],
    ]
    assert {r.headers["anthropic-beta"] for r in answers.requests} == {"beta-1"}
    assert {r.headers["anthropic-version"] for r in answers.requests} == {"2026-10-21"}


def test_a_page_says_its_export_its_request_and_its_organization():
    (one,) = walk(
        script(page([], data_refreshed_at="2026-11-02T03:10:00Z", organization_id="org_1"))
    )
    assert one.data_refreshed_at == datetime(2026, 11, 2, 3, 10, tzinfo=UTC)
    assert one.request_id == REQUEST_ID
    assert one.organization_id == "org_1"


def test_the_organization_of_the_header_comes_before_that_of_the_envelope():
    answer = ok({"data": [], "organization_id": "org_1"}, anthropic_organization_id="1234-uuid")
    assert walk(script(answer))[0].organization_id == "1234-uuid"


def test_an_export_time_without_zone_is_utc():
    (one,) = walk(script(page([], data_refreshed_at="2026-11-02T03:10:00")))
    assert one.data_refreshed_at == datetime(2026, 11, 2, 3, 10, tzinfo=UTC)


def test_pages_are_asked_for_only_as_they_are_wanted():
    answers = script(page([1], has_more=True, next_page="a"), page([2]))
    found = pages(answers.client(), REQUEST, int)
    assert next(found).data == [1]
    assert len(answers.requests) == 1


def test_an_empty_page_in_the_middle_does_not_end_the_answer():
    answers = script(page([], has_more=True, next_page="a"), page([{"n": 1}]))
    assert [p.data for p in walk(answers)] == [[], [{"n": 1}]]


def test_has_more_false_ends_the_answer_even_where_a_next_page_is_named():
    answers = script(page([{"n": 1}], has_more=False, next_page="a"))
    assert len(walk(answers)) == 1


def test_without_has_more_the_next_page_decides():
    answers = script(ok({"data": [1], "next_page": "a"}), ok({"data": [2], "next_page": None}))
    assert [p.data for p in pages(answers.client(), REQUEST, int)] == [[1], [2]]


def test_next_page_alone_decides_where_the_endpoint_has_no_has_more():
    answers = script(ok({"data": [{}], "next_page": "a"}), ok({"data": [{}], "next_page": ""}))
    assert len(walk(answers, NextPage())) == 2
    assert answers.queries[1] == [("limit", "1000"), ("page", "a")]


def test_ids_are_followed_with_after_id():
    answers = script(
        ok({"data": [{}], "has_more": True, "first_id": "u1", "last_id": "u2"}),
        ok({"data": [{}], "has_more": False, "first_id": "u3", "last_id": "u4"}),
    )
    assert len(walk(answers, AfterId())) == 2
    assert answers.queries[1] == [("limit", "1000"), ("after_id", "u2")]


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        (None, page([], has_more=True, next_page=None)),
        (None, page([], has_more=True, next_page="")),
        (AfterId(), ok({"data": [], "has_more": True, "last_id": None})),
        (AfterId(), ok({"data": [], "has_more": True})),
    ],
)
def test_more_without_a_cursor_is_refused(scheme, answer):
    answers = script(answer)
    with pytest.raises(PaginationBroken, match="does not say where") as caught:
        walk(answers, scheme)
    assert len(answers.requests) == 1
    assert REQUEST.path in caught.value.cause
    assert REQUEST_ID in caught.value.cause


def test_a_page_that_names_itself_is_refused_after_one_repeat():
    answers = script(page([{"n": 1}], has_more=True, next_page="a"))
    with pytest.raises(PaginationBroken, match="names itself"):
        walk(answers)
    assert len(answers.requests) == 2


def test_a_last_id_that_does_not_move_is_refused():
    """As where a server does not know `after_id` and answers with its first page again."""
    answers = script(ok({"data": [{}], "has_more": True, "last_id": "u20"}))
    with pytest.raises(PaginationBroken, match="names itself"):
        walk(answers, AfterId())
    assert len(answers.requests) == 2


def test_a_cycle_of_pages_is_refused():
    answers = script(*(page([], has_more=True, next_page=c) for c in "abca"))
    with pytest.raises(PaginationBroken, match="read already"):
        walk(answers)
    assert len(answers.requests) == 4


def test_pages_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(pagination, "MOST_PAGES", 25)
    count = iter(range(1000))
    answers = script(lambda _: page([], has_more=True, next_page=f"page_{next(count)}"))
    with pytest.raises(PaginationBroken, match="25 pages"):
        walk(answers)
    assert len(answers.requests) == 25


def test_the_real_cap_is_ten_thousand_pages():
    assert pagination.MOST_PAGES == 10_000


def test_an_expired_cursor_restarts_the_window():
    answers = script(page([], has_more=True, next_page="a"), refusal(410, "gone", "expired"))
    with pytest.raises(CursorExpired, match="expired"):
        walk(answers)
    assert len(answers.requests) == 2


def test_a_cursor_that_is_refused_on_the_way_restarts_the_window():
    answers = script(
        page([], has_more=True, next_page="a"),
        refusal(400, "invalid_request_error", "Invalid page token"),
    )
    with pytest.raises(CursorExpired, match="Invalid page token") as caught:
        walk(answers)
    assert caught.value.http_status == 400
    assert caught.value.request_id == REQUEST_ID


def test_a_first_page_that_is_refused_is_a_refused_request():
    with pytest.raises(RequestRefused):
        walk(script(refusal(400, "invalid_request_error", "no")))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "data"),
        ({"data": None}, "data"),
        ({"data": {}}, "data"),
        ({"data": [], "has_more": "yes"}, "has_more"),
        ({"data": [], "next_page": 7}, "next_page"),
        ({"data": [], "data_refreshed_at": "yesterday"}, "data_refreshed_at"),
    ],
)
def test_an_envelope_of_another_form_is_refused_by_its_field(body, field):
    with pytest.raises(PayloadInvalid, match=f"`{field}`"):
        walk(script(ok(body)))


def test_a_small_listing_is_read_to_its_end():
    answers = script(
        ok({"data": [{"id": "user_1", "email": "a@b.c"}], "has_more": True, "last_id": "user_1"}),
        ok({"data": [{"id": "user_2", "email": "d@e.f"}], "has_more": False, "last_id": "user_2"}),
    )
    found = listed(answers.client(), REQUEST, User, AfterId())
    assert [user.id for user in found] == ["user_1", "user_2"]
