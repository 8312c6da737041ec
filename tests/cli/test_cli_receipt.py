"""`claude-spend receipt` and `replay`: the same figure, there and back."""


def test_a_receipt_is_replayed_to_the_same_figure(copied, tmp_path):
    said = copied.json("receipt", "--by", "model", "--basis", "reported")
    total = copied.json("report", "--by", "model", "--basis", "reported").doc["total"]
    assert (said.status, said.doc["total"]) == (0, total)
    place = tmp_path / "receipt.txt"
    place.write_text(said.doc["text"])
    again = copied.json("replay", str(place))
    assert again.status == 0
    assert (again.doc["same"], again.doc["then"], again.doc["now"]) == (True, total, total)


def test_what_people_read_can_be_replayed_from_standard_input(copied):
    said = copied.run("receipt")
    again = copied.run("replay", "-", stdin=said.out)
    assert (again.status, "The same figure" in again.out) == (0, True)


def test_a_receipt_that_is_none_or_not_there_is_said(copied, tmp_path):
    said = copied.json("replay", str(tmp_path / "missing"))
    assert (said.status, said.code) == (1, "bad_value")
    said = copied.json("replay", "-", stdin="nothing of the kind")
    assert (said.status, said.code) == (1, "bad_value")
