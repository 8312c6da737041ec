"""The files that run it elsewhere say what the README promises of them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.ledger.schema import REVISIONS
from core.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
TEXT = (ROOT / "compose.yaml").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
APPS = sorted(name for name, service in SERVICES.items() if service.get("build"))
CADDY = COMPOSE["configs"]["caddyfile"]["content"]


def test_two_equal_apps_a_database_and_a_proxy():
    assert len(APPS) == 2
    assert SERVICES[APPS[0]] == SERVICES[APPS[1]]
    assert sorted(SERVICES) == sorted([*APPS, "postgres", "proxy"])


def test_both_apps_share_the_ledger_and_every_secret():
    shared = SERVICES[APPS[0]]["environment"]
    url = shared["CLAUDE_SPEND_DATABASE_URL"]
    assert Settings(database_url=url).url == url
    assert url == "postgresql://spend@postgres/spend"
    for name in ("PGPASSWORD", "CLAUDE_SPEND_SECRET_KEY", "STREAMLIT_SERVER_COOKIE_SECRET"):
        # No default: a secret that stands in a file everybody has is none.
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", shared[name]), name
    ours = {name for name in shared if name.startswith("CLAUDE_SPEND_")}
    assert ours <= {f"CLAUDE_SPEND_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize(
    "name",
    [
        "CLAUDE_SPEND_ADMINS",
        "CLAUDE_SPEND_ANALYSTS",
        "CLAUDE_SPEND_VIEWERS",
        "CLAUDE_SPEND_ROLE_CLAIM",
    ],
)
def test_both_apps_are_told_who_may_do_what(name):
    default = Settings.model_fields[name.removeprefix("CLAUDE_SPEND_").lower()].default
    assert SERVICES[APPS[0]]["environment"][name] == f"${{{name}:-{default}}}"
    assert name in README


def test_sign_in_is_set_up_by_a_file_that_both_apps_read():
    app = SERVICES[APPS[0]]
    folder, inside, how = app["volumes"][0].split(":")
    file = Path(app["environment"]["STREAMLIT_SECRETS_FILES"])
    assert (str(file.parent), how) == (inside, "ro")
    assert f"`{Path(folder) / file.name}`" in README
    assert f"{Path(folder).name}/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_database_is_the_one_that_the_apps_name():
    made = SERVICES["postgres"]["environment"]
    assert (made["POSTGRES_USER"], made["POSTGRES_DB"]) == ("spend", "spend")
    password = SERVICES[APPS[0]]["environment"]["PGPASSWORD"]
    assert made["POSTGRES_PASSWORD"] == password
    (volume,) = SERVICES["postgres"]["volumes"]
    assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_only_the_proxy_is_reachable_and_from_this_machine_alone():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["proxy"]
    assert all(port.startswith("127.0.0.1:") for port in published["proxy"])


def test_each_waits_until_what_it_needs_is_healthy():
    assert "HEALTHCHECK" in DOCKERFILE
    assert all(SERVICES[name]["healthcheck"]["test"][0] == "CMD" for name in ("postgres", "proxy"))
    needed = {"proxy": set(APPS)} | {name: {"postgres"} for name in APPS}
    for name, others in needed.items():
        waits = SERVICES[name]["depends_on"]
        assert set(waits) == others
        assert {how["condition"] for how in waits.values()} == {"service_healthy"}


def test_the_proxy_knows_both_apps_keeps_visitors_with_one_and_asks_for_its_health():
    upstreams = re.search(r"reverse_proxy ((?:[\w-]+:8501 ?)+){", CADDY)
    assert upstreams is not None
    assert sorted(upstreams[1].split()) == [f"{name}:8501" for name in APPS]
    assert re.search(r"^\s*lb_policy cookie \w+$", CADDY, re.MULTILINE)
    assert "health_uri /_stcore/health" in CADDY
    assert CADDY.count("{") == CADDY.count("}")
    # Compose would take it for a variable of its own.
    assert "$" not in CADDY


def test_the_apps_have_no_right_that_they_do_not_need():
    app = SERVICES[APPS[0]]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in app["security_opt"]


def test_the_image_runs_as_an_ordinary_user_from_the_lock():
    lines = [line.strip() for line in DOCKERFILE.splitlines()]
    user = lines.index("USER spend")
    assert user < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    installs = [line for line in lines if "uv sync" in line]
    assert installs
    assert all("--frozen" in line and "--no-dev" in line for line in installs)
    assert not [line for line in lines if line.startswith("FROM") and line.endswith(":latest")]
    assert "XDG_DATA_HOME=/data" in DOCKERFILE
    assert "VOLUME /data" in lines


def test_what_the_image_copies_is_there_and_let_through():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:].partition("/")[0] for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name.removeprefix("./") for line in copied for name in line.split()}
    assert names
    for name in names:
        assert (ROOT / name).exists(), name
        assert name in allowed, name


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\$\{(\w+):\?", TEXT))))
def test_the_readme_says_which_secrets_compose_wants(name):
    assert f"{name}=" in README


def test_the_upgrade_notes_tell_of_every_schema():
    told = (ROOT / "docs" / "upgrade.md").read_text("utf-8")
    assert [revision for revision in REVISIONS if f"| {revision} |" not in told] == []
    faults = (ROOT / "docs" / "faults.md").read_text("utf-8")
    earlier = [f"| upgrade from schema {revision} | exact |" for revision in REVISIONS[:-1]]
    assert [line for line in earlier if line not in faults] == []


def test_open_to_everyone_is_only_what_is_published_to_this_machine_alone():
    shared = SERVICES[APPS[0]]["environment"]
    assert shared["CLAUDE_SPEND_OPEN_TO"] == "${CLAUDE_SPEND_OPEN_TO:-everyone}"
    # Unset, it is open to everyone again: whoever publishes it more widely has to say so.
    assert "put CLAUDE_SPEND_OPEN_TO=loopback into .env" in TEXT
    assert "CLAUDE_SPEND_OPEN_TO" not in DOCKERFILE
    (run,) = re.findall(r"`(docker run [^`]+)`", README)
    assert "-p 127.0.0.1:" in run
    assert "CLAUDE_SPEND_OPEN_TO=everyone" in run
