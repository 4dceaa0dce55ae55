"""Who is told of changes: one that fails keeps nobody else from hearing, and its words stay out of the log."""

from __future__ import annotations

import pytest

from fieldsync.stores.listeners import Listeners


def test_a_listener_that_fails_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    """The log has what failed and where; the others hear, and who left does not."""
    listeners, heard = Listeners(), list[str]()

    def fails(_: str) -> None:
        raise ValueError("王芳 12800000001")

    listeners.add(fails)
    end = listeners.add(heard.append)
    listeners.tell("cell-1")
    end()
    listeners.tell("cell-2")
    assert heard == ["cell-1"]
    assert [("ValueError" in one.getMessage(), "fails" in one.getMessage()) for one in caplog.records] == [
        (True, True)
    ] * 2
    assert "12800000001" not in caplog.text
