"""The sample district: what is shipped is what the program makes, and it is a clean division."""

import json
from itertools import pairwise

import pytest
import shapely

from fieldsync.errors import NotFound
from fieldsync.sample import district, make_district
from grid import Cell, area_of, check, is_within, read_cells, read_outline, sequence_key


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    """Return the shipped cells."""
    return read_cells(district.cells())


def test_making_it_again_gives_the_shipped_bytes() -> None:
    """The files depend on their sources and on nothing else."""
    made = make_district.make()
    assert set(made) == {"cells.geojson", "areas.geojson"}
    for name, text in made.items():
        assert district.path(name).read_text(encoding="utf-8") == text


def test_the_cells_cover_the_real_outline_without_gap_or_overlap(cells: list[Cell]) -> None:
    """The check finds nothing, and no cell leaves the outline by more than rounding."""
    outline = read_outline(district.outline())
    assert check(cells, outline) == []
    beyond = shapely.coverage_union_all([cell.geometry for cell in cells]).difference(outline.buffer(2e-7))
    assert beyond.is_empty


def test_there_are_enough_cells_each_in_one_piece(cells: list[Cell]) -> None:
    """Every cell is a single polygon of a size that people can walk: from a few hectares to a few square kilometres."""
    assert 260 <= len(cells) <= 340
    assert {cell.geometry.geom_type for cell in cells} == {"Polygon"}


def test_every_street_and_community_has_cells_and_its_real_name(cells: list[Cell]) -> None:
    """All 15 streets and 113 communities are there, with one to four cells each, named as in the sources."""
    sources = make_district.read_sources()
    counts = dict.fromkeys(sources.communities, 0)
    for cell in cells:
        community, street = area_of(cell.code, "community"), area_of(cell.code, "street")
        counts[community] += 1
        assert cell.properties["community"] == community
        assert cell.properties["street"] == street
        assert cell.properties["community_name"] == sources.communities[community]
        assert cell.properties["street_name"] == sources.streets[street]
        assert cell.properties["invented"] is True
    assert (len(sources.streets), len(counts)) == (15, 113)
    assert set(counts.values()) == {1, 2, 3, 4}


def test_cells_of_a_community_are_numbered_from_one_west_to_east_and_north_to_south(cells: list[Cell]) -> None:
    """Codes rise with the longitude of the representative point; names carry the same number."""
    for before, after in pairwise(cells):
        if is_within(after.code, area_of(before.code, "community")):
            assert int(after.code) == int(before.code) + 1
            assert sequence_key(before.geometry) < sequence_key(after.geometry)
        else:
            assert after.code.endswith("001")
        assert after.name.endswith(f"社区第{int(after.code[-3:])}网格")


def test_areas_are_the_union_of_their_cells(cells: list[Cell]) -> None:
    """Each street and community is one polygon, exactly its cells dissolved, and says that its border is invented."""
    areas = district.areas()["features"]
    assert [area["properties"]["level"] for area in areas] == ["street"] * 15 + ["community"] * 113
    for area in areas:
        properties = area["properties"]
        own = [cell.geometry for cell in cells if is_within(cell.code, properties["code"])]
        shape = shapely.from_geojson(json.dumps(area["geometry"]))
        assert shape.geom_type == "Polygon"
        assert shape.equals(shapely.coverage_union_all(own))
        assert properties["invented_border"] is True


def test_both_files_say_in_two_languages_what_is_invented() -> None:
    """A reader of the raw file is told."""
    for collection in (district.cells(), district.areas()):
        assert "invented" in collection["note"]
        assert "虚构" in collection["note_zh"]


def test_both_files_are_small() -> None:
    """They travel with the package."""
    assert sum(district.path(name).stat().st_size for name in ("cells.geojson", "areas.geojson")) < 600_000


def test_a_file_that_is_not_there_is_named() -> None:
    """The message says which file, and where the others are."""
    with pytest.raises(NotFound, match=r"no file 'roads\.geojson'"):
        district.path("roads.geojson")
