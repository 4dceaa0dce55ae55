"""What is on record of this year: births, deaths, arrivals and departures, as the stays have them."""

from collections.abc import Iterator
from datetime import date

from fieldsync.sample.people import codes, quotas
from fieldsync.sample.people.numbers import Numbers
from fieldsync.sample.people.rows import Event, Population, Stay

SINCE = date(quotas.REFERENCE.year, 1, 1)


def report_events(population: Population, numbers: Numbers) -> None:
    """Add an event for each stay of a resident that began or ended this year, in the order of the stays."""
    for stay in population.stays.values():
        for happened, day in _events(stay) if stay.kind != codes.REGISTERED_ONLY else ():
            event = Event(numbers.new_id("event"), happened, stay.person, stay.household, day)
            population.events[event.id] = event


def _events(stay: Stay) -> Iterator[tuple[str, date]]:
    if stay.since >= SINCE:
        yield "birth" if stay.reason == codes.BIRTH else "arrival", stay.since
    if stay.until is not None and stay.until >= SINCE:
        yield "death" if stay.reason == codes.DEATH else "departure", stay.until
