"""Why a form may not be published, in English and Chinese: what differs, what is missing, what is too large."""

from __future__ import annotations

import msgspec

from fieldsync.documents import RETAINED
from fieldsync.errors import BadInput, Conflict
from forms_spec import Change, FormSpec, compare

_SHOWN = 20


def refused(faults: list[Change] | tuple[Change, ...], error: type[BadInput] | type[Conflict]) -> BadInput | Conflict:
    """Return the error of a form that may not follow the versions that are or were in use."""
    said = faults[0].message
    return error(
        f"The form cannot replace the version in use. {said['en']}",
        zh=f"该表单不能替换使用中的版本。{said['zh']}",
        faults=[change.message for change in faults[:_SHOWN]],
    )


def files_missing(spec: FormSpec, lost: list[str]) -> Conflict:
    """Return the error of a published workbook without the files that its lists, `lost`, come from."""
    missing = [spec.files[name].name for name in lost]
    names = ", ".join(missing)
    return Conflict(
        f"Version {spec.version} of {spec.id} is published with files beside it that are missing here: {names}. "
        "Hand them in with the workbook.",
        zh=f"{spec.id} 的版本 {spec.version} 发布时附有此处缺少的文件：{names}。请与工作簿一并提交。",
        missing=missing,
    )


def other_content(before: FormSpec, spec: FormSpec) -> Conflict:
    """Return the error of another content under a published version's name, with the first difference."""
    changes = [change for change in compare(before, spec) if change.kind != "version"]
    differs = {language: changes[0].message[language] if changes else "" for language in ("en", "zh")}
    return Conflict(
        f"Version {spec.version} of {spec.id} is published with other content: give the form another version in its "
        f"settings sheet.{' It differs: ' + differs['en'] if changes else ''}",
        zh=f"{spec.id} 的版本 {spec.version} 已发布且内容不同：请在 settings 工作表中改用其他版本号。"
        f"{'差异：' + differs['zh'] if changes else ''}",
        changes=[msgspec.to_builtins(change) for change in changes[:_SHOWN]],
    )


def retention_without_effect(spec: FormSpec) -> BadInput:
    """Return the error of a retention in a form whose documents do not run out by themselves."""
    kinds = ", ".join(sorted(RETAINED))
    return BadInput(
        f"The form {spec.id} has a retention ({spec.retention}), but its documents do not run out by themselves: only"
        f" those of {kinds} do, and a stay goes with its person. Leave attribute::fs:retention out of it.",
        zh=f"表单 {spec.id} 设置了保存期限（{spec.retention}），但其文档不会单独到期：只有 {kinds} 会到期，"
        "居住关系随其人员一并清除。请删去 attribute::fs:retention。",
        field="retention",
    )


def form_too_large(spec: FormSpec, size: int, largest: int) -> BadInput:
    """Return the error of a form of this size in bytes, which cells could not get as one document."""
    longest = max(spec.choices, key=lambda name: len(msgspec.json.encode(spec.choices[name])), default="")
    count = f"{len(spec.choices[longest]):,}" if longest else ""
    said = f" Its longest list, {longest}, has {count} choices." if longest else ""
    said_zh = f"最长的列表 {longest} 有 {count} 个选项。" if longest else ""
    return BadInput(
        f"The form has {size:,} bytes with its lists; every cell gets it as a document of at most {largest:,} "
        f"(FIELDSYNC_MAX_DOCUMENT_BYTES).{said} Shorten it: leave out rows and columns that no question needs, or give "
        "each area a form with a list of its own.",
        zh=f"表单连同选项列表共 {size:,} 字节；表单以文档形式下发到每个网格，上限为 {largest:,} 字节"
        f"（FIELDSYNC_MAX_DOCUMENT_BYTES）。{said_zh}"
        "请删去题目不需要的行和列，或为各区域分别制作带有本区列表的表单。",
    )
