"""Moves over the API: who may see and take back; nothing but identifiers, cells and days."""

from __future__ import annotations

from fieldsync.moves.ends import End
from fieldsync.moves.matching import Move
from tests.api.city import ELSEWHERE, NORTH, City

HASH = "identity:0123"


def end(kind: str, cell: str, person: str = "one", household: str | None = None) -> End:
    return End(
        kind=kind,  # type: ignore[arg-type]
        cell=cell,
        stay=f"stay:{kind}:{person}",
        person=f"person:{person}",
        household=household,
        day="2026-11-10",
        place=None,
        identity=HASH,
        likeness="wangfang:1980-02-03",
        noted="2026-11-23T08:00:00.000Z",
    )


def test_moves_are_shown_to_staff_of_either_end_without_what_tells_who_it_is(city: City) -> None:
    """Staff of either cell see it; the hash and the sound of the name stay inside; only the new end takes it back."""
    city.import_plan()
    city.add("wang", "supervisor", "510107")
    city.add("zhao", "supervisor", "510104")
    city.add("far", "supervisor", "510105")
    moves = city.app.state.pipeline.moves
    ends = {"departure": end("departure", NORTH), "arrival": end("arrival", ELSEWHERE)}
    made = Move(id="m1", how="identifier", state="matched", at="2026-11-23T08:00:00.000Z", **ends)
    moves._moves.add("m1", made)
    for name, count in (("wang", 1), ("zhao", 1), ("far", 0)):
        answer = city.client.get("/api/v1/moves?unmatched=true", headers=city.log_in(name))
        assert (answer.status_code, len(answer.json()["moves"])) == (200, count)
        assert HASH not in answer.text
        assert "wangfang" not in answer.text
    assert city.client.post("/api/v1/moves/m1/undo", headers=city.log_in("wang")).status_code == 403
    undone = city.client.post("/api/v1/moves/m1/undo", headers=city.log_in("zhao"))
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert city.client.post("/api/v1/moves/absent/undo", headers=city.log_in("zhao")).status_code == 404


def test_a_household_that_moves_is_told_as_one(city: City) -> None:
    """Three leave one household, two of them for one other on that day; a move that was taken back counts no more."""
    city.import_plan()
    city.add("wang", "supervisor", "510107")
    moves = city.app.state.pipeline.moves
    for person, there, state in (
        ("a", "household:new", "matched"),
        ("b", "household:new", "likely"),
        ("c", "household:else", "matched"),
        ("d", "household:new", "undone"),
    ):
        left, came = end("departure", NORTH, person, "household:old"), end("arrival", ELSEWHERE, person, there)
        made = Move(id=person, departure=left, arrival=came, how="identifier", state=state, at=left.noted)  # type: ignore[arg-type]
        moves._moves.add(person, made)
    answer = city.client.get("/api/v1/moves", headers=city.log_in("wang")).json()
    assert len(answer["moves"]) == 4
    (one,) = answer["households"]
    assert (one["departure"], one["arrival"], one["moves"]) == ("household:old", "household:new", ["a", "b"])
    assert (one["from_cell"], one["to_cell"], one["day"]) == (NORTH, ELSEWHERE, "2026-11-10")
