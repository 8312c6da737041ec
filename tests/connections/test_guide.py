import pytest

from core.connections import guide
from core.connections.recognise import recognise
from core.errors import BadValue


def test_the_guide_leads_each_plan_to_the_founding_documents_connection():
    assert {c.id: c.connections for c in guide.CHOICES} == {
        "enterprise": ("enterprise", "platform"),
        "team": ("platform",),
        "cloud": (),
        "individual": (),
    }
    assert [c.supported for c in guide.CHOICES] == [True, True, False, False]


def test_every_choice_says_what_to_do_and_what_is_not_supported():
    for choice in guide.CHOICES:
        assert choice.title
        assert choice.summary
        assert choice.steps
        assert choice.not_supported
        assert all(step.url.startswith("https://") for step in choice.steps if step.url)


def test_the_recipes_name_who_where_and_which_prefix():
    admin, analytics = guide.PLATFORM, guide.ENTERPRISE
    assert recognise(f"{admin.prefix}abc").guess == "admin"
    assert recognise(f"{analytics.prefix}abc").guess == "analytics"
    assert "Admin role" in admin.who
    assert "Primary Owner" in analytics.who
    words = " ".join(step.text for step in analytics.steps)
    assert "read:analytics" in words
    assert "Anthropic Support" in words
    assert any("platform.claude.com" in step.url for step in admin.steps)
    assert any("claude.ai/analytics/api-keys" in step.url for step in analytics.steps)
    assert any("Organization ID" in step.text for step in admin.steps)


def test_cloud_and_individual_say_why_not():
    cloud, individual = guide.choice("cloud"), guide.choice("individual")
    assert all(name in cloud.title for name in ("Bedrock", "Vertex AI", "Azure"))
    assert "no cost or usage API" in individual.summary
    assert all(name in individual.title for name in ("Free", "Pro", "Max"))


def test_an_unknown_choice_lists_the_known_ones():
    with pytest.raises(BadValue) as caught:
        guide.choice("gold")
    assert caught.value.code == "bad_value"
    assert "enterprise, team, cloud, individual" in caught.value.cause
