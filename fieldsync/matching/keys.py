"""By what a person is looked up among a million: keys that records of one person share in spite of slips. Pure.

Two records that share no key are never compared, so each key forgives what another one holds on to: a number with a
slip is found by the date of birth, a date with a slip by the sound of the name and the year. Numbers are sensitive:
they are kept as keyed hashes (`Keys.index`), equal for equal numbers and readable by nobody.

A person is filed under `{key}|{identifier}`; what begins alike stands together in any store.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from fieldsync.matching.names import heard, written
from fieldsync.matching.profile import Profile

HASH_CHARACTERS = 26
"""130 bits of a hash: no two numbers of a city meet."""


def keys_of(profile: Profile, secret: bytes) -> frozenset[str]:
    """Return the keys under which a person is filed."""
    return frozenset(_own(profile, secret))


def wanted_prefixes(profile: Profile, secret: bytes) -> frozenset[str]:
    """Return how the filing of records of the same person may begin: under their own keys, and the years beside theirs.

    A name alone is common to hundreds; it counts with the year of birth, or, where that is not known, in any year.
    """
    own = {f"{key}|" for key in _own(profile, secret) if not key.startswith(("name:", "sound:"))}
    if not profile.name:
        return frozenset(own)
    if profile.birth is None:
        return frozenset({*own, f"sound:{heard(profile.name)}:"})
    years = [None, *range(profile.birth.year - 1, profile.birth.year + 2)]
    return frozenset({*own, *(f"{_sound(profile.name, year)}|" for year in years)})


def number_key(kind: str, number: str, secret: bytes) -> str:
    """Return the key of a sensitive number: `identity` or `phone`."""
    digest = hmac.digest(secret, f"{kind}:{number}".encode(), "sha256").hex()
    return f"{kind}:{digest[:HASH_CHARACTERS]}"


def _own(profile: Profile, secret: bytes) -> Iterator[str]:
    if profile.id_number:
        yield number_key("identity", profile.id_number, secret)
    if profile.phone:
        yield number_key("phone", profile.phone, secret)
    if profile.birth:
        yield f"birth:{profile.birth.isoformat()}"
    if profile.name:
        yield f"name:{written(profile.name)}"
        yield _sound(profile.name, profile.birth.year if profile.birth else None)


def _sound(name: str, year: int | None) -> str:
    return f"sound:{heard(name)}:{year or ''}"
