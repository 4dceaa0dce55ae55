"""What may enter a cell, and what is kept outside it: the rules of quarantine.

Pure. Nothing here refuses: an authenticated tablet has handed over for good whatever it sent. A quarantined document is
kept as the bytes it came in, with a reason. Data quality is no reason; checks deal with that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec

from fieldsync.attached import NOTHING, Attached, read_attached
from fieldsync.documents import ATTACHMENTS, RECORDS, SERVER_KINDS, Body, Rev, is_tablet_id, kind_of
from fieldsync.errors import BadInput
from fieldsync.revisions import generation, is_rev, path_of

MAX_ROOT_GENERATION = 100_000
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]|[^"\[\]{}]+', re.DOTALL)


class Reason(StrEnum):
    """Why a document is in quarantine."""

    UNREADABLE = "unreadable"
    IDENTIFIER = "identifier"
    SERVER_KIND = "server_kind"
    SECOND_REVISION = "second_revision"
    REVISION = "revision"
    GENERATION = "generation"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    SHAPE = "shape"
    ATTACHMENTS = "attachments"
    DESIGN = "design"
    ERASED = "erased"
    HALF_CHARACTER = "half_character"
    NOT_SEALED = "not_sealed"
    SEALED_FILE = "sealed_file"
    SEALED = "sealed"


APART = frozenset({Reason.DESIGN, Reason.SEALED})
"""Reasons that are nobody's to decide about: what is kept somewhere else for good, or is in the books there."""
CANNOT_STAND = frozenset(
    {Reason.UNREADABLE, Reason.IDENTIFIER, Reason.REVISION, Reason.GENERATION, Reason.DESIGN},
)
"""Reasons for which not even the path may enter the cell: the tablet must rebuild its replica."""

REASON_TEXTS: Mapping[str, tuple[str, str]] = {
    "unreadable": ("it could not be read", "无法读取"),
    "identifier": ("its identifier or kind is not one that tablets write", "其编号或类型不属于平板可写的范围"),
    "server_kind": ("only the server writes documents of this kind", "此类文档只能由服务器写入"),
    "second_revision": ("records of this kind are never changed", "此类记录不可更改"),
    "revision": ("its revision number is malformed", "其版本号格式不正确"),
    "generation": ("its revision history cannot be real", "其版本历史不合理"),
    "too_deep": ("it is nested too deeply", "其嵌套层次过深"),
    "too_large": ("it is too large", "其体积过大"),
    "shape": ("its answers are not in the form of a document", "其内容不符合文档结构"),
    "attachments": ("one of its attachments could not be read", "其附件无法读取"),
    "half_character": ("it has half a character in it", "其中含有残缺字符"),
    "erased": ("what was known of the person was erased", "该人员的信息已被删除"),
    "not_sealed": ("only answers to sealed forms are kept under seal", "保密库只存放保密表单的答案"),
    "sealed_file": ("no photos or files are kept under seal", "保密库不存放照片或文件"),
    "sealed": ("it was put under seal", "已转入保密库"),
    "design": ("design documents are kept outside the cell", "设计文档不进入网格"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large and how deep a document may be."""

    document_bytes: int = 2**20
    depth: int = 64


@dataclass(frozen=True, slots=True)
class Sent:
    """A pushed document as far as it could be read; its attachments are beside the body until they are stubs in it."""

    raw: bytes
    id: str
    rev: str
    path: tuple[Rev, ...]
    deleted: bool
    body: Body
    fault: Reason | None
    attached: Attached = NOTHING


def read_document(raw: bytes, limits: Limits) -> Sent:
    """Read one pushed document; whatever is wrong with it is a fault, never an error."""
    try:
        document = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return _read_slowly(raw, limits)
    body = {k: v for k, v in document.items() if not k.startswith("_")}
    return _with_attached(_sent(raw, document, body, _fault(raw, document, limits)), document)


def _with_attached(sent: Sent, document: Body) -> Sent:
    try:
        return replace(sent, attached=read_attached(document.get(ATTACHMENTS)))
    except BadInput:
        return replace(sent, fault=sent.fault or Reason.ATTACHMENTS)


def _read_slowly(raw: bytes, limits: Limits) -> Sent:
    """Read at least whose revision it is, where the fast parser gives up: too deep, or half a surrogate pair."""
    cut, is_cut = _cut(raw, limits.depth)
    try:
        document = json.loads(cut)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return _sent(raw, {}, {}, Reason.UNREADABLE)
    fault = _fault(raw, document, limits)
    fault = fault or (Reason.TOO_DEEP if is_cut else Reason.HALF_CHARACTER)
    return _with_attached(_sent(raw, document, {}, fault), document)


def _cut(raw: bytes, depth: int) -> tuple[bytes, bool]:
    """Return JSON text without what nests deeper than `depth`, and whether anything was left out."""
    kept, level, is_cut = [], 0, False
    for token in _TOKENS.findall(raw):
        if token in b"[{":
            level += 1
        if level <= depth:
            kept.append(token)
        elif not is_cut:
            is_cut = True
        if token in b"]}":
            level -= 1
    return b"".join(kept), is_cut


def _sent(raw: bytes, document: Body, body: Body, fault: Reason | None) -> Sent:
    path, bad_path = _path(document)
    return Sent(
        raw=raw,
        id=_whole(document.get("_id", "")),
        rev=_whole(document.get("_rev", "")),
        path=path,
        deleted=document.get("_deleted") is True,
        body=body,
        fault=fault if fault in CANNOT_STAND or not bad_path else Reason.REVISION,
    )


def _whole(name: object) -> str:
    """Return a name that can be stored; half a surrogate pair in it becomes a question mark."""
    return str(name).encode("utf-8", "replace").decode()


def _path(document: Body) -> tuple[tuple[Rev, ...], bool]:
    rev, revisions = document.get("_rev"), document.get("_revisions")
    if not isinstance(rev, str) or not is_rev(rev):
        return (), True
    if revisions is None:
        return (Rev(rev),), False
    try:
        path = path_of(revisions)
    except BadInput:
        return (), True
    return path, path[0] != rev or len(set(path)) != len(path)


def _fault(raw: bytes, document: Body, limits: Limits) -> Reason | None:
    doc_id = document.get("_id")
    if not isinstance(doc_id, str):
        return Reason.IDENTIFIER
    if doc_id.startswith("_design/"):
        return Reason.DESIGN
    if kind_of(doc_id) not in SERVER_KINDS and not is_tablet_id(doc_id):
        return Reason.IDENTIFIER
    if _size(raw, document) > limits.document_bytes:
        return Reason.TOO_LARGE
    if raw.count(b"{") + raw.count(b"[") > limits.depth and is_deeper(document, limits.depth):
        return Reason.TOO_DEEP
    return None if _is_shaped(document) else Reason.SHAPE


def _size(raw: bytes, document: Body) -> int:
    """Return the size of a document in bytes, its attachments not counted."""
    if not document.get(ATTACHMENTS):
        return len(raw)
    plain = {name: value for name, value in document.items() if name != ATTACHMENTS}
    return len(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))


def _is_shaped(document: Body) -> bool:
    if document.get("_deleted") is True:
        return True
    return all(isinstance(document.get(name, {}), dict) for name in ("data", "missing", "meta"))


def is_deeper(value: Any, depth: int) -> bool:
    """Tell whether a JSON value nests deeper than `depth` levels; the value itself is the first."""
    level = [value]
    for _ in range(depth):
        level = [
            part for v in level if isinstance(v, dict | list) for part in (v.values() if isinstance(v, dict) else v)
        ]
        if not level:
            return False
    return any(isinstance(v, dict | list) for v in level)


def judge(sent: Sent, *, knows_path: bool, has_record: bool) -> Reason | None:
    """Return why a document may not enter its cell, or None.

    `knows_path`: some revision of its path is in the cell. `has_record`: the cell already has a revision of this
    document with a body.
    """
    if sent.fault:
        return sent.fault
    kind = kind_of(sent.id)
    if kind in SERVER_KINDS:
        return Reason.SERVER_KIND
    if not knows_path and generation(sent.path[-1]) > MAX_ROOT_GENERATION:
        return Reason.GENERATION
    if kind in RECORDS and (has_record or sent.deleted):
        return Reason.SECOND_REVISION
    return None
