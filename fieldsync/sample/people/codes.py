"""The coded values the sample uses; every one is a choice of the shipped forms."""

from fieldsync.sample.people.compositions import Role
from fieldsync.sample.people.numbers import FEMALE, MALE

IDENTITY_CARD = "111"
"""Resident identity card, GA/T 517."""

FAMILY, COLLECTIVE = "family", "collective"
RESIDENTIAL, MIXED, SHOP, DORMITORY = "residential", "mixed", "shop", "dormitory"
OCCUPIED, VACANT, SECOND_HOME, NOT_RESIDENTIAL = "occupied", "vacant", "second_home", "not_residential"
WORKS = "works"
"""Occupancy of a dwelling that is being built or done up."""
OWNED, RENTED, EMPLOYERS = "owned", "rented", "employer"
USUAL, REGISTERED_ONLY, TEMPORARY = "usual", "registered_only", "temporary"
BIRTH, DEATH, MOVED, WORK, STUDY, WITH_FAMILY = "birth", "death", "moved", "work", "study", "family"

HEAD, SPOUSE, SON, DAUGHTER, GRANDCHILD, SIBLING, OTHER = "02", "10", "20", "30", "40", "70", "99"
FATHER, MOTHER, SON_IN_LAW, DAUGHTER_IN_LAW = "51", "52", "28", "38"
"""Relation to the head, GB/T 4761."""

_RELATIONS = {
    Role.HEAD: (HEAD, HEAD),
    Role.SPOUSE: (SPOUSE, SPOUSE),
    Role.CHILD: (SON, DAUGHTER),
    Role.HEIR: (SON, DAUGHTER),
    Role.HEIR_SPOUSE: (SON_IN_LAW, DAUGHTER_IN_LAW),
    Role.GRANDCHILD: (GRANDCHILD, GRANDCHILD),
    Role.PARENT: (FATHER, MOTHER),
    Role.SIBLING: (SIBLING, SIBLING),
    Role.MATE: (OTHER, OTHER),
}


def relation(role: Role, sex: str) -> str:
    """Return the code of a member's relation to the head."""
    male, female = _RELATIONS[role]
    return {MALE: male, FEMALE: female}[sex]
