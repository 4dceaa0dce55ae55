"""Every store gives a client the same answers to the same requests as the embedded one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from tests.contract.exchange import Asked, answers

PHOTO = b"\x89PNG not really" * 40
DIGEST = "md5-" + base64.b64encode(hashlib.md5(PHOTO).digest()).decode()
ODD = [
    "a/b",
    "with space",
    "100%25 %2F",
    "住户:张三",
    "constructor",
    "\U0001f3e0",
    'quo"te\\',
    "line\nbreak",
]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    """Open an embedded store to compare with."""
    opened = open_store(f"sqlite:///{tmp_path}/compared")
    yield opened
    opened.close()


def full(short: str) -> str:
    """Write `2-b` as a revision with a hash of 32 digits."""
    start, _, digest = short.partition("-")
    return f"{start}-{digest * (32 // len(digest))}"


def sent(doc_id: str, *path: str, **body: Any) -> dict[str, Any]:
    """Return a revision with its path, newest first, as a client pushes it."""
    revs = [full(rev) for rev in path]
    ids = [rev.split("-")[1] for rev in revs]
    return {"_id": doc_id, "_rev": revs[0], "_revisions": {"start": int(path[0].split("-")[0]), "ids": ids}, **body}


def spelled(value: Any) -> str:
    """Write a JSON value as a parameter."""
    return quote(json.dumps(value))


def push(*docs: Any) -> Asked:
    """Ask to graft revisions."""
    return Asked("POST", "/_bulk_docs", {"docs": list(docs), "new_edits": False})


def edit(*docs: Any) -> Asked:
    """Ask to write new revisions."""
    return Asked("POST", "/_bulk_docs", {"docs": list(docs)})


def get(path: str, **more: Any) -> Asked:
    """Ask for something."""
    return Asked("GET", path, **more)


def post(path: str, body: Any) -> Asked:
    """Ask with a body."""
    return Asked("POST", path, body)


def filtered(query: str, ids: list[str]) -> Asked:
    """Ask for a page of the changes of some documents."""
    return post(f"/_changes?filter=_doc_ids&{query}", {"doc_ids": ids})


def photo(**more: Any) -> dict[str, Any]:
    """Return an attachment whole."""
    return {"p.png": {"content_type": "image/png", "data": base64.b64encode(PHOTO).decode(), **more}}


STUB = {"content_type": "image/png", "stub": True, "digest": DIGEST, "revpos": 1, "length": len(PHOTO)}
TREES = [
    sent("plain", "1-a", v=1.5),
    sent("line", "3-c", "2-b", "1-a", v={"n": [1, None, "é"]}),
    sent("torn", "2-b", "1-a", v="b"),
    sent("torn", "2-c", "1-a", v="c"),
    sent("torn", "3-d", "2-d", "1-a", v="d"),
    sent("gone", "2-b", "1-a", _deleted=True),
    sent("back", "2-b", "1-a", _deleted=True),
    sent("back", "2-a", "1-a"),
    sent("roots", "2-b", "1-a"),
    sent("roots", "4-d", "3-c"),
    sent("roots", "1-f", v="alone"),
    sent("stem", "9-e", "8-d", "7-c", v=1),
    sent("stem", "9-f", "8-d", v=2),
    sent("dead", "2-a", "1-a", _deleted=True, why="x"),
    sent("dead", "3-b", "2-b", "1-a", _deleted=True),
    sent("plain", "1-a", v=2),
    sent("line", "2-b", "1-a", v=0),
    *(sent(doc_id, "1-a", v=n) for n, doc_id in enumerate(ODD)),
]
TEXT = {"content_type": "text/plain", "data": "aGk="}
PHOTOS = [
    sent("inline", "1-a", v=1, _attachments=photo(revpos=1)),
    sent("inline", "2-b", "1-a", v=2, _attachments={"p.png": STUB}),
    sent("several", "2-b", "1-a", _attachments=photo() | {"t/x.txt": TEXT}),
]
DESIGNS = [
    sent("_design/good", "1-a", language="javascript", views={"v": {"map": "function (doc) { emit(doc._id); }"}}),
    sent("_design/bad", "2-b", "1-a", language=7, views="none", validate_doc_update="function (", filters=[1]),
    sent("_design/strict", "1-a", validate_doc_update="function () { throw({forbidden: 'nothing enters'}); }"),
    sent("_design/fieldsync", "1-a", indexes={}),
    sent("_design/gone", "2-b", "1-a", _deleted=True),
    sent("^\U0010ffff_design/good", "1-a", v="no design document"),
]
FIRST = [push(*TREES), push(*PHOTOS), push(*DESIGNS)]
"""What is there before."""
IDS = ["plain", "line", "torn", "gone", "back", "roots", "stem", "dead", "inline", "several", "nobody"]
DESIGN_IDS = [*(doc["_id"] for doc in DESIGNS), "_design/nobody", "_design/"]


REVS = [full(rev) for rev in ("1-a", "2-b", "2-c", "3-d", "9-e", "5-5")]
WANTED = [{"id": doc_id, "rev": rev} for doc_id in IDS for rev in REVS] + [{"id": doc_id} for doc_id in [*IDS, *ODD]]
KNOWN = dict.fromkeys([*IDS, *ODD], REVS)
SCRIPTS: dict[str, list[Asked]] = {
    "the database": [get("/"), get(""), Asked("PUT", "/"), post("/_ensure_full_commit", {}), post("/_compact", {})],
    "what was pushed": [get(f"/{quote(doc_id, safe='')}?revs=true&conflicts=true") for doc_id in [*IDS, *ODD]],
    "one revision": [
        get(f"/{doc_id}?rev={rev}&revs=true{latest}")
        for doc_id in ("torn", "gone", "stem", "line")
        for rev in REVS
        for latest in ("", "&latest=true")
    ],
    "revisions with their state": [get(f"/{doc_id}?revs_info=true&conflicts=true") for doc_id in IDS],
    "malformed revisions": [
        get(f"/torn?rev={quote(rev)}{latest}")
        for rev in ("x", "1-", "1-x", "0-" + "a" * 32, "-1-a", "1-" + "A" * 32, "")
        for latest in ("", "&latest=true")
    ],
    "open_revs": [
        get(f"/{doc_id}?open_revs={quote(revs)}{more}")
        for doc_id in IDS
        for revs in ("all", json.dumps(REVS), "[]")
        for more in ("", "&latest=true", "&revs=true")
    ],
    "malformed open_revs": [get(f"/torn?open_revs={quote(revs)}") for revs in ("", "[", "{}", '["x"]', "[1]", "none")],
    "_bulk_get": [
        post(f"/_bulk_get?{query}", {"docs": WANTED})
        for query in ("", "revs=true", "latest=true", "latest=true&revs=true", "latest=true&revs=true&attachments=true")
    ],
    "odd _bulk_get": [
        post("/_bulk_get", body)
        for body in (
            {"docs": []},
            {},
            {"docs": [{}]},
            {"docs": [{"id": 1}]},
            [],
            {
                "docs": [
                    {"id": "torn", "rev": "x"},
                    {"id": "", "rev": REVS[0]},
                    {"id": "_x"},
                    {"id": "torn", "rev": "1-X"},
                ]
            },
        )
    ],
    "_revs_diff": [
        post("/_revs_diff", body)
        for body in (
            KNOWN,
            {},
            {"torn": []},
            {"torn": [REVS[5]], "new": REVS},
            [],
            {"torn": "x"},
            {"torn": [1]},
            {"": REVS},
            {"torn": ["x"]},
            {"torn": ["2-A", *REVS, "1-", ""], "nobody": ["x", "x"]},
            {"line": ["9-x"]},
        )
    ],
    "_changes": [
        get(f"/_changes?{query}")
        for query in (
            "",
            "style=all_docs",
            "style=main_only",
            "include_docs=true",
            "include_docs=true&conflicts=true&style=all_docs",
            "include_docs=true&attachments=true",
            "limit=0",
            "limit=3",
            "descending=true",
            "descending=true&since=now",
            "descending=true&limit=0",
            "descending=true&limit=2",
            "descending=true&limit=1000",
            "descending=true&limit=2&style=all_docs&include_docs=true",
            "since=now",
            "limit=0&since=now",
            "since=0",
            "seq_interval=5",
            "_nonce=1",
        )
    ],
    "pages of _changes": [get("/_changes?limit=4"), *[get("/_changes?limit=4&since=$seq")] * 8],
    "malformed _changes": [
        get(f"/_changes?{query}")
        for query in (
            "since=x",
            "since=-1",
            "since=1-x",
            "since=9999999-x",
            "since=%22%22",
            "since=1.5",
            "limit=x",
            "limit=-1",
            "style=x",
            "feed=x",
            "descending=x",
            "filter=x",
            "filter=_selector",
            "filter=_doc_ids",
            "include_docs=x",
            "heartbeat=x",
            "timeout=x",
        )
    ],
    "_changes of documents": [
        post("/_changes?filter=_doc_ids", {"doc_ids": ["torn", "gone", "nobody", "a/b"]}),
        filtered("limit=1", ["torn", "gone"]),
        filtered("limit=1&since=$seq", ["torn", "gone"]),
        post("/_changes?filter=_doc_ids&style=all_docs&include_docs=true", {"doc_ids": IDS}),
        filtered("limit=0", IDS),
        filtered("limit=3&include_docs=true", IDS),
        filtered("limit=3&since=$seq", IDS),
        filtered("limit=1000", IDS),
        filtered("limit=2", ["nobody"]),
        filtered("descending=true", IDS),
        filtered("descending=true&limit=0", IDS),
        filtered("descending=true&limit=2", IDS),
        filtered("descending=true&limit=2&include_docs=true&style=all_docs", [*IDS, *DESIGN_IDS]),
        filtered("descending=true&limit=1&since=$seq", IDS),
        post("/_changes?filter=_doc_ids", {"doc_ids": []}),
        post("/_changes?filter=_doc_ids", {"doc_ids": "x"}),
        post("/_changes?filter=_doc_ids", {}),
        get(f"/_changes?filter=_doc_ids&doc_ids={spelled(['torn'])}"),
        post("/_changes", {"doc_ids": ["torn"]}),
    ],
    "_all_docs": [
        get(f"/_all_docs?{query}")
        for query in (
            "",
            "include_docs=true",
            "include_docs=true&conflicts=true",
            "descending=true",
            "limit=0",
            "limit=2",
            "skip=2",
            "skip=2&limit=2&descending=true",
            "skip=100",
            "include_docs=true&attachments=true",
            "update_seq=true",
            "limit=x",
            "skip=-1",
            "descending=x",
        )
    ],
    "ranges of _all_docs": [
        get(f"/_all_docs?{query}")
        for query in (
            "startkey=%22l%22",
            "endkey=%22l%22",
            "startkey=%22line%22&endkey=%22plain%22",
            "startkey=%22line%22&endkey=%22plain%22&inclusive_end=false",
            "startkey=%22plain%22&endkey=%22line%22&descending=true",
            "startkey=%22plain%22&endkey=%22line%22",
            "startkey=%22plain%22&endkey=%22line%22&descending=true&inclusive_end=false",
            "key=%22torn%22",
            "key=%22gone%22",
            "key=%22nobody%22",
            "startkey=x",
            "key=1",
            "startkey=%22%22",
            "endkey=%22%22",
            f"startkey={spelled('住')}",
            f"endkey={spelled(ODD[5])}",
            "startkey=%22_%22&endkey=%22a%22",
        )
    ],
    "keys of _all_docs": [
        post(f"/_all_docs?{query}", {"keys": ["torn", "nobody", "gone", "torn", "a/b", "", "_design/x"]})
        for query in (
            "",
            "include_docs=true",
            "include_docs=true&conflicts=true",
            "descending=true",
            "limit=2",
            "skip=3",
            "key=%22torn%22",
            "startkey=%22a%22",
        )
    ]
    + [
        post("/_all_docs", {}),
        post("/_all_docs", {"keys": []}),
        post("/_all_docs", {"keys": "x"}),
        post("/_all_docs", {"keys": [1]}),
        get("/_all_docs?keys=%5B%22torn%22%5D"),
    ],
    "odd members": [
        push(
            sent("m", "1-a", **{"fs:attachments": 1, "fs:fs:attachments": {"a": 1}, "attachments": 2}), sent("n", "1-a")
        ),
        push(sent("o", "1-a", _attachments=photo(), **{"fs:attachments": {"x": 1}})),
        edit({"_id": "p", "fs:attachments": []}),
        get("/m"),
        get("/o?attachments=true"),
        get("/_changes?include_docs=true"),
        get("/_all_docs?include_docs=true"),
    ],
    "several in one push": [
        push(*[sent(name, "1-a") for name in ("z", "b", "a", "住", "B", "_design/m", "^", "~")]),
        get("/_changes"),
        get("/_changes?descending=true&limit=5"),
        push(sent("b", "2-b", "1-a"), sent("a", "2-c", "1-a"), sent("b", "2-d", "1-a"), sent("a", "1-a")),
        get("/_changes?style=all_docs"),
        edit({"_id": "q"}, {"_id": "p"}, {"_id": "_design/p"}, {"_id": "P"}),
        get("/_changes?style=all_docs"),
    ],
    "design documents": [
        *[get(f"/{quote(doc_id, safe='')}?revs=true&conflicts=true") for doc_id in DESIGN_IDS],
        *[get(f"/{quote(doc_id, safe='')}?open_revs=all&revs=true") for doc_id in DESIGN_IDS],
        *[
            post(f"/_bulk_get?{query}", {"docs": [{"id": i, "rev": r} for i in DESIGN_IDS for r in (None, *REVS)]})
            for query in ("", "latest=true&revs=true")
        ],
        post("/_revs_diff", {doc_id: [*REVS, "x"] for doc_id in DESIGN_IDS}),
        post("/_changes?filter=_doc_ids&include_docs=true&style=all_docs", {"doc_ids": DESIGN_IDS}),
        filtered("limit=2", DESIGN_IDS),
        filtered("limit=2&since=$seq", DESIGN_IDS),
        post("/_all_docs?include_docs=true", {"keys": [*DESIGN_IDS, "plain", "_x"]}),
        get(f"/_all_docs?startkey={spelled('_design/')}&endkey={spelled('_design0')}"),
        get(
            f"/_all_docs?startkey={spelled('_design0')}&endkey={spelled('_design/')}&descending=true&include_docs=true"
        ),
        get(f"/_all_docs?startkey={spelled('_design/bad')}&limit=3&skip=1"),
        get(f"/_all_docs?startkey={spelled('^')}&endkey={spelled('_z')}"),
        edit({"_id": "_design/good", "_rev": full("1-a"), "views": 3}),
        edit({"_id": "_design/new", "validate_doc_update": "("}, {"_id": "neighbour", "v": 1}),
        get("/_design/new?revs=true"),
        Asked("PUT", "/_design/put", {"views": {"x": {"map": "no program"}}}),
        Asked("DELETE", "/_design/put?rev=$rev"),
        Asked("PUT", "/_design/new/a.txt?rev=1-0", b"x", kind="text/plain"),
        Asked("PUT", "/_design/strict/a.txt?rev=" + full("1-a"), b"x", kind="text/plain"),
        get("/_design/strict/a.txt"),
        get("/_design/strict?attachments=true"),
        push(sent("_design/photo", "1-a", _attachments=photo())),
        get("/_design/photo"),
        push(sent("_design/x", "1-a", views=1), sent("_y", "1-a"), sent("after", "1-a")),
        get("/_changes?include_docs=true"),
        get(""),
    ],
    "edits": [
        edit({"_id": "new", "v": 1}),
        edit({"_id": "new", "v": 2}),
        edit({"_id": "new", "v": 2, "_rev": "$rev"}),
        edit({"_id": "new", "v": 2, "_rev": REVS[0]}),
        edit({"_id": "new", "_rev": "x"}),
        get("/new?revs=true"),
        edit({"_id": "gone", "v": "again"}),
        get("/gone?revs=true&conflicts=true"),
        edit({"_id": "torn", "_rev": REVS[1], "v": "loser"}),
        get("/torn?conflicts=true&revs=true"),
        edit({"_id": "torn", "_rev": full("3-d"), "_deleted": True}),
        get("/torn?conflicts=true&revs=true"),
        edit({"_id": "_bad"}, {"_id": ""}, {"_id": "ok"}, {"_id": 1}, {"_id": "x", "_y": 1}, 3, {"_id": "ok"}),
        get("/_changes?style=all_docs"),
        get(""),
    ],
    "one document written": [
        Asked("PUT", "/put", {"v": 1}),
        Asked("PUT", "/put", {"v": 2}),
        Asked("PUT", "/put?rev=$rev", {"v": 2}),
        Asked("PUT", "/put", {"v": 3, "_rev": "$rev"}),
        Asked("PUT", "/put?rev=" + REVS[0], {"v": 4}),
        Asked("PUT", "/put?rev=x", {"v": 4}),
        Asked("PUT", "/put", {"_id": "other"}),
        Asked("PUT", "/_put", {}),
        Asked("PUT", "/put?new_edits=false", {}),
        Asked("PUT", "/put?new_edits=false", sent("put", "2-f", "1-a")),
        get("/put?conflicts=true&revs=true"),
        Asked("DELETE", "/put"),
        Asked("DELETE", "/put?rev=" + REVS[0]),
        Asked("DELETE", "/put?rev=x"),
        Asked("DELETE", "/put?rev=" + full("2-f")),
        get("/put?conflicts=true"),
        Asked("DELETE", "/nobody?rev=" + REVS[0]),
        Asked("DELETE", "/nobody"),
        Asked("DELETE", "/plain?rev=" + REVS[0]),
        get("/plain"),
        get("/plain?rev=$rev"),
        Asked("PUT", "/plain", {"v": "again"}),
        get("/plain?revs=true"),
        Asked("PUT", "/gone?rev=" + REVS[1], {"v": "again"}),
        get("/gone?revs=true"),
        get("/_changes"),
    ],
    "bad pushes": [
        push(*docs)
        for docs in (
            [],
            [{"_id": "x"}],
            [{"_id": "x", "_rev": "1-a"}],
            [{"_id": "x", "_rev": REVS[1]}],
            [7, None],
            [sent("x", "1-a") | {"_rev": REVS[1]}],
            [sent("x", "1-a"), sent("_x", "1-a"), sent("y", "1-a")],
            [{"_id": "x", "_rev": REVS[0], "_revisions": {"start": 1, "ids": ["a" * 32, "b" * 32]}}],
            [sent("z", "1-a", _unknown=1)],
            [sent("z", "1-a", _deleted="x")],
        )
    ]
    + [get("/_changes")],
    "bad bodies": [
        Asked(method, path, body)
        for method, path in (
            ("POST", "/_bulk_docs"),
            ("POST", "/_bulk_get"),
            ("POST", "/_revs_diff"),
            ("POST", "/_all_docs"),
            ("PUT", "/bad"),
            ("PUT", "/_local/bad"),
        )
        for body in (b"", b"{", b"[]", b"null", b"\xff", b'{"docs":3}', b'{"v":NaN}')
    ]
    + [get("/_changes")],
    "_local": [
        get("/_local/a"),
        Asked("PUT", "/_local/a", {"last_seq": "5-x", "v": 1}),
        get("/_local/a"),
        Asked("PUT", "/_local/a", {"v": 2}),
        Asked("PUT", "/_local/a", {"v": 2, "_rev": "0-1"}),
        get("/_local/a"),
        Asked("PUT", "/_local/a", {"_rev": "x"}),
        Asked("PUT", "/_local/abc.w%3D%3D", {}),
        get("/_local/abc.w=="),
        Asked("PUT", "/_local/b%2Fc", {"v": "é"}),
        get("/_local/b%2Fc"),
        get("/_local/b/c"),
        Asked("PUT", "/_local/a", {"_rev": "0-2", "_attachments": photo()}),
        get("/_local/a"),
        get("/_local/a/p.png"),
        Asked("DELETE", "/_local/a"),
        get("/_local/a"),
        Asked("DELETE", "/_local/a"),
        Asked("PUT", "/_local/a", {"_deleted": True}),
        get("/_changes"),
    ],
    "attachments": [
        get("/inline/p.png"),
        get(f"/inline/p.png?rev={REVS[0]}"),
        get(f"/inline/p.png?rev={REVS[2]}"),
        get("/several/t/x.txt"),
        get("/several/t%2Fx.txt"),
        get("/several/no"),
        get("/nobody/p.png"),
        get("/gone/p.png"),
        get("/inline?attachments=true"),
        get(f"/inline?rev={REVS[0]}&attachments=true"),
        get(f"/inline?attachments=true&atts_since={spelled(REVS[:1])}"),
        get("/several?attachments=true", accept="multipart/related"),
        get(f"/inline?atts_since={spelled(REVS[:2])}", accept="multipart/related"),
        get("/inline?atts_since=[]", accept="multipart/related"),
        get("/several?open_revs=all&revs=true", accept="multipart/mixed"),
        get("/torn?open_revs=all", accept="multipart/mixed"),
        get("/inline?open_revs=all&attachments=true"),
    ],
    "attachments written": [
        push(sent("inline", "3-c", "2-b", "1-a", _attachments={"q.png": {**STUB, "revpos": 3}})),
        get("/inline?revs=true"),
        push(
            sent("both", "1-a", _attachments=photo()),
            sent("both", "2-b", "1-a", _attachments={"p.png": STUB}),
        ),
        get("/both"),
        push(sent("lost", "1-a", _attachments={"p.png": {**STUB, "digest": "md5-" + "A" * 22 + "=="}})),
        get("/lost"),
        edit({"_id": "inline", "_rev": REVS[0], "_attachments": {"p.png": STUB}}),
        edit({"_id": "several", "_rev": REVS[1], "_attachments": {"p.png": {"stub": True}}}),
        get("/several"),
        edit({"_id": "several", "_rev": "$rev", "_attachments": {"zz": {"stub": True}}}),
        edit({"_id": "bad", "_attachments": {"p": {"data": "!", "content_type": "x"}}}),
        get("/bad"),
        edit({"_id": "bad", "_attachments": []}),
        Asked("PUT", "/plain/n.bin?rev=" + REVS[0], PHOTO, kind="image/png"),
        Asked("PUT", "/plain/n.bin?rev=" + REVS[0], PHOTO, kind="image/png"),
        get("/plain"),
        get("/plain/n.bin"),
        Asked("PUT", "/fresh/n.bin", b"", kind="text/plain"),
        get("/fresh"),
        get("/fresh/n.bin"),
        Asked("DELETE", "/fresh/n.bin"),
        Asked("DELETE", "/fresh/n.bin?rev=$rev"),
        get("/fresh"),
        get("/_changes"),
    ],
    "paths and methods": [
        get("/nobody"),
        get("/_nobody"),
        get("/_design/nobody"),
        get("/a%2Fb"),
        get("/_design/x"),
        get("/__proto__"),
        post("/plain", {}),
        Asked("DELETE", ""),
        Asked("PATCH", "/plain"),
        get("/_bulk_docs"),
        get("/_design%2Fx"),
        get("/a/b"),
        Asked("HEAD", "/plain"),
        get("/" + "x" * 600),
    ],
}


@pytest.mark.parametrize("about", SCRIPTS)
def test_every_store_answers_alike(store: Store, embedded: Store, about: str) -> None:
    """Status, entity tag and body are the same, but for sequences and the wording of reasons."""
    script = [*FIRST, *SCRIPTS[about]]
    pairs = zip(script, answers(embedded, script), answers(store, script), strict=True)
    differing = [(str(asked), expected, found) for asked, expected, found in pairs if expected != found]
    assert differing == []
