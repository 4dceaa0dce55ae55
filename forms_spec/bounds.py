"""How large a workbook may be, looked up before anything opens it.

A workbook of 6 kB can unpack to gigabytes, or place a cell in the last column of the last row. The
zip's directory and a scan of the sheets' XML, bounded by the sizes already checked, tell so without
building any cell.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from forms_spec.faults import Fault
from forms_spec.text_files import UnreadableTextError, decode

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MIB = 1024 * 1024
_CHUNK = 256 * 1024
_CARRY = 1024
_PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row|dimension)\b[^>]{0,500}?\br(?:ef)?=["'](?:[A-Z]+\d+:)?([A-Z]*)(\d+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_OTHER_ENCODING = re.compile(rb"""(?!\s*<|\xef\xbb\xbf)|.{0,40}encoding=["'](?!utf-8|us-ascii)""", re.IGNORECASE)
"""A part that is not in UTF-8 could hide from the scan what a parser would find in it."""

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest workbook that is opened; sizes in bytes."""

    file_size: int = 16 * _MIB
    unpacked_size: int = 64 * _MIB
    parts: int = 1_000
    rows: int = 25_000
    columns: int = 400
    cells: int = 200_000


def check_bounds(workbook: bytes, filename: str, limits: Limits = Limits()) -> Fault | None:
    """Return what keeps a workbook from being opened, if anything; reads at most the unpacked limit."""
    suffix = PurePath(filename).suffix.lower()
    if suffix not in FILE_TYPES:
        return _unknown_type(suffix)
    if len(workbook) > limits.file_size:
        return _too_large(f"{len(workbook):,} bytes", f"{limits.file_size:,} bytes")
    return _CHECKS[suffix](workbook, limits)


def _check_text(content: bytes, _: Limits) -> Fault | None:
    try:
        decode(content)
    except UnreadableTextError as error:
        return no_text(error)
    return None


def _check_old_workbook(workbook: bytes, _: Limits) -> Fault | None:
    if workbook.startswith(_OLE):
        return None
    return _other_kind(".xls", ".xlsx") if workbook.startswith(b"PK") else _not_a_workbook()


def _check_zip(workbook: bytes, limits: Limits) -> Fault | None:
    if workbook.startswith(_OLE):
        return _other_kind(".xlsx", ".xls")
    try:
        with zipfile.ZipFile(BytesIO(workbook)) as archive:
            return _check_directory(archive, limits) or _check_parts(archive, limits)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return _not_a_workbook()


def _check_directory(archive: zipfile.ZipFile, limits: Limits) -> Fault | None:
    parts = archive.infolist()
    if len(parts) > limits.parts:
        return _too_large(f"{len(parts):,} parts in the zip", f"{limits.parts:,}")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_size:
        return _too_large(f"{unpacked:,} bytes unpacked", f"{limits.unpacked_size:,} bytes")
    return None


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> Fault | None:
    cells = 0
    for part in archive.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            continue
        for number, chunk in enumerate(_chunks(archive, part)):
            if _DOCTYPE.search(chunk) or b"\0" in chunk or (number == 0 and _OTHER_ENCODING.match(chunk)):
                return _no_plain_xml(part.filename)
            # Every part: what a sheet is called inside the zip is the file's own choice.
            if fault := _check_places(chunk, part.filename, limits):
                return fault
            cells += len(_CELL.findall(chunk))
            if cells > limits.cells:
                return _too_large(f"more than {limits.cells:,} cells", f"{limits.cells:,} cells")
    return None


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        carry = b""
        while chunk := stream.read(_CHUNK):
            yield carry + chunk
            carry = chunk[-_CARRY:]


def _check_places(chunk: bytes, sheet: str, limits: Limits) -> Fault | None:
    for letters, digits in _PLACE.findall(chunk):
        if len(digits) > 9 or int(digits) > limits.rows:
            return _beyond(sheet, f"row {digits.decode()[:12]}", f"{limits.rows:,} rows", "rows")
        if _column_number(letters) > limits.columns:
            return _beyond(sheet, f"column {letters.decode()[:12]}", f"{limits.columns:,} columns", "columns")
    return None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:6]:
        number = number * 26 + letter - 64
    return number


_CHECKS: dict[str, Callable[[bytes, Limits], Fault | None]] = {
    ".xlsx": _check_zip,
    ".xlsm": _check_zip,
    ".xls": _check_old_workbook,
    ".csv": _check_text,
    ".md": _check_text,
}
FILE_TYPES = frozenset(_CHECKS)
TEXT_TYPES = frozenset({".csv", ".md"})


def _unknown_type(suffix: str) -> Fault:
    return Fault(
        code="workbook-type",
        message=f"'{suffix or 'no suffix'}' is no kind of XLSForm that can be read.",
        message_zh=f"无法读取“{suffix or '无后缀'}”类型的文件。",
        remedy="Save the form as .xlsx (or .xlsm, .xls, .csv, .md).",
        remedy_zh="请将表单另存为 .xlsx（或 .xlsm、.xls、.csv、.md）。",
    )


def _not_a_workbook() -> Fault:
    return Fault(
        code="workbook-unreadable",
        message="The file is no Excel workbook: it is not a sound zip archive.",
        message_zh="文件不是有效的 Excel 工作簿（不是完好的 zip 压缩包）。",
        remedy="Open it in a spreadsheet program and save it as .xlsx, without a password.",
        remedy_zh="请用电子表格软件打开并另存为不加密的 .xlsx。",
    )


def _other_kind(named: str, seems: str) -> Fault:
    return Fault(
        code="workbook-unreadable",
        message=f"The file is named {named}, but inside it is {seems}, or protected by a password.",
        message_zh=f"文件后缀为 {named}，内容却是 {seems} 格式，或设有密码。",
        remedy="Open it in a spreadsheet program and save it as .xlsx, without a password.",
        remedy_zh="请用电子表格软件打开并另存为不加密的 .xlsx。",
    )


def no_text(error: UnreadableTextError) -> Fault:
    """Say that a form written as text cannot be read."""
    return Fault(
        code="workbook-encoding",
        message=f"The file is no text that can be read: {error.english}.",
        message_zh=f"无法读取文件文本：{error.chinese}。",
        remedy="In a spreadsheet program, save it as CSV UTF-8, or as .xlsx.",
        remedy_zh="请用电子表格软件另存为“CSV UTF-8”或 .xlsx。",
    )


_WRITTEN = {
    ".csv": (
        "Write a line 'survey' first, then lines that begin with a comma: ',type,name,label', ',text,age,Age'.",
        "首行写 survey，其后各行以逗号开头：,type,name,label 以及 ,text,age,年龄。",
    ),
    ".md": (
        "Write '| survey |' first, then rows that begin with an empty cell: '| | type | name | label |'.",
        "首行写 | survey |，其后各行首个单元格留空：| | type | name | label |。",
    ),
}
"""How a form is written as text: what the remedy of one that is none says."""


def no_sheets(suffix: str) -> Fault:
    """Say that a file holds no sheets of the kind its suffix promises."""
    remedy, remedy_zh = _WRITTEN.get(
        suffix,
        (
            "It needs a sheet survey, and no sheets that are charts; save it as .xlsx from a spreadsheet program.",
            "须有 survey 工作表，且不含图表工作表；请用电子表格软件打开并另存为 .xlsx。",
        ),
    )
    return Fault(
        code="workbook-unreadable",
        message=f"The file is no form: it holds no sheets that can be read as {suffix}.",
        message_zh=f"文件不是表单：其中没有可按 {suffix} 读取的工作表。",
        remedy=remedy,
        remedy_zh=remedy_zh,
    )


def _too_large(found: str, limit: str) -> Fault:
    return Fault(
        code="workbook-too-large",
        message=f"The workbook has {found}; the limit is {limit}.",
        message_zh=f"工作簿过大（{found}），上限为 {limit}。",
        remedy="Remove pictures and sheets that are not part of the form.",
        remedy_zh="请删除图片和不属于表单的工作表。",
    )


def _beyond(sheet: str, found: str, limit: str, what: str) -> Fault:
    return Fault(
        code="workbook-dimensions",
        message=f"{sheet} reaches {found}; the limit is {limit}.",
        message_zh=f"{sheet} 延伸到 {found}，上限为 {limit}。",
        remedy=f"Delete the empty {what} after the form; a longer list goes into a CSV file beside it "
        "(select_one_from_file).",
        remedy_zh="请删除表单之后的空行和空列；更长的选项列表请放入表单旁的 CSV 文件（select_one_from_file）。",
        sheet=sheet,
    )


def _no_plain_xml(part: str) -> Fault:
    return Fault(
        code="workbook-unreadable",
        message=f"{part} is not plain XML in UTF-8: it declares a document type, entities or another encoding.",
        message_zh=f"{part} 不是普通的 UTF-8 XML：含有 DOCTYPE、实体声明或其他编码。",
        remedy="Open it in a spreadsheet program and save it as .xlsx.",
        remedy_zh="请用电子表格软件打开并另存为 .xlsx。",
    )
