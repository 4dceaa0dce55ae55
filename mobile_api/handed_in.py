"""A form as it is handed in: the workbook as the body, or with the files beside it as the parts of a form's data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.datastructures import UploadFile

from fieldsync.errors import BadInput, TooLarge
from mobile_api.dependencies import Administrator

LARGEST_PART_BYTES = 16 * 2**20
"""What a workbook, and a file beside it, may have at most; the whole has `FIELDSYNC_MAX_REQUEST_BYTES`."""
MOST_FILES = 50

_WORKBOOK, _FILES = "workbook", "files"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A workbook with its name, and the files beside it by name."""

    workbook: bytes
    filename: str
    files: dict[str, bytes] = field(default_factory=dict)


async def _handed_in(
    request: Request,
    _: Administrator,
    filename: Annotated[
        str | None, Query(min_length=1, max_length=200, examples=["person.xlsx"], description="Where the body is it")
    ] = None,
) -> HandedIn:
    """Read the body, once it is known that the asker may send it. Raises BadInput, TooLarge."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _from_parts(request)
    if filename is None:
        raise BadInput(
            "Name the workbook in the query: filename=person.xlsx.",
            zh="请在查询参数中写明工作簿名称：filename=person.xlsx。",
            field="filename",
        )
    return HandedIn(await request.body(), filename)


AsHandedIn = Annotated[HandedIn, Depends(_handed_in)]


async def _from_parts(request: Request) -> HandedIn:
    workbook: tuple[str, bytes] | None = None
    files: dict[str, bytes] = {}
    async with request.form(max_files=MOST_FILES + 1, max_fields=1) as parts:
        for part, sent in parts.multi_items():
            name, content = await _read(part, sent)
            if part == _WORKBOOK and workbook is None:
                workbook = name, content
            elif part == _FILES and name not in files:
                files[name] = content
            else:
                raise _twice(part, name)
    if workbook is None:
        raise BadInput("There is no part 'workbook'.", zh="缺少名为 workbook 的部分。", field=_WORKBOOK)
    return HandedIn(workbook[1], workbook[0], files)


async def _read(part: str, sent: UploadFile | str) -> tuple[str, bytes]:
    if part not in (_WORKBOOK, _FILES) or isinstance(sent, str) or not sent.filename:
        raise BadInput(
            f"The part {part[:40]!r} cannot be used: send files, as 'workbook' and 'files', each with its file name.",
            zh=f"无法使用“{part[:40]}”部分：请以 workbook 和 files 为名发送文件，并带上文件名。",
            field=part[:40],
        )
    if "/" in sent.filename or "\\" in sent.filename:
        raise BadInput(
            f"{sent.filename[:80]!r} is no file name: leave out its folders.",
            zh=f"“{sent.filename[:80]}”不是文件名：请去掉路径。",
            field=part,
        )
    if (sent.size or 0) > LARGEST_PART_BYTES:
        raise TooLarge(
            f"{sent.filename[:80]} has {sent.size:,} bytes; the limit is {LARGEST_PART_BYTES:,}.",
            zh=f"{sent.filename[:80]} 有 {sent.size:,} 字节，上限为 {LARGEST_PART_BYTES:,}。",
        )
    return sent.filename, await sent.read()


def _twice(part: str, name: str) -> BadInput:
    return BadInput(
        f"{name[:80]} is sent twice, or a second workbook: send one workbook, and each of its files once.",
        zh=f"{name[:80]} 重复，或有多个工作簿：请只发送一个工作簿，每个文件一次。",
        field=part,
    )
