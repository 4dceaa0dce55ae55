"""Refresh tokens: what an honest tablet may do, and how a copy is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldsync.errors import Unauthenticated
from fieldsync.keys import Keys, load_keys
from fieldsync.sessions import Sessions
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store")
    yield store
    store.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_keys(tmp_path / "keys.json")


@pytest.fixture
def sessions(store: Store, keys: Keys) -> Sessions:
    return Sessions(store, keys, Settings(), lambda: NOW)


def good(sessions: Sessions, token: str) -> bool:
    try:
        sessions.refresh(token)
    except Unauthenticated:
        return False
    return True


def test_a_thief_is_noticed_when_the_tablet_goes_on(sessions: Sessions) -> None:
    """Thief and tablet both use a token; the first to use his successor shuts the other out, and then both are out."""
    stolen = sessions.open("li.na", "tablet").refresh
    thiefs = sessions.refresh(stolen).refresh
    tablets = sessions.refresh(stolen).refresh
    tablets = sessions.refresh(tablets).refresh
    assert not good(sessions, thiefs)
    assert not good(sessions, tablets)


def test_a_thief_who_is_ahead_is_noticed_too(sessions: Sessions) -> None:
    """A thief who has gone on by many steps is out as soon as the tablet comes with its old token."""
    stolen = sessions.open("li.na", "tablet").refresh
    thiefs = stolen
    for _ in range(100):
        thiefs = sessions.refresh(thiefs).refresh
    assert not good(sessions, stolen)
    assert not good(sessions, thiefs)


def test_requests_that_cross_do_not_end_a_session(sessions: Sessions) -> None:
    """A tablet that refreshes twice at once goes on with whichever answer it kept."""
    token = sessions.open("li.na", "tablet").refresh
    with ThreadPoolExecutor(3) as pool:
        answers = [tokens.refresh for tokens in pool.map(sessions.refresh, [token] * 3)]
    assert len(set(answers)) == 3
    kept = sessions.refresh(answers[0]).refresh
    assert good(sessions, kept)


def test_answers_may_be_lost_again_and_again(sessions: Sessions) -> None:
    """A token is good until one of its successors was used, however often it comes; only the latest successors wait."""
    token = sessions.open("li.na", "tablet").refresh
    answers = [sessions.refresh(token).refresh for _ in range(10)]
    assert good(sessions, answers[-1])
    other = sessions.open("li.na", "tablet").refresh
    answers = [sessions.refresh(other).refresh for _ in range(10)]
    assert not good(sessions, answers[0])


def test_a_session_does_not_grow(store: Store, sessions: Sessions) -> None:
    """However often it was refreshed, a session is the same one small document."""
    token = sessions.open("li.na", "tablet").refresh
    count = store.database("accounts").info().doc_count
    for _ in range(200):
        token = sessions.refresh(token).refresh
    kept = store.database("accounts").get(f"session:{token.partition('.')[0]}")
    assert store.database("accounts").info().doc_count == count
    assert kept is not None
    assert len(kept.body) < 600


def test_sessions_of_one_user_end_and_anothers_go_on(sessions: Sessions) -> None:
    """Ending some or all of a user's sessions touches nobody else's."""
    tablet, desk = sessions.open("li.na", "tablet").refresh, sessions.open("li.na").refresh
    other = sessions.open("he.bo", "tablet").refresh
    sessions.end_all("li.na", "password", lambda session: session.tablet is None)
    assert not good(sessions, desk)
    assert good(sessions, tablet)
    sessions.end_all("li.na", "deactivated")
    assert not good(sessions, tablet)
    assert good(sessions, other)


def test_another_installations_tokens_are_refused(sessions: Sessions, store: Store, tmp_path: Path) -> None:
    """The same user name and session under other keys open nothing."""
    foreign = Sessions(store, load_keys(tmp_path / "other.json"), Settings(), lambda: NOW)
    with pytest.raises(Unauthenticated):
        sessions.verify(foreign.open("li.na").access)


def test_a_changed_signing_key_leaves_old_tokens_good(store: Store, keys: Keys, tmp_path: Path) -> None:
    """With a new current key, tokens of the old one still verify, and new ones name the new key."""
    before = Sessions(store, keys, Settings(), lambda: NOW).open("li.na").access
    fresh = load_keys(tmp_path / "fresh.json")
    turned = Keys(keys.signing | fresh.signing, fresh.current, keys.seal)
    sessions = Sessions(store, turned, Settings(), lambda: NOW)
    assert sessions.verify(before).user == "li.na"
    assert sessions.verify(sessions.open("he.bo").access).user == "he.bo"
