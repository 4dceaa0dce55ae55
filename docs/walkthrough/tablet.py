"""A tablet in a hundred lines: replicas in a file, edits without a network, and a push of what was written.

Usage: tablet.py FILE enrol SERVER CODE | pull CELL DOCUMENT… | edit CELL DOCUMENT [--minutes-ago N] ITEM=VALUE…
       | submit CELL HOUSEHOLD ROUND DOCUMENT… | push CELL | read CELL KIND
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

Document = dict[str, Any]


class Tablet:
    """What the tablet holds, in a JSON file: server and token, documents with their paths, what it must send."""

    def __init__(self, file: Path) -> None:
        """Read the file, or begin."""
        self._file = file
        self.held: Document = json.loads(file.read_text()) if file.exists() else {"documents": {}, "unsent": []}

    def keep(self) -> None:
        """Write the file."""
        self._file.write_text(json.dumps(self.held, ensure_ascii=False, indent=1))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request as the enrolled tablet, with the reading of its clock."""
        headers = {"Content-Type": "application/json", "X-Fieldsync-Clock": datetime.now(UTC).isoformat()}
        if "token" in self.held:
            headers["Authorization"] = f"Bearer {self.held['token']}"
        data = json.dumps(body).encode() if body is not None else None
        with urlopen(Request(self.held["server"] + path, data, headers, method=method)) as answer:
            return json.load(answer)

    def enrol(self, server: str, code: str) -> None:
        """Become the tablet of the collector whom the code was made for."""
        self.held["server"] = server
        answer = self.ask("POST", "/api/v1/devices/enrol", {"code": code, "label": self._file.stem})
        self.held["token"] = answer["access"]
        self.held["user"] = self.ask("GET", "/api/v1/me")["user"]["name"]

    def pull(self, cell: str, *documents: str) -> None:
        """Fetch documents with their history."""
        for document in documents:
            self.held["documents"][document] = self.ask("GET", f"/db/{cell}/{quote(document)}?revs=true")

    def edit(self, _cell: str, document: str, *values: str) -> None:
        """Write a revision on the one that is held; nobody hears of it yet."""
        written = datetime.now(UTC)
        if values[0] == "--minutes-ago":
            written, values = written - timedelta(minutes=int(values[1])), values[2:]
        body = self.held["documents"][document]
        body["data"] |= dict(value.split("=", 1) for value in values)
        self._write(document, body, written)

    def submit(self, _cell: str, household: str, campaign: str, *covered: str) -> None:
        """Write that a household is done, with the versions of what it covers."""
        covers = {document: self.held["documents"][document]["_rev"] for document in covered}
        data = {"household": household, "round": campaign, "result": "complete", "covers": covers}
        self._write(f"submission:{uuid.uuid4()}", {"kind": "submission", "data": data}, datetime.now(UTC))

    def _write(self, document: str, body: Document, written: datetime) -> None:
        path = body.pop("_revisions", {"start": 0, "ids": []})
        content = {name: value for name, value in body.items() if not name.startswith("_")}
        content["meta"] = {"at": written.isoformat()}
        digest = hashlib.md5(json.dumps([path, content]).encode(), usedforsecurity=False).hexdigest()
        revisions = {"start": path["start"] + 1, "ids": [digest, *path["ids"]]}
        rev = f"{revisions['start']}-{digest}"
        self.held["documents"][document] = {"_id": document, "_rev": rev, "_revisions": revisions, **content}
        self.held["unsent"].append(document)

    def push(self, cell: str) -> None:
        """Send what was written since the last push, as CouchDB's replication does."""
        documents = [self.held["documents"][document] for document in dict.fromkeys(self.held["unsent"])]
        self.ask("POST", f"/db/{cell}/_bulk_docs", {"new_edits": False, "docs": documents})
        self.held["unsent"] = []

    def read(self, cell: str, kind: str) -> None:
        """Print what the server says to this collector, in his own words."""
        path = f'/db/{cell}/_all_docs?include_docs=true&startkey="{kind}:"&endkey="{kind};"'
        for row in self.ask("GET", path)["rows"]:
            data = row["doc"]["data"]
            if data.get("for") not in (None, self.held["user"]):
                continue
            for message in data.get("messages", [data]):
                print(message["text"]["en"], message["text"]["zh"], sep="\n")


def main(file: str, action: str, *arguments: str) -> None:
    """Do one thing and keep what came of it."""
    tablet = Tablet(Path(file))
    getattr(tablet, action)(*arguments)
    tablet.keep()


if __name__ == "__main__":
    main(*sys.argv[1:])
