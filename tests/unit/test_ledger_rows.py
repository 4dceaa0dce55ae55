"""The ledger's rows: what is written is read again."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldsync.ledger_rows import Entry, read_entry, write_entry

STAMPS = st.dictionaries(
    st.text(max_size=8), st.sampled_from(["", "2026-11-23T08:00:00.000Z", "2026-11-24T08:00:00.000Z"])
)


def entry(**more: Any) -> Entry:
    """Return an entry."""
    members: dict[str, Any] = {"cell": "1", "document": "person:1", "rev": "1-a", "path": ["1-a"], "origin": "tablet"}
    return Entry(**members, arrived="2026-11-23T08:00:00.000Z", **more)


@given(stamps=STAMPS)
def test_stamps_are_read_as_they_were_written(stamps: dict[str, str]) -> None:
    """However many items share a time."""
    assert read_entry(write_entry(entry(stamps=stamps))) == entry(stamps=stamps)


def test_forty_items_of_two_times_take_little_more_than_their_names() -> None:
    """Each time is written once."""
    times = ("2026-11-23T08:00:00.000Z", "2026-11-24T08:00:00.000Z")
    stamps = {f"item_{n:02}": times[n == 7] for n in range(40)}
    row = write_entry(entry(stamps=stamps))
    assert [row.count(at.encode()) for at in times] == [2, 1]


def test_older_rows_have_a_time_for_each_item() -> None:
    """What was written before is read as well."""
    row = b'{"type":"entry","cell":"1","document":"d","rev":"1-a","path":["1-a"],"origin":"tablet","arrived":"t",'
    assert read_entry(row + b'"stamps":{"a":"x","b":"x"}}').stamps == {"a": "x", "b": "x"}
