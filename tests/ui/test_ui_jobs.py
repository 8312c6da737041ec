"""Work beside the pages: one at a time, its end and its failure are plain data."""

import threading

from core.errors import DatabaseUnusable
from core.sync.progress import Listener, Progress
from core.sync.report import SyncReport
from core.ui import progress
from core.ui.jobs import Job, job


def ended(job: Job) -> Job:
    for thread in threading.enumerate():
        if thread.name == "sync":
            thread.join(10)
    assert not job.running
    return job


def test_only_one_piece_of_work_goes_on_at_a_time() -> None:
    job, let_go = Job(), threading.Event()

    def work(_: Listener) -> None:
        let_go.wait(10)

    assert job.start(work)
    assert not job.start(work)
    let_go.set()
    assert ended(job).start(lambda _: None)
    ended(job)


def test_the_report_and_the_progress_can_be_read_from_anywhere() -> None:
    job, report = Job(), SyncReport(())

    def work(listener: Listener) -> SyncReport:
        listener(Progress(planned=4, done=3))
        return report

    job.start(work)
    assert ended(job).report is report
    assert job.progress.fraction == 0.75


def test_a_failure_is_kept_as_a_finding() -> None:
    def fail(_: Listener) -> None:
        raise DatabaseUnusable("The disk is full.")

    job = Job()
    job.start(fail)
    error = ended(job).error
    assert error is not None
    assert (error.code, error.title) == ("database_unusable", "The disk is full.")


def test_the_unforeseen_is_kept_without_secrets() -> None:
    def fail(_: Listener) -> None:
        raise RuntimeError("sk-ant-admin01-canarycanary stopped it")

    job = Job()
    job.start(fail)
    error = ended(job).error
    assert error is not None
    assert error.code == "internal_error"
    assert "canary" not in str(error)
    assert "stopped it" in error.cause


def test_a_new_start_forgets_the_last_failure() -> None:
    job = Job()

    def fail(_: Listener) -> None:
        raise DatabaseUnusable("The disk is full.")

    job.start(fail)
    ended(job).start(lambda _: None)
    assert ended(job).error is None


def test_all_sessions_see_the_same_job() -> None:
    assert job("a ledger") is job("a ledger")
    assert job("a ledger") is not job("another")


def test_progress_in_words() -> None:
    state = Progress(planned=20, done=5, rows=12_000, seconds=10.0)
    assert progress.words(state) == "5 of 20 windows, 12,000 rows, 1,200 rows/s, 30 s left"
    assert progress.words(Progress(planned=2, done=1, failed=1)).endswith("1 failed")
    assert progress.words(Progress(doing="asking for names")) == "asking for names"
    assert progress.words(Progress()) == "starting"
