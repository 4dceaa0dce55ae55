"""When people were born, given those they are kin to.

All functions take a random generator and return a date; `None` where the kin leave no room, and
the family is then drawn anew.
"""

from datetime import date, timedelta
from random import Random

from fieldsync.sample.people.numbers import MALE
from fieldsync.sample.people.quotas import NEWBORN_DAYS, REFERENCE

YEAR_DAYS = 365.25
MOTHER_AGES = (20.1, 37.9, 27.0)
"""Least, most and commonest age of a mother at a birth, in years."""


def years(count: float) -> timedelta:
    """Return a span of so many years."""
    return timedelta(days=int(count * YEAR_DAYS))


def age_on(birth: date, day: date = REFERENCE) -> int:
    """Return a person's age in completed years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def born_at_age(rng: Random, youngest: int, oldest: int) -> date:
    """Return the birth date of somebody between two ages, both included."""
    return REFERENCE - years(rng.uniform(youngest + 0.01, oldest + 0.98))


def spouse_of(rng: Random, birth: date, sex: str) -> date:
    """Return the birth date of the spouse: husbands two years older in the mean."""
    gap = years(min(7.0, max(-3.0, rng.gauss(2, 2.4))))
    return birth + gap if sex == MALE else birth - gap


def mother_of(rng: Random, birth: date) -> date:
    """Return the birth date of somebody's mother."""
    return birth - years(rng.triangular(*MOTHER_AGES))


def child_of(rng: Random, mother: date, oldest: int, youngest: int = 0) -> date | None:
    """Return the birth date of a child between two ages; newborns come later, by count."""
    born = mother + years(rng.triangular(*MOTHER_AGES))
    latest = REFERENCE - years(youngest) - timedelta(days=NEWBORN_DAYS + 1)
    return born if REFERENCE - years(oldest + 1) < born <= latest else None


def sibling_of(rng: Random, birth: date) -> date:
    """Return the birth date of a brother or sister."""
    return birth + years(rng.uniform(1.2, 8)) * rng.choice((-1, 1))
