"""What holds for all tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from forms_spec import Checked, read_form_limited

# A slow machine is no fault of what is tested: no example has a time in which it must end. The share of examples is
# fixed, so that a run that passes here passes anywhere; `make soak` and --hypothesis-profile=default draw others.
settings.register_profile("any-machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords at the least cost in the tests' own process: they log in some thousand times.

    Servers and commands that run as processes hash at the cost of every installation;
    `test_accounts.py` holds it to that.
    """
    with pytest.MonkeyPatch.context() as patch:
        quick = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("fieldsync.passwords._HASHER", PasswordHash((quick,)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _forms_read_once() -> Iterator[None]:
    """Have the same bytes read once only: that takes a process of its own, and what it answers is a value."""
    answers: dict[tuple[bytes, str, tuple[tuple[str, bytes], ...]], Checked] = {}

    def read_once(workbook: bytes, filename: str, files: Mapping[str, bytes] | None = None) -> Checked:
        key = (hashlib.sha256(workbook).digest(), filename, tuple(sorted((files or {}).items())))
        if key not in answers:
            answers[key] = read_form_limited(workbook, filename, files)
        return answers[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldsync.form_reading.read_form_limited", read_once)
        yield
