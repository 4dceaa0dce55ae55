"""Becoming: what each change of a document has come to, as news for whoever made it.

Pure. Reads the outcomes in the ledger, the cases behind them, and the merges that put a value together with others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldsync.cases import Case
from fieldsync.ledger import Entry, Outcome
from fieldsync.merging import value_from, value_in
from fieldsync.proposals import DELETED
from fieldsync.registry import is_same_fact
from fieldsync.telling.attachments import Twice, kept_twice
from fieldsync.telling.news import TOLD, News, Told, sorted_news, stamp_of

COMBINED = ("union", "append")


def news_of(told: Told) -> list[News]:
    """Return what there is to tell of a document, in the order in which it was taken down."""
    return sorted_news(told, _all_news(told))


def _all_news(told: Told) -> Iterator[News]:
    for entry in told.log.edits():
        for item in entry.changes if entry.author else ():
            yield from Becoming(told, entry, item).news()
    for entry in told.log.entries.values():
        for twice in kept_twice(entry, told.log) if entry.arrived >= told.since else ():
            yield from _of_photos(told, entry, twice)


@dataclass(frozen=True, slots=True)
class Becoming:
    """One change, and what it came to."""

    told: Told
    entry: Entry
    item: str

    def news(self) -> Iterator[News]:
        """Yield what its maker should hear: of its outcome, else of a merge that put it together with others."""
        outcome = self.told.log.outcomes.get((self.entry.rev, self.item))
        found = self._of_outcome(outcome) if outcome and outcome.at >= self.told.since else None
        if found:
            yield found
        elif self.told.rules.strategy_of(self.item) in COMBINED:
            yield from self._combined()

    def _of_outcome(self, outcome: Outcome) -> News | None:
        case = self.told.cases.get(outcome.cause.removeprefix("chosen:").removeprefix("accepted:"))
        if self.item == DELETED:
            return self._deletion(outcome, case)
        if case and case.kind == "contest":
            return self._contest(outcome, case)
        is_by_person = outcome.by is not None and outcome.by != "auto"
        if case and is_by_person and outcome.outcome in ("admitted", "returned", "refused"):
            return self._decided(outcome, case)
        if outcome.outcome == "overruled":
            return self._overruled(outcome)
        return self._chosen_before() if outcome.outcome in ("admitted", "agreed", "waiting") else None

    def _made(self, kind: str, at: str, cause: str, **more: Any) -> News:
        return News(
            kind=kind,
            document=self.told.document,
            item=self.item,
            rev=self.entry.rev,
            whose=self.entry.author or "",
            at=at,
            cause=cause,
            made=stamp_of(self.entry, self.item),
            mine=self._value(self.entry.body),
            **more,
        )

    def _value(self, body: Mapping[str, Any] | None) -> Any:
        return value_in(body, self.item, self.told.rules)

    def _overruled(self, outcome: Outcome) -> News | None:
        """Tell of a change that another took the place of: by rule, or since somebody changed it on top."""
        kept = self.told.log.entries.get(outcome.cause)
        winner = self.told.log.entries.get(str(outcome.detail.get("winner"))) or kept
        if kept is None or winner is None:
            return None
        value = self._value(kept.body)
        source = self._source(winner, value)
        if source and source.author == self.entry.author:
            return None
        named = {"other_by": (source.author,), "other_made": stamp_of(source, self.item)} if source else {}
        kind = self._kind(outcome, winner, source)
        return self._made(kind, outcome.at, outcome.cause, other=value, **named)

    def _kind(self, outcome: Outcome, winner: Entry, source: Entry | None) -> str:
        if source is None:
            return "closing" if winner.cause in self.told.cases else "registry"
        strategy = str(outcome.detail.get("strategy", "latest"))
        return strategy if strategy in TOLD else "merge"

    def _source(self, winner: Entry, value: Any) -> Entry | None:
        """Return the edit that a value came from; None where it came from the registry or from staff."""
        if winner.author:
            return winner
        if winner.cause in self.told.cases:
            return None
        history = self.told.log.ancestry().of(winner.rev)
        edits = [e for e in self.told.log.edits() if e.rev in history and self.item in e.changes and e.author]
        same = [e for e in edits if is_same_fact(self._value(e.body), value)]
        return max(same, key=lambda e: (stamp_of(e, self.item), e.rev), default=None)

    def _contest(self, outcome: Outcome, case: Case) -> News | None:
        """Tell that a value waits in a contest, or what a person decided about it."""
        if case.decision is None:
            return self._contested(outcome, case) if case.is_open else None
        if outcome.outcome == "waiting" and outcome.cause == case.id:
            return None
        value = _chosen(case)
        return self._made(
            "not_chosen" if outcome.outcome == "overruled" else "chosen",
            case.decision["at"],
            case.id,
            other=value,
            other_by=self._authors(case, value),
            by=case.decision["by"],
            reason=case.decision.get("reason"),
        )

    def _contested(self, outcome: Outcome, case: Case) -> News | None:
        mine = self._value(self.entry.body)
        others = [c for c in case.candidates if not is_same_fact(value_from(c), mine)]
        if not others:
            return None
        return self._made(
            "contested",
            outcome.at,
            case.id,
            other=value_from(others[0]),
            other_by=self._authors(case, value_from(others[0])),
            other_made=others[0].get("at"),
            level=case.level,
        )

    def _authors(self, case: Case, value: Any) -> tuple[str, ...]:
        holding = {c["by"] for c in case.candidates if c.get("by") and is_same_fact(value_from(c), value)}
        return tuple(sorted(holding - {self.entry.author}))

    def _chosen_before(self) -> News | None:
        """Tell whoever brought the value that a person chose in a contest, whatever has become of it since."""
        mine = self._value(self.entry.body)
        decided = [c for c in self.told.cases.values() if c.kind == "contest" and c.item == self.item and c.decision]
        ours = [c for c in decided if any(self.entry.rev == one["rev"] for one in c.candidates)]
        case = next((c for c in ours if is_same_fact(_chosen(c), mine)), None)
        decision = case.decision if case else None
        if case is None or decision is None:
            return None
        by, reason = decision["by"], decision.get("reason")
        return self._made("chosen", decision["at"], case.id, other=mine, by=by, reason=reason)

    def _decided(self, outcome: Outcome, case: Case) -> News:
        asked = next((i for i in case.items if (i["document"], i["item"]) == (self.told.document, self.item)), None)
        is_reversal = case.kind == "reversal"
        back = asked["proposed" if is_reversal else "registry"] if asked else {}
        return self._made(
            "reverted" if is_reversal else outcome.outcome,
            outcome.at,
            case.id,
            by=outcome.by,
            reason=outcome.detail.get("reason") or (case.decision or {}).get("reason"),
            other=value_from(back),
        )

    def _deletion(self, outcome: Outcome, case: Case | None) -> News | None:
        if outcome.outcome == "refused":
            decision = (case.decision if case else None) or {}
            return self._made("not_deleted", outcome.at, outcome.cause, by=outcome.by, reason=decision.get("reason"))
        if outcome.outcome != "waiting":
            return None
        level = case.level if case else None
        return self._made("deletion", outcome.at, outcome.cause, level=level, other_by=self._kept_against())

    def _kept_against(self) -> tuple[str, ...]:
        """Return who changed the document without having seen the deletion, which never counts against an edit."""
        ancestry = self.told.log.ancestry()
        seen = ancestry.of(self.entry.rev)
        apart = [e for e in self.told.log.edits() if e.rev not in seen and self.entry.rev not in ancestry.of(e.rev)]
        authors = {e.author for e in apart if e.author and not e.deleted}
        return tuple(sorted(authors - {self.entry.author}))

    def _combined(self) -> Iterator[News]:
        """Tell of the last merge that made something else of a value than was entered."""
        met = [r for r in self.told.log.entries.values() if r.arrived >= self.told.since and self._combining(r)]
        for last in sorted(met, key=lambda r: (r.arrived, r.rev))[-1:]:
            revs = {v["rev"] for d in self._combining(last) for v in d["values"]}
            authors = {e.author for rev in revs if (e := self.told.log.entries.get(rev))} - {self.entry.author}
            others = tuple(sorted(filter(None, authors)))
            if authors and not is_same_fact(self._value(self.entry.body), self._value(last.body)):
                yield self._made("combined", last.arrived, last.rev, other=self._value(last.body), other_by=others)

    def _combining(self, resolution: Entry) -> list[Mapping[str, Any]]:
        """Return the decisions of a merge that put the value together with others."""
        mine = [d for d in resolution.decisions if d["item"] == self.item and d["strategy"] in COMBINED]
        return [d for d in mine if any(v["rev"] == self.entry.rev for v in d["values"])]


def _of_photos(told: Told, resolution: Entry, twice: Twice) -> Iterator[News]:
    """Tell both collectors of a picture that was kept beside another of the same name."""
    sides = ((twice.moved, twice.name, twice.stayed), (twice.stayed, twice.original, twice.moved))
    for mine, name, other in sides:
        if mine.author and mine.author != other.author:
            yield News(
                kind="photo",
                document=told.document,
                item=twice.original,
                rev=mine.rev,
                whose=mine.author,
                at=resolution.arrived,
                cause=resolution.rev,
                made=mine.arrived,
                mine=name,
                other=twice.original if name == twice.name else twice.name,
                other_by=(other.author,) if other.author else (),
            )


def _chosen(case: Case) -> Any:
    """Return the value that a person decided on in a contest."""
    decision: Mapping[str, Any] = case.decision or {}
    if decision.get("action") == "value":
        return value_from(decision["value"])
    return value_from(next((c for c in case.candidates if c["rev"] == decision.get("rev")), {}))
