import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core.connections.recognise import clean, hint, recognise
from core.errors import KeyMalformed, KeyMissing

BODY = "R2D2c3po" * 11 + "fooAA"
ADMIN = f"sk-ant-admin01-{BODY}"


@pytest.mark.parametrize(
    ("key", "guess", "prefix"),
    [
        (ADMIN, "admin", "sk-ant-admin01-"),
        (f"sk-ant-admin-{BODY}", "admin", "sk-ant-admin-"),
        (f"sk-ant-api01-{BODY}", "analytics", "sk-ant-api01-"),
        (f"sk-ant-api03-{BODY}", "api", "sk-ant-api03-"),
        (f"sk-ant-api04-{BODY}", "api", "sk-ant-api04-"),
        (f"sk-ant-oat01-{BODY}", "oauth", "sk-ant-oat01-"),
        (f"sk-ant-ort01-{BODY}", "refresh", "sk-ant-ort01-"),
        (f"sk-ant-new99-{BODY}", "unknown", "sk-ant-new99-"),
        ("sk-ant-whatever", "unknown", "sk-ant-"),
        ("sk-1234567890abcdefghijkl", "unknown", ""),
        ("eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijkl", "unknown", ""),
    ],
)
def test_a_key_is_recognised_by_its_shape(key, guess, prefix):
    shape = recognise(SecretStr(key))
    assert (shape.guess, shape.prefix) == (guess, prefix)
    assert recognise(key) == shape


def test_only_the_two_usual_keys_raise_no_suspicion():
    assert recognise(ADMIN).suspicion == ""
    assert recognise("sk-ant-api01-abc").suspicion == ""
    assert "ordinary API key" in recognise("sk-ant-api03-abc").suspicion
    assert "expire" in recognise("sk-ant-oat01-abc").suspicion
    assert "refresh token" in recognise("sk-ant-ort01-abc").suspicion
    assert "gateway" in recognise("token-of-some-gateway").suspicion
    assert "Organization ID" in recognise("12345678-1234-5678-1234-567812345678").suspicion


@pytest.mark.parametrize(
    "pasted",
    [
        ADMIN,
        f"  {ADMIN}\n",
        f"\r\n\t{ADMIN}\u00a0\r\n",
        f'"{ADMIN}"',
        f"'{ADMIN}',",
        f"“{ADMIN}”",
        f"`{ADMIN}`;",
        f"\ufeff{ADMIN}\u200b",
        f"Bearer {ADMIN}",
        f"bearer   {ADMIN}",
        f"x-api-key:{ADMIN}",
        f"X-Api-Key: {ADMIN}",
        f"Authorization: Bearer {ADMIN}",
        f'"x-api-key: {ADMIN}"',
        f"ANTHROPIC_ADMIN_KEY={ADMIN}",
        f'export ANTHROPIC_ADMIN_KEY="{ADMIN}"',
        f"api_key: '{ADMIN}'",
    ],
)
def test_what_copying_brings_along_is_dropped(pasted):
    assert clean(pasted).get_secret_value() == ADMIN
    assert clean(SecretStr(pasted)).get_secret_value() == ADMIN


@pytest.mark.parametrize(
    "legitimate",
    [
        "sk-1234567890abcdefghijkl",
        "gateway+token/with=base64==",
        "eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijkl",
        "12345678-1234-5678-1234-567812345678",
        "17|laravelSanctumTokenOf40Characters",
        "sk-ant-api03-x",
        "sk-ant-a",
        f"sk-ant-somethingnew7-{BODY}",
        "YWJjZGVmZ2hpamtsbW5vcA=GATEWAY=token",
    ],
)
def test_unusual_credentials_are_left_to_the_answer(legitimate):
    assert clean(legitimate).get_secret_value() == legitimate


@pytest.mark.parametrize("nothing", [None, "", "  \n", '""', "\ufeff", "Authorization: "])
def test_nothing_is_a_missing_key(nothing):
    with pytest.raises(KeyMissing) as caught:
        clean(nothing)
    assert caught.value.code == "key_missing"
    assert "Paste the whole key" in caught.value.fix


@pytest.mark.parametrize(
    ("pasted", "cause"),
    [
        ("sk-ant-admin01-abc def", "space inside"),
        ("sk-ant-admin01-abc\ndef", "line break inside"),
        ("sk-ant-admin01-abc\u00a0def", "space inside"),
        ("sk-ant-admin01-abc\x00def", "control character"),
        ("sk-ant-admin01-abc\u200bdef", "control character"),
        ("sk\u2013ant\u2013admin01\u2013abcdefghijklm", "Character 3 is not a plain ASCII"),
        ("sk-ant-admin01-R2D...igAA", "masked copy"),
        ("sk-ant-admin01-R2D…igAA", "masked copy"),
        ("sk-ant-admin01-****igAA", "masked copy"),
        ("sk-ant-admin01-••••••••", "masked copy"),
        ("<your-admin-key-goes-here>", "placeholder"),
        ('{"key":"sk-ant-admin01-abc"}', "brackets"),
        ("Bearer", "far too short"),
        ("password", "far too short"),
        ("sk-ant-", "only the prefix"),
        ("sk-ant-admin01-", "only the prefix"),
        ("sk-proj-" + "a" * 40, "OpenAI"),
        ("sk-admin-" + "a" * 40, "OpenAI"),
        ("sk-or-v1-" + "a" * 64, "OpenRouter"),
        ("AKIAIOSFODNN7EXAMPLE", "AWS"),
        ("ABSKQmVkcm9ja0FQSUtleS1hYmM", "Bedrock"),
        ("ghp_" + "a" * 36, "GitHub"),
        ("github_pat_" + "a" * 36, "GitHub"),
        ("AIza" + "a" * 35, "Google"),
        ("xoxb-" + "1" * 30, "Slack"),
        ("sk_live_" + "a" * 24, "Stripe"),
        ("hf_" + "a" * 34, "Hugging Face"),
        ("https://claude.ai/analytics/api-keys", "web address"),
        ("org_013FP9SaFPBg7Kw7fetjn6cF", "ID of an organization"),
        ("apikey_01Rj2N8SVvo6BePZj99NhmiT", "ID of an API key"),
        ("wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ", "ID from the Claude Console"),
        ("sk-ant-admin01-" + "a" * 9000, "far too long"),
    ],
)
def test_what_cannot_be_a_key_is_refused_with_its_reason(pasted, cause):
    with pytest.raises(KeyMalformed) as caught:
        clean(pasted)
    assert caught.value.code == "key_malformed"
    assert cause in caught.value.cause
    assert "Copy the whole key again" in caught.value.fix


@given(st.text(max_size=60))
def test_no_refusal_repeats_the_text(text):
    pasted = f"{text} canary-4711 {text}"
    with pytest.raises(KeyMalformed) as caught:
        clean(pasted)
    assert "canary-4711" not in str(caught.value) + repr(caught.value)


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=20))
def test_cleaning_twice_changes_nothing(body):
    once = clean(f" Bearer sk-ant-api03-{body}\n")
    assert clean(once) == once
    assert once.get_secret_value() == f"sk-ant-api03-{body}"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (ADMIN, "sk-ant-admin01-…ooAA"),
        (f"sk-ant-api01-{'a' * 20}wxyz", "sk-ant-api01-…wxyz"),
        ("sk-ant-admin01-" + "a" * 21 + "yz", "sk-ant-admin01-…yz"),
        ("sk-ant-admin01-" + "a" * 11, "sk-ant-admin01-…"),
        ("gatewaytokenOfTwentyFour", "…Four"),
        ("gatewaytokenOfTwenty", "…ty"),
    ],
)
def test_a_hint_is_the_prefix_and_at_most_four_characters(key, shown):
    assert hint(SecretStr(key)) == shown
    assert hint(key) == shown
