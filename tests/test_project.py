"""The project's promises to its readers: documents, configuration and house rules hold."""

import ast
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from core import errors
from core.cli.app import build
from core.ledger.cuts import CUTS
from core.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])
PAGES = sorted(ROOT.glob("pages/*.py"))
LONGEST = 300


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ── the README tells what is there, and only that ────────────────────────────────────────────


def variables() -> list[str]:
    return [f"CLAUDE_SPEND_{field.upper()}" for field in Settings.model_fields]


@pytest.mark.parametrize("variable", variables())
def test_the_readme_lists_every_setting(variable: str) -> None:
    assert f"\n| `{variable}` |" in README


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    assert set(re.findall(r"CLAUDE_SPEND_[A-Z_]+", README)) <= set(variables())


def commands() -> list[str]:
    group: Any = typer.main.get_command(build())
    return sorted(group.commands)


@pytest.mark.parametrize("command", commands())
def test_the_readme_shows_every_command(command: str) -> None:
    assert re.search(rf"claude-spend {command}\b", README)


def test_the_readme_shows_no_command_that_is_not_there() -> None:
    said = re.findall(r"(?:^|[`/] ?|\.\.\.|… )claude-spend ([a-z-]+)", README, re.MULTILINE)
    assert said
    assert set(said) <= set(commands())


def option_names(command: Any) -> set[str]:
    own = {name for parameter in command.params for name in parameter.opts}
    return own.union(*(option_names(sub) for sub in getattr(command, "commands", {}).values()))


def test_the_readme_shows_no_option_that_is_not_there() -> None:
    lines = [line for line in README.splitlines() if "claude-spend" in line]
    said = {option for line in lines for option in re.findall(r" (--[a-z-]+)", line)}
    assert "--organization-id" in said
    assert said - {"--build", "--help"} <= option_names(typer.main.get_command(build()))


def error_codes() -> set[str]:
    found, classes = set(), [errors.SpendError]
    while classes:
        kind = classes.pop()
        classes += kind.__subclasses__()
        found.add(kind.default_code)
    return found - {errors.SpendError.default_code}


# Where a code stands among a call's words: first in `Finding("code", …)`, and so on.
POSITIONS = {"Finding": 0, "missing": 1, "_about": 1, "Check": 4}


def finding_codes() -> set[str]:
    """Return the codes that the code writes as text, in calls and as a class's default."""
    found: set[object] = set()
    for path in (path for path in MODULES if "demo" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words: list[ast.expr] = []
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                words = [k.value for k in node.keywords if k.arg == "code"]
                at = POSITIONS.get(called, len(node.args))
                words += node.args[at : at + 1]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_code":
                words = [node.value]
            elif isinstance(node, ast.Constant) and str(node.value).endswith("_unavailable"):
                words = [node]
            found |= {w.value for w in words if isinstance(w, ast.Constant)}
    codes = {code for code in found if isinstance(code, str)}
    return {code for code in codes if re.fullmatch(r"[a-z]+(_[a-z]+)*", code)}


def test_the_readme_explains_every_finding_code() -> None:
    explained = set(re.findall(r"`([a-z_]+)`", README))
    assert len(finding_codes()) > 10
    assert sorted((error_codes() | finding_codes()) - explained) == []


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_links_between_documents_lead_somewhere(document: str) -> None:
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_architecture_tells_of_every_cut_and_package() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert [cut.title for cut in CUTS if f"`{cut.title}`" not in text] == []
    packages = [p.parent.name for p in ROOT.glob("core/*/__init__.py")]
    assert [p for p in packages if f"core/{p}" not in text] == []


# ── the verbs ─────────────────────────────────────────────────────────────────────────────────


def test_make_help_lists_every_verb() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for verb in ["run", "demo", "test", "e2e", "lint", "types", "bench", "fmt", "setup"]:
        assert re.search(rf"^  make {verb} +\S", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "--server.address=127.0.0.1 --server.port=8501"),
        (["PORT=8600", "HOST=0.0.0.0"], "--server.address=0.0.0.0 --server.port=8600"),
    ],
)
def test_make_run_listens_where_it_is_told(
    words: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    plan = ["make", "--dry-run", "run", *words]
    shown = subprocess.run(plan, cwd=ROOT, capture_output=True, text=True, check=True)
    assert expected in shown.stdout.replace("\\\n\t", "")


def test_the_licence_is_apache() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


# ── the house rules ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_page_calls_the_guard_before_anything_else(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    first = next(
        node
        for node in body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )
    assert ast.unparse(first) in {"guard()", "shell.guard()"}


def test_there_are_pages() -> None:
    assert PAGES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_grows_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def tracked() -> list[Path]:
    """Return the files of the checkout, or nothing where this is no checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return []
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/[\w.]|\buvenv\b|/tmp/\w")
    mine = Path(__file__).resolve()
    found = []
    for path in tracked():
        if path.resolve() == mine or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name_of(path)}: {hit.group()}" for hit in machine.finditer(text)]
    assert found == []


def test_no_file_holds_a_key_that_could_be_real() -> None:
    real = re.compile(r"sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}AA\b")
    texts = [(p, p.read_bytes().decode(errors="replace")) for p in tracked() if p.is_file()]
    assert [name_of(path) for path, text in texts if real.search(text)] == []


def test_the_lock_names_public_addresses_only() -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
