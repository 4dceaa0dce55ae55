"""Rounds: a campaign in an area, with its dates and forms, brought to every cell of the area."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from fieldsync.cells import Cells
from fieldsync.codes import checked_area
from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.form_catalogue import FormCatalogue
from fieldsync.form_delivery import form_documents
from fieldsync.server_writes import Pen
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LANGUAGES = frozenset({"zh", "en"})
_LONGEST_TITLE = 200


class Round(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="round"):
    """A round as it is kept; `since` and `until` are its first and last day (written `from`, `until`).

    `reference` is the moment that answers refer to; `forms` are identifiers of published forms.
    """

    id: str
    title: dict[str, str]
    area: str
    since: date = msgspec.field(name="from")
    until: date
    reference: datetime
    forms: tuple[str, ...]


class Rounds:
    """The rounds of an installation, in the database `grid`."""

    def __init__(self, store: Store, cells: Cells, forms: FormCatalogue, pen: Pen) -> None:
        self._rounds = Shelf(store.create("grid"), "round:", Round)
        self._cells = cells
        self._forms = forms
        self._pen = pen

    def all(self) -> Iterator[Round]:
        """Yield the rounds in order of identifier."""
        return self._rounds.all()

    def need(self, key: str) -> Round:
        """Return a round. Raises NotFound."""
        return self._rounds.need(key, "round").value

    def open(self, wanted: Round) -> Round:
        """Open a round: every cell of its area gets it and its forms.

        The same round again completes what a crash left undone. Raises BadInput, NotFound for a form that is not
        published, Conflict for a known identifier with other content.
        """
        checked = self._checked(wanted)
        if not self._rounds.add(checked.id, checked) and self.need(checked.id) != checked:
            raise Conflict(
                f"The round {checked.id!r} is open with other content: give another identifier."
                f" / 轮次 {checked.id} 已存在且内容不同；请改用其他标识。"
            )
        self._deliver(checked, (cell.code for cell in self._cells.within(checked.area)))
        return checked

    def deliver(self, codes: Iterable[str]) -> None:
        """Bring every round to those of these cells that lie in its area; for cells that came later than the round."""
        known = list(codes)
        for kept in self.all():
            self._deliver(kept, [code for code in known if code.startswith(kept.area)])

    def areas_of(self, form: str) -> set[str]:
        """Return the areas whose rounds use a form."""
        return {kept.area for kept in self.all() if form in kept.forms}

    def _deliver(self, kept: Round, codes: Iterable[str]) -> None:
        document, used = _document(kept), [self._forms.need(form) for form in kept.forms]
        documents = {
            code: {DocId(f"round:{kept.id}"): document} | form_documents(self._forms, used, code) for code in codes
        }
        self._pen.publish_all(documents, f"round:{kept.id}")

    def _checked(self, wanted: Round) -> Round:
        if not _ID.fullmatch(wanted.id):
            raise BadInput(
                "A round's identifier has 1 to 64 lower-case letters, digits, '.', '_' or '-'."
                " / 轮次标识须为 1 至 64 个小写字母、数字、“.”、“_”或“-”。",
                field="id",
            )
        if wanted.until < wanted.since:
            raise BadInput("A round ends after it begins. / 轮次的结束日期须晚于开始日期。", field="until")
        if wanted.reference.tzinfo is None:
            raise BadInput("The reference moment needs a time zone. / 标准时点须带时区。", field="reference")
        area = checked_area(wanted.area, self._cells.pattern)
        if next(self._cells.within(area), None) is None:
            raise NotFound(f"There is no cell in area {area}: import its plan first. / 该区域没有网格；请先导入方案。")
        for form in wanted.forms:
            if self._forms.need(form).retired:
                raise BadInput(
                    f"The form {form!r} is retired: release it again, or leave it out."
                    f" / 表单 {form} 已停用；请重新启用，或不列入。",
                    field="forms",
                )
        forms = tuple(dict.fromkeys(wanted.forms))
        return msgspec.structs.replace(wanted, area=area, title=_checked_title(wanted.title), forms=forms)


def _checked_title(title: dict[str, str]) -> dict[str, str]:
    texts = {language: text.strip() for language, text in title.items()}
    if set(texts) != _LANGUAGES or any(not 0 < len(text) <= _LONGEST_TITLE for text in texts.values()):
        raise BadInput(
            f"Give a round's title in zh and en, with 1 to {_LONGEST_TITLE} characters."
            f" / 请提供中文（zh）和英文（en）的轮次名称，各 1 至 {_LONGEST_TITLE} 个字符。",
            field="title",
        )
    return texts


def _document(kept: Round) -> dict[str, Any]:
    # Through JSON, so that it compares equal to what a cell holds already.
    data = msgspec.json.decode(msgspec.json.encode(kept), type=dict[str, Any])
    return {"kind": "round", "data": {key: value for key, value in data.items() if key != "type"}}
