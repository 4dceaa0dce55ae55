"""Identity numbers, telephone numbers and identifiers that are nobody's.

Identity numbers have the form and the check digit of GB 11643, and an area code that GB/T 2260
does not have. Telephone numbers have 11 digits and begin with 12, as only short service numbers do
(mobile numbers begin with 13 to 19).
"""

from datetime import date
from random import Random
from uuid import UUID, uuid5

NAMESPACE = UUID("5d1f2c0e-6b0a-5c57-9a51-0c5a7e10c0de")
NOBODYS_AREA = "999999"
NOBODYS_PREFIX = "12"
MALE, FEMALE = "1", "2"
"""GB/T 2261.1."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def identifier(kind: str, index: int) -> str:
    """Return the bare uuid of the index-th row of a kind; the same on every run."""
    return str(uuid5(NAMESPACE, f"{kind}/{index}"))


def check_digit(body: str) -> str:
    """Return the 18th character for the first 17 digits of an identity number.

    Source: GB 11643-1999, section 4.3 (ISO 7064 MOD 11-2).
    """
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def identity_number(birth: date, sex: str, sequence: int) -> str:
    """Return the identity number of the sequence-th (0..498) person of a birth date and sex."""
    order = 2 * sequence + (1 if sex == MALE else 2)
    body = f"{NOBODYS_AREA}{birth:%Y%m%d}{order:03d}"
    return body + check_digit(body)


class Numbers:
    """Hands out numbers and identifiers, each once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._phones: set[str] = set()
        self._births: dict[tuple[date, str], int] = {}
        self._indexes: dict[str, int] = {}

    def new_id(self, kind: str) -> str:
        """Return the identifier of the next row of a kind."""
        index = self._indexes[kind] = self._indexes.get(kind, 0) + 1
        return identifier(kind, index)

    def new_identity(self, birth: date, sex: str) -> str:
        """Return an identity number that no other person of the sample has."""
        sequence = self._births.get((birth, sex), 0)
        self._births[birth, sex] = sequence + 1
        return identity_number(birth, sex, sequence)

    def new_phone(self) -> str:
        """Return a telephone number that no other person of the sample has."""
        while (phone := f"{NOBODYS_PREFIX}{self._rng.randrange(10**9):09d}") in self._phones:
            pass
        self._phones.add(phone)
        return phone
