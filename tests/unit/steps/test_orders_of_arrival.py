"""Whatever the order in which one tablet's versions arrive, what it handed over stays."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.documents import DocId
from fieldsync.revisions import server_rev

from .conftest import CELL, PERSON, Field, Tablet


def offline(tablet: Tablet, *writes: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Write versions one on the other without sending them; None deletes, a list under `data` cannot be read."""
    path, sent = tablet.heads[PERSON], []
    data = tablet.field.data(PERSON)
    for write in writes:
        body: dict[str, Any] = {"meta": {"at": tablet.field.moment.isoformat(), "by": tablet.user}}
        if write is not None:
            data = {**data, **write} if "data" not in write else data
            body |= {"kind": "person", "data": write.get("data", data)}
        path = (server_rev(path[0], write is None, body), *path)
        start = int(path[0].partition("-")[0])
        revisions = {"start": start, "ids": [rev.partition("-")[2] for rev in path]}
        deleted = {"_deleted": True} if write is None else {}
        sent.append({**body, "_id": PERSON, "_rev": path[0], "_revisions": revisions, **deleted})
    tablet.heads[PERSON] = path
    return sent


@pytest.mark.parametrize("last", [None, {"data": ["unreadable"]}], ids=["deletion", "quarantine"])
def test_an_edit_that_comes_after_what_was_written_on_it(field_: Field, last: dict[str, Any] | None) -> None:
    """The older request was held up on its way: its values are in the document all the same, and in the books."""
    tablet, other = field_.tablet("li.na"), field_.tablet("zhang.wei")
    edit, end = offline(tablet, {"phone": "12800000001"}, last)
    tablet.push(end)
    other.edit(PERSON, employer="Jinli Tea")
    field_.run()
    assert field_.data(PERSON)["phone"] == "12812345678"
    tablet.push(edit)
    field_.run()
    assert (field_.data(PERSON)["phone"], field_.data(PERSON)["employer"]) == ("12800000001", "Jinli Tea")
    assert len(field_.live(PERSON)) == 1
    before = field_.cell.info().update_seq
    field_.run()
    field_.pipeline.steps.run(CELL, [DocId(PERSON)])
    assert field_.cell.info().update_seq == before
    assert field_.books()["faults"] == []


def test_a_deletion_that_meets_an_edit_keeps_what_stood_before_it(field_: Field) -> None:
    """Both tablets' key values are contested, though one of them deleted the person afterwards."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, birth_date="1971-02-02")
    edit, deletion = offline(second, {"birth_date": "1973-04-04"}, None)
    second.push(edit, deletion)
    field_.run()
    (case,) = field_.open_cases("contest")
    assert {candidate["value"] for candidate in case.candidates} == {"1971-02-02", "1973-04-04"}


def test_a_quarantined_version_does_not_take_a_merge_with_it(field_: Field) -> None:
    """Where the tablet has another leaf, the merged values below the unreadable version are kept as well."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, employer="Jinli Tea")
    second.edit(PERSON, languages="zh yi")
    below = second.heads[PERSON]
    offline_edit = offline(second, {"phone": "12800000007"})
    assert field_.live(PERSON)[0] not in below
    second.pull(PERSON)
    (spoilt,) = offline(second, {"data": ["unreadable"]})
    second.push(*offline_edit, spoilt)
    field_.run()
    data = field_.data(PERSON)
    assert (data["employer"], data["phone"], data["languages"]) == ("Jinli Tea", "12800000007", "zh yi")
    assert field_.books()["faults"] == []
