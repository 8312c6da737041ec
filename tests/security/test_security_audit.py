"""`make audit` never says that all is well where nobody was asked; the linter's security rules."""

import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCK = """# made by uv
alpha==1.0
    # via beta
Beta_b==2.0 ; python_version > '3'
old==1.0 ; python_version < '3'
"""


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit = load()
KNOWN = [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"]}]
PROBED = {"name": "jinja2", "version": "2.4.1", "vulns": KNOWN}
FINE = [
    {"name": "alpha", "version": "1.0", "vulns": []},
    {"name": "beta-b", "version": "2.0", "vulns": []},
]
BAD = [
    FINE[0],
    {"name": "beta-b", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": []}]},
]
UNKNOWN = [FINE[0], {"name": "beta-b", "skip_reason": "Dependency not found on PyPI"}]


def said(dependencies: list[dict[str, Any]]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def run(probed: str, found: str, required: bool = False) -> int:
    """Run the audit with these answers of pip-audit."""

    def ask(requirements: str) -> subprocess.CompletedProcess[str]:
        out = probed if requirements == audit.PROBE else found
        assert requirements in {audit.PROBE, LOCK}
        return subprocess.CompletedProcess((), 0, out, "Traceback\nConnectionError: no route")

    return audit.main(lambda: LOCK, ask, required)


@pytest.mark.parametrize(
    ("probed", "found", "why"),
    [
        ("", said(FINE), "ConnectionError: no route"),
        (said([]), said(FINE), "known to be vulnerable"),
        (said([{**PROBED, "vulns": []}]), said(FINE), "known to be vulnerable"),
        (said([{"name": "jinja2", "skip_reason": "not found"}]), said(FINE), "to be vulnerable"),
        (said([PROBED]), "", "ConnectionError: no route"),
        (said([PROBED]), "<html>sign in</html>", "ConnectionError: no route"),
        (said([PROBED]), said([]), "did not speak of 2 packages, alpha among them"),
        (said([PROBED]), said(FINE[:1]), "did not speak of 1 packages, beta-b among them"),
    ],
)
def test_where_nobody_was_asked_it_is_said_aloud(
    probed: str, found: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(probed, found) == 0
    told = capsys.readouterr().out
    assert told.startswith("NOT AUDITED: no locked package was looked up")
    assert why in told
    assert "audited, 0 vulnerable" not in told
    assert run(probed, found, required=True) == 1


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        (FINE, 0, "2 locked packages audited, 0 vulnerable, 0 unknown."),
        (BAD, 1, "beta-b 2.0: CVE-1, mended in no release yet"),
        (UNKNOWN, 1, "beta-b: Dependency not found on PyPI"),
    ],
)
def test_what_is_known_is_told_and_fails(
    found: list[dict[str, Any]], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(said([PROBED]), said(found)) == status
    out = capsys.readouterr().out
    assert told in out
    assert "NOT AUDITED" not in out


def test_a_tool_that_is_not_there_has_audited_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BIN", Path("/nowhere"))
    with pytest.raises(audit.NotAudited, match="pip-audit"):
        audit.pip_audit("alpha==1.0\n")


@pytest.mark.parametrize(("status", "said_by_uv"), [(2, LOCK), (0, ""), (0, "# nothing\n")])
def test_a_lock_that_cannot_be_read_is_not_audited(
    monkeypatch: pytest.MonkeyPatch, status: int, said_by_uv: str
) -> None:
    ended = subprocess.CompletedProcess((), status, said_by_uv, "error: no lock")
    monkeypatch.setattr(audit, "_run", lambda words: ended)
    with pytest.raises(audit.NotAudited, match=r"what is locked\. error: no lock"):
        audit.locked()


def test_continuous_integration_audits() -> None:
    assert re.search(r"^make .*\baudit\b", (ROOT / ".ci" / "run").read_text(), re.M)


# ── the linter's security rules ───────────────────────────────────────────────────────────────

RUFF = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
SHIPPED = ("core", "pages", "app.py", ".ci")
EXPLAINED = re.compile(r"# noqa: [A-Z0-9, ]+(?:\(.{8,}\)| - .{8,})")


def test_the_security_rules_hold_for_all_that_is_shipped() -> None:
    assert "S" in RUFF["lint"]["select"]
    assert not [rule for rule in RUFF["lint"]["ignore"] if rule.startswith("S")]
    loosened = RUFF["lint"]["per-file-ignores"]
    assert {pattern.partition("/")[0] for pattern in loosened} == {"tests"}
    assert not {rule for rules in loosened.values() for rule in rules} & {"S", "S6"}


def test_every_exception_from_a_security_rule_says_why() -> None:
    paths = [
        p
        for top in SHIPPED
        for p in ([ROOT / top] if top.endswith(".py") else (ROOT / top).rglob("*.py"))
    ]
    lines = [line for path in paths for line in path.read_text().splitlines() if "noqa" in line]
    security = [line for line in lines if re.search(r"noqa: .*\bS\d", line)]
    assert [line.strip() for line in security if not EXPLAINED.search(line)] == []
    assert not [line for line in security if "S608" in line]
    assert not [line for line in lines if re.search(r"noqa(?!:)", line)]
