"""Import over HTTP: an archive begins a job that is followed to its end; administrators only."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fieldsync.errors import NotFound
from fieldsync.import_jobs import ImportJobs
from fieldsync.importing.scratch import Scratch
from fieldsync.registry_import import FILES
from tests.api.city import NORTH, City
from tests.api.registry_city import FANG, ROWS, URL
from tests.api.test_field_work import settings, uid, with_forms

__all__ = ["settings", "with_forms"]
IMPORTS = f"{URL}/imports"
BAD = ROWS["person"] + f"{uid('odd')},赵六,1,31.12.1980,,,\n"


@pytest.fixture
def ready(city: City) -> City:
    """A city with a plan, forms and nobody in it."""
    city.import_plan()
    return city


def archive(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("_", "."), text)
    return made.getvalue()


def handed_over(**changed: str) -> bytes:
    return archive(**{FILES[kind]: text for kind, text in {**ROWS, **changed}.items()})


def begin(city: City, body: bytes, query: str = "", status: int = 202) -> dict[str, Any]:
    answer = city.client.post(f"{IMPORTS}{query}", content=body, headers=city.log_in("admin"))
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(city: City, job: dict[str, Any]) -> dict[str, Any]:
    """Return a job once it has ended."""
    city.app.state.imports.settle()
    answer = city.client.get(f"{IMPORTS}/{job['id']}", headers=city.log_in("admin"))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    assert shown["state"] != "running"
    return shown


def test_an_archive_is_checked_then_imported_and_again_changes_nothing(ready: City) -> None:
    """A dry run writes nothing; what was imported is found; the same again is known; all of it is in the trail."""
    dry = ended(ready, begin(ready, handed_over(), "?dry_run=true"))
    assert (dry["state"], dry["read"]["person"], dry["new"], dry["dry_run"]) == ("done", 4, {}, True)
    assert ready.client.get(f"{URL}/{FANG}", headers=ready.log_in("admin")).status_code == 404
    done = ended(ready, begin(ready, handed_over()))
    assert (done["state"], done["new"]["person"], done["new"]["stay"], done["rejected"]) == ("done", 4, 5, 0)
    assert ready.client.get(f"{URL}/{FANG}", headers=ready.log_in("admin")).status_code == 200
    again = ended(ready, begin(ready, handed_over()))
    assert (again["new"]["person"], again["preloaded"]) == (0, 0)
    jobs = ready.client.get(IMPORTS, headers=ready.log_in("admin")).json()["imports"]
    assert {job["id"] for job in jobs} == {job["id"] for job in (dry, done, again)}
    traces = [trace for trace in ready.app.state.pipeline.trail.entries() if trace.action == "registry.import"]
    assert [trace.subject for trace in traces] == [dry["id"], done["id"], again["id"]]
    assert ready.client.get(f"{IMPORTS}/{done['id']}/rejects", headers=ready.log_in("admin")).status_code == 200


def test_rows_that_cannot_enter_are_downloaded_with_reasons(ready: City) -> None:
    """Nothing enters; the job says how many, not who; skipped, the others enter."""
    failed = ended(ready, begin(ready, handed_over(person=BAD)))
    assert (failed["state"], failed["rejected"]) == ("failed", 1)
    assert "赵六" not in failed["error"]
    assert "31.12" not in failed["error"]
    assert ready.client.get(f"{URL}/{FANG}", headers=ready.log_in("admin")).status_code == 404
    answer = ready.client.get(f"{IMPORTS}/{failed['id']}/rejects", headers=ready.log_in("admin"))
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["file"], row["row"]) == ("persons.csv", "6")
    assert "31.12.1980" in row["reason"]
    assert "日期" in row["原因"]
    skipped = ended(ready, begin(ready, handed_over(person=BAD), "?skip_rejects=true"))
    assert (skipped["state"], skipped["rejected"], skipped["new"]["person"]) == ("done", 1, 4)


def test_what_is_no_import_is_refused_at_once(ready: City) -> None:
    """No zip, none of ours, twice the same name, a mapping that is none: one error in two languages, nothing begun."""
    mapping = '[[table]]\nkind = "castle"\nfile = "persons.csv"\n[table.fields]\nname = "name"\n'
    for body in (
        b"",
        b"PK\x03\x04 not whole",
        archive(),
        archive(notes_docx="x"),
        archive(persons_csv="id\n"),
        archive(**{"a/persons.csv": "id\n", "b/persons.csv": "id\n"}),
        archive(**{**{FILES[k]: t for k, t in ROWS.items()}, "mapping.toml": mapping}),
    ):
        refused = begin(ready, body, status=400)
        assert "fieldsync-imports" not in refused["reason"]
        assert any("一" <= letter <= "鿿" for letter in refused["reason"])
    assert ready.client.get(IMPORTS, headers=ready.log_in("admin")).json() == {"imports": []}


def test_a_path_in_an_archive_leads_nowhere(ready: City) -> None:
    """Folders are left out of names, so that nothing is written elsewhere."""
    made = archive(**{f"../../{FILES[kind]}": text for kind, text in ROWS.items()})
    assert ended(ready, begin(ready, made, "?dry_run=true"))["state"] == "done"


def test_only_administrators_import(ready: City) -> None:
    """No other role begins, follows or downloads; what is not there is not found."""
    job = ended(ready, begin(ready, handed_over(), "?dry_run=true"))
    for role in ("supervisor", "reviewer", "auditor", "collector"):
        ready.add(f"some.{role}", role, NORTH)
        headers = ready.log_in(f"some.{role}")
        assert ready.client.post(IMPORTS, content=handed_over(), headers=headers).status_code == 403
        for path in ("", f"/{job['id']}", f"/{job['id']}/rejects"):
            assert ready.client.get(f"{IMPORTS}{path}", headers=headers).status_code == 403
    for path in ("/none", "/none/rejects"):
        assert ready.client.get(f"{IMPORTS}{path}", headers=ready.log_in("admin")).status_code == 404


def test_a_job_that_fell_silent_is_told_as_interrupted(ready: City) -> None:
    """Its server is gone: another one tells so, and does not have its rejects."""
    jobs: ImportJobs = ready.app.state.imports
    ended_job = ended(ready, begin(ready, handed_over(person=BAD)))
    kept = jobs.get(ended_job["id"])
    jobs.note(kept, state="running")
    assert jobs.get(kept.id).state == "running"
    ready.clock.pass_(minutes=11)
    other = ImportJobs(ready.services.store, lambda: ready.app.state.pipeline.importer(frozenset()), ready.clock)
    assert other.get(kept.id).state == "interrupted"
    with pytest.raises(NotFound, match="no longer kept"):
        other.rejects(kept.id)
    other.close()
    assert b"31.12.1980" in b"".join(jobs.rejects(kept.id))


def test_no_file_of_an_import_stays_on_the_disk(ready: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rejects, which can be read all the same, have no name; what a crash left, the next server removes."""
    temporary = tmp_path / "temporary"
    (temporary / "fieldsync-imports-crashed").mkdir(parents=True)
    (temporary / "fieldsync-imports-crashed" / "lock").touch()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    job = ended(ready, begin(ready, handed_over(person=BAD)))
    assert [path.name for path in temporary.rglob("*") if path.is_file()] == ["lock"]
    assert not (temporary / "fieldsync-imports-crashed").exists()
    assert ready.client.get(f"{IMPORTS}/{job['id']}/rejects", headers=ready.log_in("admin")).status_code == 200
    other = Scratch()
    assert len(list(temporary.iterdir())) == 2
    other.close()
    assert len(list(temporary.iterdir())) == 1


def test_a_failure_that_nobody_foresaw_is_in_the_log_without_what_was_sent(
    ready: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The job says where to look, the log where it came from; neither quotes a row, and the next import begins."""

    def broken(*_: Any) -> None:
        raise RuntimeError("赵六, 13800000000")

    with monkeypatch.context() as patch:
        patch.setattr("fieldsync.registry_import.Importer.run", broken)
        job = ended(ready, begin(ready, handed_over()))
    assert (job["state"], "its log" in job["error"]) == ("failed", True)
    (told,) = [record.getMessage() for record in caplog.records if record.name == "fieldsync.import_jobs"]
    assert job["id"] in told
    assert "broken" in told
    assert "赵六" not in told
    assert ended(ready, begin(ready, handed_over()))["state"] == "done"
