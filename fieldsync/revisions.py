"""Revisions as CouchDB has them: their names, their winner, and the trees that they form.

Pure. A revision is named `{generation}-{hash}`; each knows one parent, whose generation is one less. A document's
revisions form a tree, or several where a history arrived without its beginning. The tree is a union of parent links, so
it does not depend on the order in which complete histories arrive.

Source: CouchDB documentation, "Replication and conflict model"; couch_key_tree.erl.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, Protocol, TypeVar, cast

from fieldsync.attachments import parted
from fieldsync.canonical import canonical as canonical
from fieldsync.documents import Rev
from fieldsync.errors import BadInput

REV = re.compile(r"[1-9]\d{0,8}-[0-9a-f]{32}", re.ASCII)
HIGHEST = 10**9 - 1
"""The highest generation."""
REVS_LIMIT = 1000
"""How many revisions of a branch are remembered."""
_HASH = re.compile(r"[0-9a-f]{32}")
_HASH_BYTES = 16
_BRANCH = struct.Struct(">?II")


class AnyLeaf(Protocol):
    """Whatever has a revision and may be deleted."""

    @property
    def rev(self) -> Rev:
        """Return the revision."""

    @property
    def deleted(self) -> bool:
        """Tell whether it is a tombstone."""


L = TypeVar("L", bound=AnyLeaf)


def is_rev(text: object) -> bool:
    """Tell whether this is a revision's name."""
    return isinstance(text, str) and REV.fullmatch(text) is not None


def parts(rev: str) -> tuple[int, str]:
    """Split a revision into its generation and its hash. Raises BadInput."""
    if not is_rev(rev):
        raise BadInput(f"{rev!r:.80} is not a revision: expected a generation, '-' and 32 lower-case hex digits.")
    start, _, digest = rev.partition("-")
    return int(start), digest


@lru_cache(4096)
def generation(rev: str) -> int:
    """Return a revision's generation: how many revisions its branch has from the very first to it. Raises BadInput."""
    return parts(rev)[0]


def path_of(revisions: object) -> tuple[Rev, ...]:
    """Read a document's `_revisions` as revisions, newest first. Raises BadInput when malformed."""
    if not isinstance(revisions, Mapping):
        raise BadInput("_revisions must be an object with a whole number 'start' and a list 'ids'.")
    start, ids = revisions.get("start"), revisions.get("ids")
    if isinstance(start, bool) or not isinstance(start, int) or not isinstance(ids, list) or not ids:
        raise BadInput("_revisions must have a whole number 'start' and a list 'ids' with at least one hash.")
    if not len(ids) <= start <= HIGHEST:
        raise BadInput(f"_revisions has {len(ids)} ids and starts at generation {start}: a path ends at 1 or before.")
    if not all(isinstance(digest, str) and _HASH.fullmatch(digest) for digest in ids):
        raise BadInput("_revisions.ids must be hashes of 32 lower-case hex digits.")
    return tuple(Rev(f"{start - depth}-{digest}") for depth, digest in enumerate(ids))


def revisions_of(path: Sequence[Rev]) -> dict[str, Any]:
    """Write a path, newest first, as a document's `_revisions`."""
    return {"start": generation(path[0]), "ids": [rev.partition("-")[2] for rev in path]}


def check_path(path: Sequence[str]) -> None:
    """Check that a path is one: revisions, newest first, each one generation below the last. Raises BadInput."""
    if not path:
        raise BadInput("A path needs at least one revision.")
    start = generation(path[0])
    for depth, rev in enumerate(path):
        if generation(rev) != start - depth:
            raise BadInput(f"The path of {path[0]} has {rev} where generation {start - depth} belongs.")


def server_rev(parent: Rev | None, deleted: bool, body: Mapping[str, Any]) -> Rev:
    """Name a revision made here: the same write on the same parent has the same name on every server.

    The hash is the MD5 of the canonical JSON of [parent, deleted, body, attachments], where the body is without its
    attachments, and each of those is [name, content type, digest]. Raises BadInput.
    """
    start = generation(parent) + 1 if parent else 1
    if start > HIGHEST:
        raise BadInput(f"{parent} has no room for a child: generations end at {HIGHEST}.")
    plain, attached = parted(body)
    digest = hashlib.md5(canonical([parent, deleted, plain, attached]), usedforsecurity=False).hexdigest()
    return Rev(f"{start}-{digest}")


def _rank(deleted: bool, rev: Rev) -> tuple[bool, int, str]:
    start, _, digest = rev.partition("-")
    return not deleted, int(start), digest


def ranked(leaves: Iterable[L]) -> list[L]:
    """Return leaves in order, winner first: not deleted, then highest generation, then highest hash in ASCII order."""
    return sorted(leaves, key=lambda leaf: _rank(leaf.deleted, leaf.rev), reverse=True)


def winner(leaves: Iterable[L]) -> L:
    """Return the winner of at least one leaf: the same on every replica."""
    return max(leaves, key=lambda leaf: _rank(leaf.deleted, leaf.rev))


class RevisionTree:
    """What is known of a document's revisions: any shape, several roots. Bodies are kept elsewhere, or never came."""

    __slots__ = ("_leaves", "_parents")

    def __init__(self) -> None:
        self._parents: dict[Rev, Rev | None] = {}
        self._leaves: dict[Rev, bool] = {}

    @classmethod
    def of_line(cls, path: Sequence[Rev], deleted: bool) -> RevisionTree:
        """Return the tree that is one line, newest first."""
        tree = cls()
        tree.graft(path, deleted)
        return tree

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RevisionTree):
            return NotImplemented
        return self._parents == other._parents and self._leaves == other._leaves

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._parents)

    def known(self, rev: str) -> bool:
        """Tell whether a revision is in the tree, with or without a body."""
        return rev in self._parents

    def is_deleted(self, leaf: Rev) -> bool:
        """Tell whether a leaf is a tombstone."""
        return self._leaves[leaf]

    def leaves(self) -> tuple[Rev, ...]:
        """Return the leaves, winner first."""
        return tuple(sorted(self._leaves, key=self._rank, reverse=True))

    def winner(self) -> Rev:
        """Return the winning leaf of a tree that is not empty."""
        return max(self._leaves, key=self._rank)

    def winner_after(self, former: Rev, new: Rev) -> Rev:
        """Return the winner once a leaf came to a tree that `former` won: most often without looking at all leaves."""
        if former in self._leaves or not self._leaves[new]:
            return max((leaf for leaf in (former, new) if leaf in self._leaves), key=self._rank)
        return self.winner()

    def _rank(self, leaf: Rev) -> tuple[bool, int, str]:
        return _rank(self._leaves[leaf], leaf)

    def graft(self, path: Sequence[Rev], deleted: bool = False) -> bool:
        """Hang a revision with its ancestors, newest first, into the tree; False, and no change, if it is known.

        A root whose parent the path tells is joined to it. Where a path contradicts a known parent, the known stays.
        """
        if path[0] in self._parents:
            return False
        self._leaves[path[0]] = deleted
        for child, parent in pairwise(path):
            known = self._parents.get(child)
            if known is None:
                self._parents[child] = parent
                self._leaves.pop(parent, None)
            elif known != parent:
                return True
        self._parents.setdefault(path[-1], None)
        return True

    def path(self, rev: Rev) -> tuple[Rev, ...]:
        """Return a known revision and its known ancestors, newest first."""
        return tuple(self._ancestry(rev))

    def _ancestry(self, rev: Rev) -> Iterator[Rev]:
        step: Rev | None = rev
        while step is not None:
            yield step
            step = self._parents[step]

    def descendant_leaves(self, rev: Rev) -> tuple[Rev, ...]:
        """Return the leaves that descend from a known revision, itself if it is one, winner first."""
        if rev in self._leaves:
            return (rev,)
        return tuple(leaf for leaf in self.leaves() if rev in self._ancestry(leaf))

    def possible_ancestors(self, missing: Collection[str]) -> tuple[Rev, ...]:
        """Return the leaves that an unknown revision may descend from: those of a lower generation."""
        highest = max(map(generation, missing), default=0)
        return tuple(leaf for leaf in self.leaves() if generation(leaf) < highest)

    def stem(self, limit: int = REVS_LIMIT) -> tuple[Rev, ...]:
        """Forget what lies more than `limit` revisions below every leaf; returns what was forgotten."""
        if len(self._parents) <= limit:
            return ()
        kept = {rev for leaf in self._leaves for rev in islice(self._ancestry(leaf), limit)}
        gone = tuple(rev for rev in self._parents if rev not in kept)
        if gone:
            self._parents = {rev: self._parents[rev] for rev in self._parents if rev in kept}
            for rev, parent in self._parents.items():
                if parent not in kept:
                    self._parents[rev] = None
        return gone

    def encode(self) -> bytes:
        """Write the tree compactly: a branch per leaf, down to the first revision that an earlier branch has."""
        seen: set[Rev] = set()
        return b"".join(self._encode_branch(leaf, seen) for leaf in self.leaves())

    def _encode_branch(self, leaf: Rev, seen: set[Rev]) -> bytes:
        branch: list[Rev] = []
        for rev in self._ancestry(leaf):
            branch.append(rev)
            if rev in seen:
                break
        seen.update(branch)
        return _BRANCH.pack(self._leaves[leaf], generation(leaf), len(branch)) + encode_line(branch)

    @classmethod
    def decode(cls, data: bytes) -> RevisionTree:
        """Read what `encode` wrote."""
        tree = cls()
        at = 0
        while at < len(data):
            deleted, start, count = _BRANCH.unpack_from(data, at)
            end = at + _BRANCH.size + count * _HASH_BYTES
            tree.graft(decode_line(start, data[at + _BRANCH.size : end]), deleted)
            at = end
        return tree


def encode_line(path: Sequence[Rev]) -> bytes:
    """Write the hashes of a path, 16 bytes each; the generation of its newest revision is kept elsewhere."""
    if len(path) == 1:
        return bytes.fromhex(path[0].partition("-")[2])
    return bytes.fromhex("".join(rev.partition("-")[2] for rev in path))


def decode_line(start: int, hashes: bytes) -> tuple[Rev, ...]:
    """Read what `encode_line` wrote, given the generation of the newest revision."""
    digests = hashes.hex(" ", -_HASH_BYTES).split(" ")
    return cast(tuple[Rev, ...], tuple([f"{start - n}-{digest}" for n, digest in enumerate(digests)]))
