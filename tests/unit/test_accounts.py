"""Accounts, rights, passwords and the brake on guessing, below HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldsync.accounts import Accounts, Principal, Role, User, UserChanges, require, require_charge, sees
from fieldsync.errors import BadInput, Conflict, Forbidden, TooManyAttempts, Unauthenticated
from fieldsync.passwords import hash_password, password_matches
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from fieldsync.throttle import Throttle

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store")
    yield store
    store.close()


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return Accounts(store, lambda: NOW)


def principal(*roles: Role, areas: tuple[str, ...] = ()) -> Principal:
    return Principal("somebody", frozenset(roles), areas, None, {})


def user(name: str, *roles: Role, areas: tuple[str, ...] = ()) -> User:
    return User(name=name, display={}, roles=roles or (Role.COLLECTOR,), areas=areas)


def test_an_area_covers_what_begins_with_its_code() -> None:
    """A street covers itself and its cells, not its district; without areas nothing is covered."""
    wang = principal(Role.SUPERVISOR, areas=("510107001",))
    assert wang.covers("510107001")
    assert wang.covers("510107001002003")
    assert not wang.covers("510107")
    assert not wang.covers("510107002001001")
    assert not wang.covers("")
    assert not principal(Role.SUPERVISOR).covers("510107")


def test_an_administrator_is_responsible_everywhere() -> None:
    """His areas do not matter."""
    assert principal(Role.ADMINISTRATOR).covers("510107")
    assert principal(Role.ADMINISTRATOR, areas=("110101",)).covers("")


def test_require_lets_pass_one_of_the_roles_within_its_area() -> None:
    """Another role, or another area, is Forbidden."""
    wang = principal(Role.SUPERVISOR, areas=("510107",))
    require(wang, Role.REVIEWER, Role.SUPERVISOR, area="510107001")
    with pytest.raises(Forbidden):
        require(wang, Role.REVIEWER)
    with pytest.raises(Forbidden):
        require(wang, Role.SUPERVISOR, area="510104")


def test_a_supervisor_is_in_charge_of_the_collectors_below_him() -> None:
    """Not of other roles, of other areas, or of collectors without an area."""
    wang = principal(Role.SUPERVISOR, areas=("510107",))
    require_charge(wang, user("a", areas=("510107001", "510107")))
    for other in (
        user("b"),
        user("c", areas=("510107", "510104")),
        user("d", Role.COLLECTOR, Role.REVIEWER, areas=("510107",)),
        user("e", Role.SUPERVISOR, areas=("510107",)),
    ):
        with pytest.raises(Forbidden):
            require_charge(wang, other)
    with pytest.raises(Forbidden):
        require_charge(principal(Role.REVIEWER, areas=("510107",)), user("a", areas=("510107",)))


def test_a_collector_sees_no_other_account() -> None:
    """Even in his own area; himself he sees."""
    li = principal(Role.COLLECTOR, areas=("510107",))
    assert not sees(li, user("other", areas=("510107",)))
    assert sees(li, user("somebody"))


def test_a_name_is_given_once(accounts: Accounts) -> None:
    """A second account of the same name is a Conflict and leaves the first as it was."""
    accounts.create(user("li.na"), "correct horse")
    with pytest.raises(Conflict):
        accounts.create(user("li.na", Role.ADMINISTRATOR))
    assert accounts.need("li.na").roles == (Role.COLLECTOR,)


def test_a_password_handed_in_as_a_hash_is_not_kept(accounts: Accounts) -> None:
    """Only what is hashed here is kept: a hash brought along opens nothing."""
    brought = User(name="x", display={}, roles=(Role.COLLECTOR,), password=hash_password("correct horse", "x"))
    assert accounts.create(brought).password is None
    with pytest.raises(Unauthenticated):
        accounts.check_password("x", "correct horse")


def test_who_is_not_active_cannot_log_in(accounts: Accounts) -> None:
    """The right password of a deactivated account is as good as a wrong one."""
    accounts.create(user("li.na"), "correct horse")
    accounts.update("li.na", UserChanges(active=False))
    with pytest.raises(Unauthenticated):
        accounts.check_password("li.na", "correct horse")


def test_an_installation_without_an_active_administrator_gets_one(accounts: Accounts) -> None:
    """The first administrator is refused as long as there is one who can act."""
    accounts.create_first_administrator(user("admin"), "correct horse")
    with pytest.raises(Conflict):
        accounts.create_first_administrator(user("second"), "correct horse")


def test_lists_are_kept_in_order(accounts: Accounts) -> None:
    """Roles and areas come back sorted and once each; a missing display name is the name."""
    made = accounts.create(user("x", Role.REVIEWER, Role.COLLECTOR, areas=("510107", "510104", "510107")))
    assert made.roles == (Role.COLLECTOR, Role.REVIEWER)
    assert made.areas == ("510104", "510107")
    assert made.display == {"zh": "x", "en": "x"}


@pytest.mark.parametrize("password", ["password é", "密码密码密码密码", "\ud800 half a pair", "x" * 256])
def test_any_text_can_be_a_password(password: str) -> None:
    """Letters of every script match themselves and nothing else."""
    kept = hash_password(password, "li.na")
    assert password_matches(password, kept)
    assert not password_matches(password + "x", kept)
    assert not password_matches(password, None)


def test_a_password_typed_on_another_keyboard_matches() -> None:
    """Composed and decomposed accents are the same password."""
    assert password_matches("cafe\u0301 cafe\u0301", hash_password("caf\u00e9 caf\u00e9", "x"))


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "Li.Na.Li"])
def test_an_unfit_password_is_refused(password: str) -> None:
    """Too short, too long, or the name itself."""
    with pytest.raises(BadInput):
        hash_password(password, "li.na.li")


def test_hashes_cost_what_is_recommended() -> None:
    """In a process of its own, since the tests' own hashes are cheap: argon2id, 19 MiB, two passes, one lane."""
    program = "from fieldsync.passwords import hash_password; print(hash_password('correct horse', 'li.na'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_damaged_hash_matches_nothing() -> None:
    """What is no hash opens no door and raises nothing."""
    assert not password_matches("correct horse", "junk")


def test_the_brake_counts_by_name_and_in_a_window() -> None:
    """Failures of one name do not slow another; the window begins with the first failure."""
    time = NOW
    brake = Throttle(lambda: time, limit=2, window_s=60)
    brake.failed("a")
    time += timedelta(seconds=50)
    brake.failed("a")
    brake.check("b")
    with pytest.raises(TooManyAttempts) as raised:
        brake.check("a")
    assert raised.value.fields["retry_after_s"] == 10
    time += timedelta(seconds=10)
    brake.check("a")
    brake.failed("a")
    brake.check("a")


def test_success_releases_the_brake() -> None:
    """Who has shown who he is starts afresh."""
    brake = Throttle(lambda: NOW, limit=1)
    brake.failed("a")
    brake.passed("a")
    brake.check("a")
    brake.failed("b")
    with pytest.raises(TooManyAttempts):
        brake.check("b")
