"""Text files as strangers send them: UTF-8, or an error that names the encoding they seem to have."""

import re

_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))

_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOOKED_AT = 4096


class UnreadableTextError(ValueError):
    """A file that is no UTF-8 text; says what it seems to be, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.english = english
        self.chinese = chinese


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises UnreadableTextError, naming the likely encoding or the line of a character that no text has.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name, name_zh = _seems(content)
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableTextError(
            f"it is not UTF-8 (line {line}), but seems to be {name}; save it as UTF-8",
            f"编码不是 UTF-8（第 {line} 行），似为{name_zh}，请另存为 UTF-8",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableTextError(
            f"line {line} has a NUL character, as binary files have; save it as text in UTF-8",
            f"第 {line} 行含有 NUL 字符（二进制文件的特征），请另存为 UTF-8 文本",
        )
    return text


def _seems(content: bytes) -> tuple[str, str]:
    """Return what a content that is not UTF-8 is most likely, in English and Chinese."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name, f" {name}"
    if _NO_TEXT.search(content[:_LOOKED_AT]):
        return "a binary file, such as a picture", "二进制文件（如图片）"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "a binary file or an old encoding", "二进制文件或旧式编码"
    return "GB18030", " GB18030"
