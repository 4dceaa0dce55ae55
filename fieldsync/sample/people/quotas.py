"""How much of what the sample district has. The tests count it all again."""

from datetime import date

SEED = 20261101
REFERENCE = date(2026, 11, 1)

CELLS = 28
STREETS = 3
DWELLINGS_PER_CELL = (34, 84, 36)
"""Least, most and commonest number of homes in a cell."""
HOUSEHOLDS_PER_CELL = (25, 80)

VACANT_SHARE = 0.08
SECOND_HOME_SHARE = 0.03
UNDER_WORKS = 12
SHOPS = 36

HOUSEHOLD_SIZES = {1: 25.4, 2: 29.7, 3: 21.0, 4: 13.2, 5: 6.2, 6: 3.2, 7: 1.3}
"""Percent of family households by persons. Source: 2020 census; 6 and more is 4.5, split by us."""
RENTED_SHARE = 0.34

DORMITORIES = 2
DORMITORY_WORKERS = (24, 38)
REFUSED = 24
TENANTS_CHANGED = 30
TENANTS_MOVED_WITHIN = 6
"""Of the tenants who left, those whose new dwelling is in the sample too."""
TEMPORARY_HOUSEHOLDS = 40
TEMPORARY_RUN_OUT = 6
"""Of them, those whose registration ran out in the two months before the reference date."""
NEWBORNS = 14
NEWBORN_DAYS = 60
DEATHS = 12
REGISTERED_ELSEWHERE_IN_SAMPLE = 40
"""Persons with a usual stay in one cell and a registered-only stay in another."""
REGISTERED_ONLY_LIVING_OUTSIDE = 25
"""Persons registered here whose usual stay is outside the data."""
NUMBER_UNKNOWN_SHARE = 0.012
"""Of persons who are no newborns, those whose identity number nobody has told."""
