"""Those who work in the story of the planted values: staff at their desks, and a tablet that speaks to `/db` itself.

Each keeps what it was answered, since what is masked is looked through for planted values, too.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import Any

import httpx
import openpyxl

from fieldsync.revisions import server_rev

PASSWORD = "correct horse battery"
CELL = "510107001004001"


def uid(name: str) -> str:
    """Return a document's UUID by a name that reads well."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"planted {name}"))


class Desk:
    """Somebody of the staff, logged in."""

    def __init__(self, address: str, name: str) -> None:
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=30)
        access = self.post("session", name=name, password=PASSWORD)["access"]
        self._http.headers["Authorization"] = f"Bearer {access}"
        self.read = b""

    def get(self, path: str, **query: Any) -> bytes:
        """Read something, whatever is answered."""
        content = self._http.get(path, params=query).content
        self.read += content
        return content

    def json(self, path: str, **query: Any) -> Any:
        """Read something that must be there."""
        answer = self._http.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, *, content: bytes | None = None, status: int = 0, **body: Any) -> Any:
        """Have something done; `status` is that of the answer where it is to fail."""
        sent: dict[str, Any] = {"json": body} if content is None else {"content": content}
        answer = self._http.post(path, **sent)
        assert answer.status_code == status if status else answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    def cases(self, kind: str) -> list[dict[str, Any]]:
        """Return the open cases of a kind, as a list shows them."""
        content = self.get("cases", kind=kind)
        found: list[dict[str, Any]] = json.loads(content)["cases"]
        return found

    def decide(self, case: str, **verdict: Any) -> Any:
        """Look at a case, then decide it."""
        self.json(f"cases/{case}")
        return self.post(f"cases/{case}/decision", **verdict)


class Tablet:
    """A tablet that pushes children of what it sees."""

    def __init__(self, address: str, access: str) -> None:
        headers = {"Authorization": f"Bearer {access}"}
        self._http = httpx.Client(base_url=f"{address}/db/{CELL}/", headers=headers, timeout=30)

    def get(self, document: str) -> dict[str, Any]:
        """Return the winner with its path."""
        found: dict[str, Any] = self._http.get(f"./{document}", params={"revs": "true"}).json()
        return found

    def edit(self, seen: dict[str, Any], **items: Any) -> None:
        """Push a child of the version that was seen."""
        meta = {"at": "2026-11-23T08:00:00Z"}
        body = {"kind": seen["kind"], "data": {**seen["data"], **items}, "meta": meta}
        rev = server_rev(seen["_rev"], False, body)
        ids = [rev.partition("-")[2], *seen["_revisions"]["ids"]]
        path = {"start": seen["_revisions"]["start"] + 1, "ids": ids}
        self.push({"_id": seen["_id"], "_rev": rev, "_revisions": path, **body})

    def new(self, document: str, **items: Any) -> None:
        """Push the first version of a document."""
        body = {"kind": document.partition(":")[0], "data": items}
        self.push({"_id": document, "_rev": server_rev(None, False, body), **body})

    def push(self, document: dict[str, Any]) -> None:
        """Push a document as it is."""
        answer = self._http.post("_bulk_docs", json={"docs": [document], "new_edits": False})
        assert (answer.status_code, answer.json()) == (201, []), answer.text

    def send(self, content: bytes) -> int:
        """Push what need not be JSON; returns the status."""
        return self._http.post("_bulk_docs", content=content).status_code

    def submit(self, name: str, household: str, *documents: str, **more: Any) -> None:
        """Hand a household in as the cell has it."""
        covers = {document: self.get(document)["_rev"] for document in (household, *documents)}
        data = {"household": household, "round": "r", "result": "complete", "covers": covers, **more}
        self.new(f"submission:{uid(name)}", **data)


def workbook_of(tables: dict[str, list[dict[str, str]]]) -> bytes:
    """Return an archive of one workbook with a sheet for each kind, and the mapping that says so."""
    book, mapping = openpyxl.Workbook(), ""
    for kind, rows in tables.items():
        sheet = book.create_sheet(kind)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
        cell = 'cell = "cell"\n' if kind == "building" else ""
        fields = "".join(f'{name} = "{name}"\n' for name in rows[0] if name not in ("id", "cell"))
        mapping += f'[[table]]\nkind = "{kind}"\nfile = "city.xlsx"\nsheet = "{kind}"\n{cell}[table.fields]\n{fields}'
    written, packed = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("city.xlsx", written.getvalue())
        archive.writestr("mapping.toml", mapping)
    return packed.getvalue()
