"""Notices: what one collector should hear of one household, in one document, derived whole from ledger and cases.

Written only while there is something to say, and only where it differs. A document of several households is told of
with the first of them, so that nobody reads the same twice; a building is told of by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fieldsync.admit import Books
from fieldsync.cases import BY_ITEM, Case
from fieldsync.clock import parse_time, write_time
from fieldsync.documents import DocId, cell_database, data_of, decode_body, derived_id, kind_of
from fieldsync.ledger import DocumentLog
from fieldsync.revisions import generation
from fieldsync.server_writes import Pen
from fieldsync.stores.base import Query
from fieldsync.telling.becoming import news_of
from fieldsync.telling.news import News, Told, in_order
from fieldsync.telling.people import Naming, People
from fieldsync.telling.reading import Reading
from fieldsync.telling.sentences import Speaker
from fieldsync.units import Document, Unit, Units

NEWS_DAYS = 14
"""For how long something is news."""


class Notices:
    """Derives the notices of units and writes them; idempotent."""

    def __init__(self, books: Books, pen: Pen, people: People, zone: ZoneInfo) -> None:
        self._books, self._pen, self._people, self._zone = books, pen, people, zone
        self._units = Units(books.store)

    def tell(self, unit: Unit) -> None:
        """Tell the collectors of a unit, and of the units that share a document with it."""
        shared = self._tell(unit)
        for other in sorted(shared - {unit.id}):
            self._tell(self._units.load(unit.cell, other))

    def tell_building(self, cell: str, building: str) -> None:
        """Tell the collectors of a building."""
        database = self._books.store.database(cell_database(cell))
        found = database.get(DocId(building))
        if found is None or found.deleted:
            return
        document = Document(building, found.rev, decode_body(found.body))
        about = database.find(Query({"data.building": building}, limit=10_000))
        notices = [Document(r.id, r.rev, decode_body(r.body)) for r in about if kind_of(r.id) == "notice"]
        self._publish(Unit(building, cell, {building: document}, tuple(notices)), self._news(cell, document))

    def withdraw_expired(self, cell: str) -> int:
        """Withdraw what is no news any more; returns how many notices that were."""
        now = write_time(self._books.now())
        found = self._books.store.database(cell_database(cell)).documents("notice:", "notice;")
        old = [r.id for r in found if str(data_of(decode_body(r.body)).get("expires", "~")) <= now]
        return self._pen.withdraw(cell, old, "state")

    def _tell(self, unit: Unit) -> set[str]:
        """Write the notices of one unit; returns the units that share a document of which there is news."""
        news: list[News] = []
        shared: set[str] = set()
        for subject in unit.subjects.values():
            found = self._news(unit.cell, subject) if subject.kind != "building" else []
            units = (self._units.of_document(unit.cell, subject.id) or {unit.id}) if found else set()
            shared |= units
            news += found if unit.id == min(units, default="") else []
        self._publish(unit, sorted(news, key=in_order))
        return shared

    def _news(self, cell: str, document: Document) -> list[News]:
        if not self._may_have_news(cell, document):
            return []
        log = self._books.ledger.document(cell, document.id)
        since = write_time(self._books.now() - timedelta(days=NEWS_DAYS))
        rules = self._books.kinds.merge_rules(document.kind)
        return news_of(Told(document.id, log, rules, self._cases(cell, document.id, log), since))

    def _may_have_news(self, cell: str, document: Document) -> bool:
        """Tell whether a tablet ever wrote the document: most only ever came from the registry."""
        if generation(document.rev) > 1:
            return True
        entry = self._books.ledger.entry(cell, document.id, document.rev)
        return entry is not None and entry.is_edit

    def _cases(self, cell: str, document: str, log: DocumentLog) -> Mapping[str, Case]:
        about = [case for case in self._books.cases.where(document=document) if case.cell == cell]
        causes = {o.cause for o in log.outcomes.values() if o.cause.startswith(BY_ITEM)}
        asked = [case for cause in sorted(causes) if (case := self._books.cases.find(cause))]
        return {case.id: case for case in (*about, *asked)}

    def _publish(self, unit: Unit, news: Iterable[News]) -> None:
        by_collector: dict[str, list[News]] = {}
        for one in news:
            by_collector.setdefault(one.whose, []).append(one)
        wanted = {notice_id(unit, who): self._body(unit, who, told) for who, told in by_collector.items()}
        if wanted:
            self._pen.publish(unit.cell, wanted, "state")
        gone = [DocId(d.id) for d in unit.of_kind("notice") if d.id not in wanted]
        if gone:
            self._pen.withdraw(unit.cell, gone, "state")

    def _body(self, unit: Unit, who: str, news: list[News]) -> dict[str, Any]:
        speaker = self._speaker(unit, {kind_of(one.document) for one in news})
        messages = [_message(one, speaker.text(one)) for one in news]
        last = parse_time(max(one.at for one in news)) or self._books.now()
        data = {
            "for": who,
            kind_of(unit.id): unit.id,
            "messages": messages,
            "text": {
                "en": " ".join(m["text"]["en"] for m in messages),
                "zh": "".join(m["text"]["zh"] for m in messages),
            },
            "expires": _expiry(last),
        }
        return {"kind": "notice", "data": data}

    def _speaker(self, unit: Unit, kinds: Iterable[str]) -> Speaker:
        forms = self._books.kinds
        readings = {kind: Reading(forms.merge_rules(kind), forms.lineage(kind)) for kind in kinds}
        return Speaker(self._people, naming_of(unit, forms.sensitive), readings, self._zone)


def naming_of(unit: Unit, hidden: Callable[[str], frozenset[str]]) -> Naming:
    """Return what the documents of a unit are called."""
    return Naming({d.id: d.body for d in unit.subjects.values()}, hidden)


def notice_id(unit: Unit, who: str) -> DocId:
    """Return the identifier of the notice that tells a collector of a unit."""
    return DocId(f"notice:{derived_id('told', unit.cell, unit.id, who)}")


def _message(news: News, text: dict[str, str]) -> dict[str, Any]:
    about = {"id": news.id, "document": news.document, "item": news.item, "rev": news.rev}
    return {**about, "outcome": news.kind, "at": news.at, "text": text}


def _expiry(last: datetime) -> str:
    return write_time(last + timedelta(days=NEWS_DAYS))
