"""Attachments as bodies name them, as clients send them, and as they merge."""

from __future__ import annotations

import re

import msgspec
import pytest

from fieldsync.attached import inlined, known_in, read_attached
from fieldsync.attachments import Stub, digest_of, has_attachments, merged_stubs, parted, stubs_in, stubs_of, with_stubs
from fieldsync.errors import BadInput, MissingStub


def stub(content: bytes, revpos: int = 1, content_type: str = "image/jpeg") -> Stub:
    """Return the stub of a content."""
    return Stub(content_type, revpos, digest_of(content), len(content))


OLD, ONE, OTHER = stub(b"old"), stub(b"one", 2), stub(b"other", 3)


def test_a_digest_is_as_on_the_wire() -> None:
    """The base64 of the MD5, as CouchDB writes it."""
    assert digest_of(b"") == "md5-1B2M2Y8AsgTpgAmY7PhCfg=="


def test_a_body_names_its_attachments_first_and_in_order() -> None:
    """So that its bytes tell whether there are any; what is read from it is what was put in."""
    stubs = {"b": ONE, "a": OLD}
    body = with_stubs({"kind": "person", "data": {}}, stubs)
    written = msgspec.json.encode(body)
    assert has_attachments(written)
    assert list(body["_attachments"]) == ["a", "b"]
    assert stubs_in(written) == stubs_of(body) == stubs
    assert with_stubs(body, {}) == {"kind": "person", "data": {}}
    assert not has_attachments(msgspec.json.encode({"data": '{"_attachments":'}))
    assert stubs_in(b"{}") == stubs_of({}) == {}


def test_a_body_and_its_attachments_are_parted() -> None:
    """Each with its name, type and digest."""
    assert parted({"v": 1}) == ({"v": 1}, [])
    body = with_stubs({"v": 1}, {"b": ONE, "a": OLD})
    assert parted(body) == ({"v": 1}, [["a", "image/jpeg", OLD.digest], ["b", "image/jpeg", ONE.digest]])


def test_what_is_sent_becomes_stubs_and_contents() -> None:
    """`revpos` is the generation, unless an earlier one is said; a later one cannot be."""
    sent = read_attached({"p": {"data": "b25l"}, "q": {"data": "b25l", "revpos": 2}, "r": {"data": "", "revpos": 9}})
    assert not sent.claims
    strange = read_attached({"p": {"data": "", "revpos": 0}, "q": {"data": "", "revpos": -7}})
    assert {one.revpos for one in strange.stubs(4, {}).values()} == {4}
    assert {name: one.revpos for name, one in sent.stubs(4, {}).items()} == {"p": 4, "q": 2, "r": 4}
    assert sent.contents == {digest_of(b"one"): b"one", digest_of(b""): b""}
    assert read_attached(None).sent == read_attached({}).sent == {}


def test_a_stub_needs_what_the_document_has() -> None:
    """Its type, length and revision are those that are known, whatever the client says."""
    sent = read_attached({"p": {"stub": True, "digest": ONE.digest, "length": 10**9, "content_type": "text/html"}})
    assert sent.claims
    assert sent.stubs(5, known_in([{"other name": ONE}])) == {"p": ONE}
    with pytest.raises(MissingStub):
        sent.stubs(5, known_in([{"p": OTHER}]))
    with pytest.raises(MissingStub):
        read_attached({"p": {"stub": True}}).stubs(5, known_in([{"p": ONE}]))


def test_what_is_no_base64_is_refused() -> None:
    """With the attachment's name."""
    with pytest.raises(BadInput, match=r"p\.png"):
        read_attached({"p.png": {"data": "$"}})


def test_contents_are_shown_where_they_are_given() -> None:
    """The others stay stubs."""
    shown = inlined({"p": ONE, "q": OLD}, {ONE.digest: b"one"})
    assert shown["p"] == {"content_type": "image/jpeg", "revpos": 2, "digest": ONE.digest, "data": "b25l"}
    assert shown["q"] == msgspec.to_builtins(OLD)


@pytest.mark.parametrize(
    ("base", "sides", "merged"),
    [
        ({"p": OLD}, [{"p": OLD}, {"p": OLD, "q": ONE}], {"p": OLD, "q": ONE}),
        ({"p": OLD}, [{}, {"p": OLD}], {}),
        ({"p": OLD}, [{}, {"p": ONE}], {"p": ONE}),
        ({"p": OLD}, [{"p": OLD}, {"p": ONE}], {"p": ONE}),
        (None, [{"p": ONE}, {"p": ONE}], {"p": ONE}),
        (None, [{"p": ONE}, {"p": stub(b"one", 3)}], {"p": stub(b"one", 3)}),
        ({"p": OLD}, [{"p": stub(b"old", 2)}, {"p": ONE}], {"p": ONE}),
        ({"p": OLD}, [{"p": stub(b"old", 1, "image/png")}, {"p": OLD}], {"p": stub(b"old", 1, "image/png")}),
    ],
)
def test_what_a_side_changed_is(base, sides, merged) -> None:
    """Added, replaced, removed; a removal gives way to a new content, the same content is one."""
    assert merged_stubs(base, sides) == merged


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("photo.jpg", r"photo~[0-9a-f]{8}\.jpg"), ("photo", r"photo~[0-9a-f]{8}"), (".hidden", r"\.hidden~[0-9a-f]{8}")],
)
def test_different_contents_of_one_name_are_both_kept(name, pattern) -> None:
    """The newer under the name, the other beside it."""
    merged = merged_stubs({name: OLD}, [{name: ONE}, {name: OTHER}])
    [beside] = merged.keys() - {name}
    assert merged == {name: OTHER, beside: ONE}
    assert re.fullmatch(pattern, beside)


def test_a_content_beside_another_replaces_none() -> None:
    """Also where the name it would have is taken by a third."""
    [beside] = merged_stubs(None, [{"p": ONE}, {"p": OTHER}]).keys() - {"p"}
    third = stub(b"third")
    merged = merged_stubs(None, [{"p": ONE, beside: third}, {"p": OTHER, beside: third}])
    assert (merged["p"], merged[beside]) == (OTHER, third)
    assert ONE in merged.values()
