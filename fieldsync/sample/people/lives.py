"""What people's lives came to: marriage, schooling and work, by age, sex and place in the family.

The shares are ours, near those of the 2020 census for a large city.
"""

from random import Random

from fieldsync.sample.people.births import age_on
from fieldsync.sample.people.compositions import Member, Role
from fieldsync.sample.people.names import Names
from fieldsync.sample.people.numbers import FEMALE

UNMARRIED, MARRIED, FIRST_MARRIAGE, REMARRIED, WIDOWED, DIVORCED = "10", "20", "21", "22", "30", "40"
"""GB/T 2261.2."""

GRADUATE, BACHELOR, COLLEGE, TECHNICAL, SENIOR, JUNIOR, PRIMARY, OTHER = "10", "20", "30", "40", "60", "70", "80", "90"
"""GB/T 4658."""

STUDENT, RETIRED = "学生", "退休"
SCHOOL_AGE = 6
"""Younger children have no schooling and no marital status to tell."""
_SCHOOLING = (
    (23, {BACHELOR: 33, COLLEGE: 30, TECHNICAL: 16, SENIOR: 12, JUNIOR: 9}),
    (30, {GRADUATE: 9, BACHELOR: 34, COLLEGE: 27, TECHNICAL: 12, SENIOR: 8, JUNIOR: 10}),
    (45, {GRADUATE: 8, BACHELOR: 28, COLLEGE: 22, TECHNICAL: 11, SENIOR: 10, JUNIOR: 19, PRIMARY: 2}),
    (60, {GRADUATE: 3, BACHELOR: 13, COLLEGE: 15, TECHNICAL: 10, SENIOR: 17, JUNIOR: 32, PRIMARY: 10}),
    (75, {GRADUATE: 1, BACHELOR: 6, COLLEGE: 9, TECHNICAL: 7, SENIOR: 18, JUNIOR: 34, PRIMARY: 23, OTHER: 2}),
    (130, {BACHELOR: 4, COLLEGE: 5, TECHNICAL: 5, SENIOR: 9, JUNIOR: 21, PRIMARY: 43, OTHER: 13}),
)
"""Weights of the highest schooling, up to an age."""
_ALONE = (
    (26, {UNMARRIED: 100}),
    (35, {UNMARRIED: 88, DIVORCED: 6, MARRIED: 6}),
    (60, {UNMARRIED: 34, DIVORCED: 44, MARRIED: 15, WIDOWED: 7}),
    (130, {UNMARRIED: 4, DIVORCED: 12, MARRIED: 8, WIDOWED: 76}),
)
"""Weights of the marital status of those who live without a spouse, up to an age."""


def marital_status(rng: Random, member: Member, family: list[Member]) -> str:
    """Return a marital status that fits who else is in the family; none for small children."""
    age, roles = age_on(member.birth), [other.role for other in family]
    if age < SCHOOL_AGE:
        return ""
    if _has_spouse_here(member, roles):
        return rng.choices((FIRST_MARRIAGE, REMARRIED), (94, 6))[0]
    if member.role in (Role.PARENT, Role.HEAD) and (member.role is Role.PARENT or Role.CHILD in roles):
        weights = (80, 12, 8) if age >= 60 else (20, 70, 10)
        return rng.choices((WIDOWED, DIVORCED, MARRIED), weights)[0]
    if member.role in (Role.CHILD, Role.GRANDCHILD):
        return UNMARRIED
    return _by_age(rng, _ALONE, age)


def schooling(rng: Random, age: int) -> str:
    """Return the schooling had or being had at an age; none for small children."""
    if age < SCHOOL_AGE:
        return ""
    if age < 12:
        return PRIMARY
    if age < 15:
        return JUNIOR
    if age < 18:
        return rng.choices((SENIOR, TECHNICAL), (68, 32))[0]
    return _by_age(rng, _SCHOOLING, age)


def work(rng: Random, names: Names, age: int, sex: str) -> tuple[str, str]:
    """Return occupation and employer, either empty where there is none or none was told."""
    if age < SCHOOL_AGE:
        return "", ""
    if age < 18 or (age < 22 and rng.random() < 0.6):
        return STUDENT, ""
    if age >= (55 if sex == FEMALE else 60):
        return RETIRED, ""
    if rng.random() < (0.16 if sex == FEMALE else 0.09):
        return "", ""
    return names.trade(), names.employer() if rng.random() < 0.7 else ""


def _has_spouse_here(member: Member, roles: list[Role]) -> bool:
    if member.role is Role.HEAD:
        return Role.SPOUSE in roles
    if member.role is Role.PARENT:
        return roles.count(Role.PARENT) == 2
    if member.role is Role.HEIR:
        return Role.HEIR_SPOUSE in roles
    return member.role in (Role.SPOUSE, Role.HEIR_SPOUSE)


def _by_age(rng: Random, table: tuple[tuple[int, dict[str, int]], ...], age: int) -> str:
    weights = next(weights for limit, weights in table if age < limit)
    return rng.choices(list(weights), list(weights.values()))[0]
