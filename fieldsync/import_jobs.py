"""Imports that a server does for somebody: begun with an archive, followed by their state, rejects to download.

One at a time in a process; two processes are kept apart by the import itself, which none begins while another has not
ended. How far a job is stands in the database `imports`, so that every server tells it. The files, which have persons
in them, are on the disk of the server that works on them alone: the tables until the job ends; its rejects for a day or
until the server stops, in a file that has no name any more. A job that a crash left is told as interrupted; the same
archive again goes on where it was.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from fieldsync.clock import parse_time, write_time
from fieldsync.errors import BadInput, Conflict, FieldsyncError, NotFound, places_of
from fieldsync.importing.mapping import ImportMapping, read_mapping
from fieldsync.importing.scratch import Scratch
from fieldsync.importing.upload import MAPPING, unpack
from fieldsync.registry_import import FILES, Importer, Order, Progress, plain_order
from fieldsync.stores.base import Database, Store

_log = logging.getLogger(__name__)
NAME = "imports"
KEPT_DAYS = 1
_SILENT = timedelta(minutes=10)
_REJECTS = "rejects.csv"
_CHUNK = 256 * 1024
_FAILED = "The server failed, its log says how: begin the import again, and it goes on. / 服务器出错；请重新导入。"
State = Literal["running", "done", "failed", "interrupted"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An import: whose, how, and how far: rows of a `stage` (`rows`, `registry`, `cells`), `total` 0 if not known.

    `heard` is when it last moved; `read`, `new` count rows by kind.
    """

    id: str
    by: str
    begun: str
    heard: str
    dry_run: bool
    skip_rejects: bool
    state: State = "running"
    stage: str = "rows"
    done: int = 0
    total: int = 0
    read: dict[str, int] = {}
    new: dict[str, int] = {}
    preloaded: int = 0
    rejected: int = 0
    error: str | None = None


class _StoppedError(Exception):
    """The server is about to end."""


class _Told(Progress):
    """Keeps a job's progress where every server finds it."""

    def __init__(self, jobs: ImportJobs, job: Job) -> None:
        self._jobs, self.job = jobs, job

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note how far it is. Raises _StoppedError where the server ends."""
        so_far = self.job.done if stage == self.job.stage else 0
        self.job = self._jobs.note(self.job, stage=stage, done=so_far + done, total=total)


class ImportJobs:
    """Begins imports and tells how far they are."""

    def __init__(self, store: Store, importer: Callable[[], Importer], now: Callable[[], datetime]) -> None:
        self._db: Database = store.create(NAME)
        self._importer, self._now = importer, now
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="import")
        self._busy, self._stopped = threading.Lock(), threading.Event()
        self._rejects: dict[str, BinaryIO] = {}

    def begin(self, archive: bytes, by: str, *, dry_run: bool, skip_rejects: bool) -> Job:
        """Begin an import and return its job. Raises BadInput, or Conflict while another is at work here."""
        if not self._busy.acquire(blocking=False):
            raise Conflict("Another import is at work: wait until it has ended. / 已有导入正在进行；请等待其完成。")
        try:
            return self._begun(archive, by, dry_run, skip_rejects)
        except Exception:
            self._busy.release()
            raise

    def get(self, job_id: str) -> Job:
        """Return a job. Raises NotFound."""
        kept = self._db.local(job_id)
        if kept is None:
            raise NotFound(f"There is no import {job_id:.80}. / 没有这次导入。")
        return self._as_it_is(msgspec.json.decode(kept, type=Job))

    def all(self) -> list[Job]:
        """Return the jobs, newest first."""
        found = [self._as_it_is(msgspec.json.decode(body, type=Job)) for _, body in self._db.locals()]
        return sorted(found, key=lambda job: job.begun, reverse=True)

    def rejects(self, job_id: str) -> Iterator[bytes]:
        """Return the rows that could not enter, as a CSV file in pieces. Raises NotFound."""
        kept = self._rejects.get(self.get(job_id).id)
        if kept is None:
            raise NotFound(
                "There are no rejects of this import here: none yet, none at all, or they are no longer kept; check the"
                " archive again with dry_run. / 此处没有问题行文件；可用 dry_run 重新检查。"
            )
        return _pieces(os.dup(kept.fileno()))

    def settle(self) -> None:
        """Return once what is at work has ended."""
        self._pool.submit(lambda: None).result()

    def close(self) -> None:
        """End what is at work, which can go on later, and remove all files."""
        self._stopped.set()
        self._pool.shutdown(wait=True)
        for kept in self._rejects.values():
            kept.close()
        if "_scratch" in vars(self):
            self._scratch.close()

    def note(self, job: Job, **changes: object) -> Job:
        """Keep a job as it is now. Raises _StoppedError where the server ends."""
        if self._stopped.is_set():
            raise _StoppedError
        return self._keep(job, **changes)

    @cached_property
    def _scratch(self) -> Scratch:
        """Return where files are kept, made when the first import comes."""
        return Scratch()

    def _begun(self, archive: bytes, by: str, dry_run: bool, skip_rejects: bool) -> Job:
        at = write_time(self._now())
        job = Job(id=str(uuid.uuid4()), by=by, begun=at, heard=at, dry_run=dry_run, skip_rejects=skip_rejects)
        self._sweep()
        place = self._scratch.folder / job.id
        (place / "tables").mkdir(parents=True)
        try:
            unpack(archive, place / "tables")
            order = Order(_mapping(place / "tables"), place / "tables", place / _REJECTS, skip_rejects, dry_run)
        except BadInput as error:
            shutil.rmtree(place)
            raise BadInput(_without(error.message, place), **error.fields) from None
        self._keep(job)
        self._pool.submit(self._work, job, order)
        return job

    def _work(self, job: Job, order: Order) -> None:
        told = _Told(self, job)
        try:
            tally = self._importer().run(order, self._now(), told)
            counts = {"read": tally.read, "new": tally.new, "preloaded": tally.preloaded, "rejected": tally.rejected}
            self._keep(told.job, state="done", **counts)
        except _StoppedError:
            self._keep(told.job, state="interrupted")
        except FieldsyncError as error:
            self._keep(told.job, state="failed", **_said(error, order.folder.parent))
        except Exception as error:
            _log.error("Import %s failed: %s, at %s", job.id, type(error).__name__, places_of(error))
            self._keep(told.job, state="failed", error=_FAILED)
            raise
        finally:
            self._unname(job, order.folder.parent)
            self._busy.release()

    def _unname(self, job: Job, place: Path) -> None:
        """Remove a job's files; its rejects are read on from the open file, which ends with the process."""
        if (place / _REJECTS).exists():
            self._rejects[job.id] = (place / _REJECTS).open("rb")
        shutil.rmtree(place, ignore_errors=True)

    def _keep(self, job: Job, **changes: object) -> Job:
        changed = msgspec.structs.replace(job, heard=write_time(self._now()), **changes)
        self._db.put_local(job.id, msgspec.json.encode(changed))
        return changed

    def _as_it_is(self, job: Job) -> Job:
        heard = parse_time(job.heard)
        is_silent = job.state == "running" and heard is not None and self._now() - heard > _SILENT
        return msgspec.structs.replace(job, state="interrupted") if is_silent else job

    def _sweep(self) -> None:
        """Let go of the rejects of jobs that began more than a day ago."""
        since = write_time(self._now() - timedelta(days=KEPT_DAYS))
        for job in self.all():
            if job.begun < since and job.id in self._rejects:
                self._rejects.pop(job.id).close()


def _pieces(file: int) -> Iterator[bytes]:
    """Yield the content of an open file from its beginning, then close it; others may read it, too."""
    try:
        at = 0
        while piece := os.pread(file, _CHUNK, at):
            yield piece
            at += len(piece)
    finally:
        os.close(file)


def _mapping(folder: Path) -> ImportMapping:
    """Return the mapping that lies among the files, or that of files called as ours. Raises BadInput."""
    if (folder / MAPPING).exists():
        return read_mapping((folder / MAPPING).read_bytes(), MAPPING)
    return plain_order(folder, FILES)


def _said(error: FieldsyncError, folder: Path) -> dict[str, object]:
    """Return what a job says of its failure: of rejected rows their number alone, for they have persons in them."""
    rejected = error.fields.get("rejected")
    if not rejected:
        return {"error": _without(error.message, folder)}
    told = f"Nothing was imported: {rejected} rows cannot enter; download them with their reasons."
    return {"rejected": rejected, "error": f"{told} / 未导入：{rejected} 行有问题；请下载查看原因。"}


def _without(message: str, folder: Path) -> str:
    """Return a message without where the server keeps its files."""
    return message.replace(f"{folder}/tables/", "").replace(f"{folder}/", "")
