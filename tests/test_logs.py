"""What a line of the log says: which run it belongs to, in text and as JSON, and no secret."""

import json
import logging
from contextvars import copy_context
from threading import Thread

import pytest
from pydantic import SecretStr

from core import logs

KEY = "sk-ant-admin01-canary-of-the-logs-0001"
log = logging.getLogger("core.tests")


@pytest.fixture(params=["text", "json"])
def form(request):
    yield request.param
    logging.getLogger("core").handlers.clear()


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_json_is_one_object_a_line_with_the_fields_that_are_bound(capsys):
    logs.configure("INFO", "json")
    with logs.bound(run=7):
        log.info("begun\nwith %s", "two lines")
        with logs.bound(connection='odd "name"'):
            log.warning("inside")
        log.info("again outside")
    log.debug("nobody asked for this")
    log.info("afterwards")
    said = lines(capsys)
    assert [sorted(line) for line in said] == [
        ["level", "logger", "message", "run", "time"],
        ["connection", "level", "logger", "message", "run", "time"],
        ["level", "logger", "message", "run", "time"],
        ["level", "logger", "message", "time"],
    ]
    assert said[0]["message"] == "begun\nwith two lines"
    assert (said[1]["run"], said[1]["connection"], said[1]["level"]) == (7, 'odd "name"', "WARNING")
    assert said[0]["time"].endswith("Z")
    assert (said[0]["logger"], len(said[0]["time"])) == ("core.tests", 24)


def test_text_says_the_same(capsys):
    logs.configure("INFO")
    with logs.bound(run=7, connection="two\nlines"):
        log.info("inside")
    log.info("outside")
    inside, outside = capsys.readouterr().err.splitlines()
    assert inside.endswith("INFO core.tests [run=7 connection='two\\nlines'] inside")
    assert outside.endswith("INFO core.tests outside")


def test_no_form_lets_a_secret_through(capsys, form):
    logs.configure("DEBUG", form)
    secret = SecretStr('a "quoted" secret of the alerts')
    logs.hide(secret)
    with logs.bound(connection=KEY):
        try:
            int(f"{KEY} and {secret.get_secret_value()}")
        except ValueError:
            log.exception("failed with %s for %s", KEY, secret.get_secret_value())
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "test_logs.py" in said  # the traceback is there
    assert "canary" not in said
    assert "of the alerts" not in said


def test_a_thread_says_what_its_starter_was_bound_to(capsys):
    logs.configure("INFO", "json")
    with logs.bound(run=9):
        bound = Thread(target=copy_context().run, args=(log.info, "with"))
    bound.start()
    bound.join()
    (line,) = lines(capsys)
    assert (line["run"], line["message"]) == (9, "with")


def test_other_libraries_records_are_no_failure(capsys):
    logs.configure("INFO", "json")
    made = logging.makeLogRecord({"msg": "made elsewhere", "levelno": 20, "levelname": "INFO"})
    logging.getLogger("core").handle(made)
    assert lines(capsys)[0]["message"] == "made elsewhere"
