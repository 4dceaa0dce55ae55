"""Reading a form that is to be published: checked within limits, with a name, a version and rules that can be used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from conflict.rule import RulesError
from conflict.rules import Rules
from fieldsync.documents import SERVER_KINDS, TABLET_KINDS
from fieldsync.errors import BadInput
from fieldsync.form_catalogue import FORM_ID, VERSION
from forms_spec import Fault, FormSpec, read_form_limited
from forms_spec.findings import Texts

_SHOWN = 20
_LONGEST_NAME = 200


def _checked_name(filename: str) -> str:
    if not filename.isprintable() or not 0 < len(filename) <= _LONGEST_NAME:
        raise BadInput(
            f"A file name has 1 to {_LONGEST_NAME} printable characters.",
            zh=f"文件名须为 1 至 {_LONGEST_NAME} 个可显示字符。",
            field="filename",
        )
    return filename


def read_publishable(
    workbook: bytes, filename: str, files: Mapping[str, bytes]
) -> tuple[FormSpec, tuple[Texts, ...], str]:
    """Read a form with the files beside it; returns it with what the check warned of, in both languages, and its XForm.

    Raises BadInput for a form with errors, for one that cannot be named or merged, and for files that it does not name.
    """
    checked = read_form_limited(workbook, _checked_name(filename), files)
    if checked.spec is None or checked.errors:
        faults = [msgspec.to_builtins(fault) for fault in checked.errors[:_SHOWN]]
        first, more = checked.errors[0], len(checked.errors) - 1
        raise BadInput(
            f"The form cannot be published. {_sentence(first)}{f' And {more} more.' if more else ''}",
            zh=f"表单不能发布。{_sentence(first, 'zh')}{f'另有 {more} 处错误。' if more else ''}",
            faults=faults,
        )
    spec = _with_version(checked.spec, workbook)
    _check_identity(spec)
    _check_files(spec, files)
    _check_merge_rules(spec)
    return spec, tuple(_in_both(warning) for warning in checked.warnings), checked.xform or ""


def _check_identity(spec: FormSpec) -> None:
    if not FORM_ID.fullmatch(spec.id):
        raise BadInput(
            f"The form_id {spec.id[:64]!r} has more than lower-case letters, digits, _ and -: mend settings.",
            zh=f"form_id“{spec.id[:64]}”只能含小写字母、数字、_ 和 -：请修改 settings 工作表。",
        )
    if not VERSION.fullmatch(spec.version):
        raise BadInput(
            f"The version {spec.version[:32]!r} has more than letters, digits, dots, _ and -: mend settings.",
            zh=f"版本号“{spec.version[:32]}”只能含字母、数字、点、_ 和 -：请修改 settings 工作表。",
        )
    if spec.sealed and spec.id in TABLET_KINDS | SERVER_KINDS:
        raise BadInput(
            f"The form is sealed and named {spec.id}, as documents of cells and of the registry are: give it another"
            " form_id, for its answers go into neither.",
            zh=f"这是保密表单，但 form_id“{spec.id}”是网格与登记库文档的类型名，而其答案不进入两者："
            "请改用其他 form_id。",
        )


def _check_files(spec: FormSpec, files: Mapping[str, bytes]) -> None:
    """Let pass the files that a form looks things up in: any other would be lost without a word."""
    named = sorted({file.name for file in spec.files.values()})
    if others := sorted(files.keys() - set(named)):
        said = ", ".join(named)
        raise BadInput(
            f"The form names no file {others[0]!r} to look things up in"
            f"{f'; it names {said}' if named else ''}. Leave it out; media of labels are not kept here.",
            zh=f"表单没有引用数据文件“{others[0]}”{f'，引用的是 {said}' if named else ''}。"
            "请勿提交；标签所用的媒体文件不在此保存。",
            files=others,
        )


def _with_version(spec: FormSpec, workbook: bytes) -> FormSpec:
    """Return a form with its version; one without is named by its content, so that the same again is the same."""
    if spec.version:
        return spec
    return msgspec.structs.replace(spec, version=f"auto-{hashlib.sha256(workbook).hexdigest()[:12]}")


def _check_merge_rules(spec: FormSpec) -> None:
    try:
        Rules.of(spec.merge_rules())
    except RulesError as error:
        raise BadInput(
            f"The form cannot be published: {error}.", zh=f"表单不能发布，合并规则有误：{error.zh}。"
        ) from None


def _in_both(fault: Fault) -> Texts:
    return {language: _sentence(fault, language) for language in ("en", "zh")}


def _sentence(fault: Fault, language: str = "en") -> str:
    row = (f"第 {fault.row} 行" if language == "zh" else f"row {fault.row}") if fault.row else ""
    place = ", ".join(part for part in (fault.sheet, row, fault.column) if part)
    said = f"{fault.message_zh}{fault.remedy_zh}" if language == "zh" else f"{fault.message} {fault.remedy}"
    return f"{place}: {said}" if place else said
