"""What the usual messages of pyxform mean: a code, their words in Chinese, and the remedy in both languages.

A pattern's group `word` is what the Chinese sentence repeats, and what may be misspelt. A sentence that ends in a
colon goes on in English.
"""

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """One message of pyxform: `words` names the vocabulary that its word was meant to be from."""

    pattern: re.Pattern[str]
    code: str
    chinese: str
    remedy: str
    remedy_zh: str
    words: str = ""


def _meaning(pattern: str, code: str, chinese: str, remedies: tuple[str, str], words: str = "") -> Meaning:
    return Meaning(re.compile(pattern, re.DOTALL), code, chinese, *remedies, words)


_NAMES = (
    "Start with a letter or _, then letters, digits, _ - and .",
    "以字母或下划线开头，只含字母、数字、_、- 和 .。",
)
_LIST = ("Write the list's name as in the column list_name of choices.", "请与 choices 工作表 list_name 列一致。")
_RENAME = ("Give one of them another name.", "请为其中一个改名。")
_LABEL = ("Write a label.", "请填写标签。")

ERRORS = (
    _meaning(
        r"Unknown question type '(?P<word>[^']*)'",
        "type-unknown",
        "未知的问题类型“{word}”。",
        ("Use a type of the XLSForm reference.", "请使用 XLSForm 规定的类型。"),
        "types",
    ),
    _meaning(
        r"Could not find the name '(?P<word>[^']*)'",
        "reference-unknown",
        "引用了不存在的问题“{word}”。",
        ("Write the name of a question of this form.", "请填写本表单中的问题名称。"),
        "names",
    ),
    _meaning(
        r"no survey element named '(?P<word>[^']*)'",
        "reference-unknown",
        "引用了不存在的问题“{word}”。",
        ("Write the name of a question of this form.", "请填写本表单中的问题名称。"),
        "names",
    ),
    _meaning(
        r"The name '(?P<word>[^']*)' appears more than once",
        "reference-ambiguous",
        "名称“{word}”出现多次，引用不明确。",
        _RENAME,
    ),
    _meaning(
        r"multiple survey elements named '(?P<word>[^']*)'",
        "reference-ambiguous",
        "名称“{word}”出现多次，引用不明确。",
        _RENAME,
    ),
    _meaning(
        r"Reference variables must start with",
        "reference-malformed",
        "引用格式有误。",
        ("Write ${name}.", "请写成 ${name}。"),
    ),
    _meaning(
        r"List name not in (?:external )?choices sheet: (?P<word>\S+)",
        "list-unknown",
        "没有选项列表“{word}”。",
        _LIST,
        "lists",
    ),
    _meaning(
        r"'(?P<word>[^']*)' names no list",
        "list-missing",
        "类型“{word}”没有写明选项列表。",
        ("Write the list behind the type, as in select_one yes_no.", "请在类型后写明选项列表，如 select_one yes_no。"),
    ),
    _meaning(
        r"There should be a choices sheet|There should be choices|choices sheet has the",
        "choices-missing",
        "缺少选项：choices 工作表须有 list_name、name、label 列。",
        ("Add a sheet choices with list_name, name and label.", "请添加 choices 工作表及 list_name、name、label 列。"),
    ),
    _meaning(r"Choice names must be unique", "choice-duplicate", "同一选项列表中名称重复。", _RENAME),
    _meaning(r"Choices must have a name", "choice-name-missing", "选项缺少 name。", ("Write a name.", "请填写 name。")),
    _meaning(
        r"Choice names with spaces",
        "choice-name",
        "多选题的选项名称不能含空格。",
        ("Use _ in place of the blank.", "请用下划线代替空格。"),
    ),
    _meaning(
        r"The name 'meta' is reserved|'meta' is invalid",
        "name-reserved",
        "名称 meta 为系统保留。",
        ("Use another name.", "请改用其他名称。"),
    ),
    _meaning(
        r"'name' value '(?P<word>[^']*)' is invalid.*must (?:be )?(?:not be the same as|unique)",
        "name-duplicate",
        "名称“{word}”重复。",
        _RENAME,
    ),
    _meaning(r"must begin with a letter or underscore", "name-invalid", "名称不符合规定。", _NAMES),
    _meaning(r"with no name", "name-missing", "问题或分组没有名称。", ("Write a name.", "请填写 name。")),
    _meaning(r"Question with no type", "type-missing", "问题没有类型。", ("Write a type.", "请填写 type。")),
    _meaning(
        r"Unmatched 'end_|end_\w+ without",
        "end-unmatched",
        "end 没有对应的 begin。",
        ("Delete the row, or add its begin.", "请删除该行，或补上对应的 begin。"),
    ),
    _meaning(
        r"Unmatched 'begin_",
        "begin-unmatched",
        "begin 没有对应的 end。",
        ("Add the row end group or end repeat.", "请补上 end group 或 end repeat。"),
    ),
    _meaning(
        r"Missing calculation",
        "calculation-missing",
        "calculate 类型缺少计算公式。",
        ("Write an expression in calculation.", "请在 calculation 列填写公式。"),
    ),
    _meaning(r"'(?P<word>[^']*)' has no label", "label-missing", "“{word}”缺少标签。", _LABEL),
    _meaning(r"has no label", "label-missing", "缺少标签。", _LABEL),
    _meaning(
        r"Headers that are different names for the same column",
        "header-duplicate",
        "列标题重复（不同写法的同一列）。",
        ("Remove one of the columns.", "请删除其中一列。"),
    ),
    _meaning(
        r"Duplicate column header: (?P<word>.*)",
        "header-duplicate",
        "列标题“{word}”重复。",
        ("Remove one of the columns.", "请删除其中一列。"),
    ),
    _meaning(
        r"required column headers were not found",
        "header-missing",
        "缺少必需的列。",
        ("Add the column.", "请添加该列。"),
    ),
    _meaning(
        r"Column headers must not be empty and must not contain spaces",
        "header-invalid",
        "列标题不能为空或含空格。",
        ("Use _ in place of the blank.", "请用下划线代替空格。"),
    ),
    _meaning(
        r"must have a sheet named 'survey'|looking for a sheet named 'survey'",
        "survey-missing",
        "缺少 survey 工作表。",
        ("Name the sheet of the questions survey.", "请将问题所在工作表命名为 survey。"),
    ),
    _meaning(
        r"empty id_string",
        "form-id-missing",
        "表单没有 form_id。",
        ("Write form_id on the sheet settings.", "请在 settings 工作表填写 form_id。"),
    ),
    _meaning(
        r"the parameter '(?P<word>\w+)'|Parameter (?P<name>\S+) must|[Aa]ccepted parameter",
        "parameters-invalid",
        "parameters 列的参数有误：",
        ("Write name=value with blanks between.", "请写成 名称=值，以空格分隔。"),
    ),
    _meaning(
        r"File name for '(?P<word>[^']*)' should end with one of",
        "file-type",
        "“{word}”所指文件的类型不受支持。",
        ("Use .csv, .xml or .geojson.", "请使用 .csv、.xml 或 .geojson。"),
    ),
    _meaning(
        r"same instance id will be generated",
        "file-duplicate",
        "两个外部文件或列表同名。",
        ("Give the files different names.", "请为文件取不同的名称。"),
    ),
    _meaning(
        r"trigger",
        "trigger-invalid",
        "trigger 列有误。",
        ("Write ${name} of a visible question.", "请填写可见问题的 ${name}。"),
    ),
)

WARNINGS = (
    _meaning(
        r"Language '(?P<word>[^']*)' is missing",
        "translation-missing",
        "语言“{word}”缺少部分文字：",
        ("Fill the columns of that language.", "请补全该语言的各列。"),
    ),
    _meaning(r"Choices should have a label", "choice-label-missing", "选项缺少标签。", _LABEL),
    _meaning(r"'(?P<word>[^']*)' has no label", "label-missing", "“{word}”缺少标签。", _LABEL),
    _meaning(r"has no label", "label-missing", "缺少标签。", _LABEL),
    _meaning(
        r"valid machine-readable codes",
        "language-code",
        "语言名称没有代码。",
        ("Write languages as English (en).", "请写成“中文 (zh)”的形式。"),
    ),
    _meaning(
        r"Use the max-pixels parameter",
        "image-size",
        "未限制图片大小。",
        ("Write max-pixels=1024 in parameters.", "请在 parameters 列填写 max-pixels=1024。"),
    ),
    _meaning(r"case-insensitive match", "name-case", "名称仅大小写不同。", _RENAME),
    _meaning(
        r"or_other and translations",
        "or-other",
        "or_other 与多语言同用，“其他”没有翻译。",
        ("Add a choice other and a question for it.", "请自行添加“其他”选项及其文本问题。"),
    ),
    _meaning(
        r"looking for a sheet named '(?P<word>\w+)'",
        "sheet-name",
        "有与“{word}”相近的工作表名称。",
        ("Rename the sheet if it is meant.", "如有笔误，请更正工作表名称。"),
    ),
    _meaning(
        r"Row without name, text, or label is being skipped",
        "row-skipped",
        "该行无名称和标签，已跳过。",
        ("Delete the row, or complete it.", "请删除或补全该行。"),
    ),
    _meaning(r"disabled", "column-disabled", "disabled 列已不再使用。", ("Use relevant.", "请使用 relevant。")),
    _meaning(
        r"no longer supported on most devices",
        "type-outdated",
        "该类型在多数设备上已不支持。",
        ("Use another type.", "请改用其他类型。"),
    ),
)
