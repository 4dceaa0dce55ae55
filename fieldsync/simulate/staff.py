"""Staff at their desks: logged in, over the API, deciding cases and reading what the registry and the books say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from fieldsync.errors import FieldsyncError

TIMEOUT_S = 60.0
PAGE = 1000
_LOOK_S = 0.2
_PATIENCE_S = 120.0


class DeskError(FieldsyncError):
    """The server did not answer a member of staff as expected."""

    code = "desk_error"


class Desk:
    """One member of staff with a session."""

    def __init__(self, address: str, name: str, password: str) -> None:
        self.name = name
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=TIMEOUT_S)
        session = self.post("session", {"name": name, "password": password})
        self._http.headers["Authorization"] = f"Bearer {session['access']}"

    def get(self, path: str, **query: Any) -> Any:
        """Read something. Raises DeskError with what the server said."""
        return self._answer("GET", path, params={k: v for k, v in query.items() if v is not None})

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send something. Raises DeskError with what the server said."""
        return self._answer("POST", path, json=body)

    def _answer(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        if not answer.is_success:
            raise DeskError(f"{method} {path} by {self.name} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def close(self) -> None:
        """Leave the desk."""
        self._http.close()

    def cases(self, state: str = "open", **where: str) -> list[dict[str, Any]]:
        """Return the cases of the desk's areas whose members equal these values."""
        found = self._pages("cases", "cases", state=state, kind=where.pop("kind", None))
        return [case for case in found if all(case.get(name) == value for name, value in where.items())]

    def case(self, state: str = "open", **where: str) -> dict[str, Any]:
        """Return the one case that fits. Raises DeskError when there is none, or more than one."""
        found = self.cases(state, **where)
        if len(found) != 1:
            raise DeskError(f"{self.name} looked for one {state} case with {where} and found {len(found)}.")
        return found[0]

    def decide(self, case: Mapping[str, Any], action: str, **verdict: Any) -> Any:
        """Decide a case, naming the versions that were looked at."""
        saw = {item["document"]: item["rev"] for item in case.get("items", ())}
        return self.post(f"cases/{case['id']}/decision", {"action": action, "saw": saw, **verdict})

    def record(self, record_id: str) -> dict[str, Any]:
        """Return a registry record in full, sensitive values too, with the reason that is asked for."""
        record: dict[str, Any] = self.get(f"registry/{record_id}", reveal="true", reason="closing the field day")
        return record

    def records(self, cell: str) -> Iterator[dict[str, Any]]:
        """Yield the registry records of a cell."""
        return self._pages("registry", "records", cell=cell)

    def story(self, document: str, cell: str) -> list[dict[str, Any]]:
        """Return what happened to a document, step by step."""
        steps: list[dict[str, Any]] = self.get(f"documents/{document}/story", cell=cell)["steps"]
        return steps

    def wait_for_steps(self, area: str) -> None:
        """Wait until what was pushed in an area has been resolved, checked and admitted or brought before somebody."""
        deadline = time.monotonic() + _PATIENCE_S
        while behind := self.get("reports/steps", area=area)["behind"]:
            if time.monotonic() > deadline:
                raise DeskError(f"After {_PATIENCE_S:.0f} s the steps are still behind in {', '.join(behind)}.")
            time.sleep(_LOOK_S)

    def _pages(self, path: str, member: str, **query: Any) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, limit=PAGE, **query)
            yield from page[member]
            cursor = page["next"]
            if not cursor:
                return
