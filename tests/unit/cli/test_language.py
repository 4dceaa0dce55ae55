"""What commands say in one line, in the language of the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldsync.cli.language import spoken
from fieldsync.cli.main import main


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_terminal_says_its_language(environment: dict[str, str], language: str) -> None:
    """LC_ALL before LC_MESSAGES before LANG, as POSIX has it; an empty one does not count."""
    assert spoken(environment) == language


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (["form", "publish", "{}/none.xlsx"], "name a readable file", "请指定可读的文件"),
        (["form", "publish", "{}/no.csv", "--store", "sqlite:///{}/store"], "The file is no form", "文件不是表单"),
        (["form", "versions", "none", "--store", "sqlite:///{}/store"], "There is no form 'none'", "没有表单“none”"),
        (["form", "check", "{}/no.csv"], "The file is no form", "文件不是表单"),
        (["form", "xform", "{}/no.csv"], "1 error(s)", "有 1 处错误"),
    ],
)
def test_errors_of_the_form_commands_are_in_both(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    english: str,
    chinese: str,
) -> None:
    """One line each, without an exception's name, and the status of bad input or of what is not there."""
    (tmp_path / "no.csv").write_text('name,age\nLi,3\n"x')
    for named, word in (("C.UTF-8", english), ("zh_CN.UTF-8", chinese)):
        monkeypatch.setenv("LC_ALL", named)
        with pytest.raises(SystemExit) as ended:
            main([part.format(tmp_path) for part in arguments])
        said = capsys.readouterr().err.splitlines()
        assert ended.value.code in (1, 2)
        assert (len(said), word in said[0], "TypeError" in said[0]) == (1, True, False)
