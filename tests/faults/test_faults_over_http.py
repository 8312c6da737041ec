"""Every fault that comes over HTTP, against every source and protocol that it can meet."""

import pytest
from fault_judge import undergo
from fault_table import CASES


@pytest.mark.parametrize(("fault", "way"), CASES, ids=[f"{f.name}-{w}" for f, w in CASES])
def test_a_fault_leaves_what_is_true_or_what_was(fault, way, world, tmp_path, monkeypatch, note):
    told = undergo(world, way, fault, tmp_path, monkeypatch)
    words = " ".join(sorted(told.codes))
    assert told.codes == fault.codes
    assert told.warned >= fault.warns
    assert (told.outcome == "complete") == (fault.outcome == "exact")
    if fault.longest is not None:
        assert max(told.slept, default=0) <= fault.longest
    note(fault.name, "exact" if fault.outcome == "exact" else f"partial: {words}; then exact")
