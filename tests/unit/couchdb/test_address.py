"""URLs of CouchDBs, and names of databases there."""

from __future__ import annotations

import pytest

from fieldsync.errors import BadInput
from fieldsync.stores.couchdb.address import read_address
from fieldsync.stores.factory import open_store


def test_a_url_names_a_couchdb() -> None:
    """User and password percent-encoded, the port as usual, the prefix before a hyphen."""
    address = read_address("couchdb://an%40na:p%2Fw%3A@db.example/city")
    assert (address.scheme, address.place, address.user, address.password) == (
        "http",
        "db.example:5984",
        "an@na",
        "p/w:",
    )
    assert (address.name_there("cell-1"), address.name_here("city-cell-1")) == ("city-cell-1", "cell-1")
    assert address.name_here("town-cell-1") is None
    assert "p/w:" not in repr(address)


def test_a_url_may_ask_for_tls_and_have_no_prefix() -> None:
    """Then names are the same here and there, and CouchDB's own are nobody's."""
    address = read_address("couchdbs://u:p@db.example")
    assert (address.scheme, address.place) == ("https", "db.example:6984")
    assert (address.name_there("registry"), address.name_here("registry")) == ("registry", "registry")
    assert address.name_here("_users") is None


@pytest.mark.parametrize(
    "url",
    [
        "couchdb://",
        "couchdb:///x",
        "couchdb://u:secret@h:x/p",
        "couchdb://u:secret@h/1a",
        "couchdb://u:secret@h/a-b",
        "couchdb://u:secret@h/a/b",
        "couchdb://u:secret@h/a?q=1",
        "couchdb://u:secret@[::1/a",
        "couchdb://u:secret@h:99999/a",
    ],
)
def test_other_urls_are_refused_without_showing_the_password(url: str) -> None:
    """The message shows what a URL looks like."""
    with pytest.raises(BadInput, match="couchdb://user:password@host:5984/prefix") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "Cell", "1a", "_users", "a b", "a" * 240, "a\n", "中"])
def test_a_name_that_couchdb_does_not_take_is_refused(name: str) -> None:
    """Before anything is asked; with a prefix a name may begin with anything that may stand inside."""
    with pytest.raises(BadInput):
        read_address("couchdb://h").name_there(name)
