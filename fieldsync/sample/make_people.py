"""Make the invented population of the sample district.

Run as `python -m fieldsync.sample.make_people`, with the development tools installed (Faker is one).
It reads the shipped cells, and gives the same files on every run.
"""

from pathlib import Path
from random import Random

from fieldsync.sample import district
from fieldsync.sample.people import quotas
from fieldsync.sample.people.counts import count_all
from fieldsync.sample.people.dormitories import open_dormitories
from fieldsync.sample.people.files import csv_files, with_counts
from fieldsync.sample.people.moves import change_tenants, register_absent, register_elsewhere
from fieldsync.sample.people.names import Names
from fieldsync.sample.people.numbers import Numbers
from fieldsync.sample.people.particulars import tell_particulars
from fieldsync.sample.people.places import build, choose_cells, empty_some, read_cells
from fieldsync.sample.people.reported import report_events
from fieldsync.sample.people.rows import Population
from fieldsync.sample.people.settle import World, settle_all
from fieldsync.sample.people.vital import bear, bury, register_for_a_time

FOLDER = Path(__file__).parent / "wuhou"


def make_population(collection: dict[str, object]) -> Population:
    """Return the population of a division into cells, the same on every run.

    `collection` is a GeoJSON feature collection of cells with `code`, `street`, `street_name`,
    `community_name`; polygons are in WGS 84.
    """
    cells = choose_cells(read_cells(collection), quotas.CELLS, quotas.STREETS)
    rng = Random(quotas.SEED)
    world = World(Population(), Names(quotas.SEED, rng), Numbers(rng), rng)
    build(world.population, cells, world.numbers, rng)
    empty_some(world.population, rng)
    settle_all(world)
    for happen in (bear, bury, change_tenants, register_for_a_time, register_elsewhere, register_absent):
        happen(world)
    open_dormitories(world, cells)
    _state_sizes(world)
    tell_particulars(world.population)
    report_events(world.population, world.numbers)
    return world.population


def make_files() -> dict[str, str]:
    """Return the text of the CSV files and of the README with its counts, by path below the district's folder."""
    population = make_population(district.cells())
    files = {f"registry/{name}": text for name, text in csv_files(population).items()}
    readme = district.path("README.md").read_text(encoding="utf-8")
    return files | {"README.md": with_counts(readme, count_all(population))}


def main() -> None:
    """Write the files into the district's folder."""
    (FOLDER / "registry").mkdir(exist_ok=True)
    for name, text in make_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text.encode())} bytes")


def _state_sizes(world: World) -> None:
    """Let every household that told who lives there state its size."""
    for household in world.population.households.values():
        if members := world.roster(household):
            household.size_stated = len(members)


if __name__ == "__main__":
    main()
