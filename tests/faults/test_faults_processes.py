"""Whole processes under fire: killed at any moment, two at once, and without room on the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fault_books import books_of
from fault_company import E_REPORTS, P_UNIFIED, well_behaved
from fault_judge import Told, healed, wrong
from fault_shelf import settings_of

from core.demo import Fault
from core.errors import Finding

SCRIPT = Path(__file__).with_name("fault_child.py")
KILLS, SEED = 25, 20261104

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.sqlite("children copy its file; tests/postgres kills syncs on the server"),
]


def children(mode, world, way, folder, count):
    """Run the script on a ledger; return what the children told."""
    world.filled(way, folder / "start")
    arguments = [mode, str(folder), world.api.base_url, str(world.today), str(count), str(SEED)]
    paths = [Path.cwd(), SCRIPT.parent, SCRIPT.parent.parent]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": ":".join(map(str, paths))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("way", [P_UNIFIED, E_REPORTS], ids=str)
def test_a_killed_sync_leaves_whole_windows_and_the_next_one_finishes(way, world, tmp_path, note):
    well_behaved(way, world.api.behaviour, world.today)
    children("kill", world, way, tmp_path, KILLS)
    before, truth = world.before[way], world.truth[way]
    left = [books_of(tmp_path / str(number)) for number in range(KILLS)]
    assert not any(wrong(found, before, truth) for found in left)
    mixed = [found.differs(truth) & found.differs(before) for found in left]
    assert not any(mixed)
    # Some were killed before anything was written, some after a part of it.
    assert len({frozenset(found.differs(truth)) for found in left}) > 1
    for number in range(4, KILLS, 5):
        settings = settings_of(tmp_path / str(number), world.api.base_url)
        # Whoever looks next is told by the run's log that it was cut short.
        healed(world, way, settings, Told("failed", [_cut_short()]))
    note("kill -9 at random moments", "whole windows; then exact", KILLS)


def _cut_short():
    return Finding("interrupted", "error", "Killed.", "By this test.", "Sync again.")


def test_of_two_syncs_at_once_one_says_so(world, tmp_path, note):
    way = P_UNIFIED
    well_behaved(way, world.api.behaviour, world.today)
    world.api.behaviour.faults = [Fault(way.cost, 1, 10_000, "edit", delay=0.1)]
    told = children("pair", world, way, tmp_path, 5)
    assert sorted(json.dumps(one) for one in told) == sorted(
        [json.dumps({"status": 0, "codes": []})] * 5
        + [json.dumps({"status": 3, "codes": ["sync_in_progress"]})] * 5
    )
    for number in range(5):
        assert not books_of(tmp_path / str(number)).differs(world.truth[way])
    note("two syncs at once", "exact; the other: sync_in_progress", 5)


def test_files_that_may_not_grow_leave_what_was(world, tmp_path, note):
    way = P_UNIFIED
    well_behaved(way, world.api.behaviour, world.today)
    told = children("cramped", world, way, tmp_path, 5)
    assert {code for one in told for code in one["codes"]} == {"database_unusable"}
    assert {one["status"] for one in told} == {0, 3}
    for number, one in enumerate(told):
        settings = settings_of(tmp_path / str(number), world.api.base_url)
        outcome = "complete" if one["status"] == 0 else "failed"
        healed(world, way, settings, Told(outcome, [_cut_short()]))
    note("no room for the files to grow", "partial: database_unusable, or exact; then exact", 5)
