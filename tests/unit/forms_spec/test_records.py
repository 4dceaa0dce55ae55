"""Records to check, as JSON lines and as CSV."""

import pytest

from forms_spec.records import UnreadableRecordsError, read_records


def test_json_lines_are_documents() -> None:
    """Blank lines are passed over, other members of a document ignored."""
    lines = b'\xef\xbb\xbf{"_id": "person:1", "data": {"a": 1}, "missing": {"b": "refused"}}\n\n{"data": {}}\n'
    first, second = read_records(lines, "r.jsonl")
    assert (first.number, first.id, first.data, first.missing) == (1, "person:1", {"a": 1}, {"b": "refused"})
    assert (second.number, second.missing) == (2, {})


def test_csv_columns_are_fields() -> None:
    """Empty cells are no answers; reasons and identifiers have columns of their own."""
    (record,) = read_records("_id,a,data.b,missing.c\n7,甲,,refused\n".encode(), "r.csv")
    assert (record.id, record.data, record.missing) == ("7", {"a": "甲"}, {"c": "refused"})


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b'{"data": {}}\n{"data"', "r.jsonl", "line 2"),
        (b"[1]", "r.jsonl", "line 1"),
        (b'{"data": 1}', "r.jsonl", '"data"'),
        (b'{"data": {}, "missing": []}', "r.jsonl", '"missing"'),
        (b"[" * 100_000, "r.jsonl", "line 1"),
        (b"\xff\xfe", "r.jsonl", "UTF-8"),
        (b'a\n"x" y\n', "r.csv", "line 2"),
        (b"a\n1,2\n", "r.csv", "line 2"),
    ],
)
def test_unreadable_records_are_named_by_line(content: bytes, name: str, said: str) -> None:
    """The first one that cannot be read ends the reading with a clear line."""
    with pytest.raises(UnreadableRecordsError, match=said):
        list(read_records(content, name))
