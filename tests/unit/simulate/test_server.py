"""The processes that the demo starts: none of them shows the password of its store."""

import os
from pathlib import Path

import pytest

from fieldsync.bench.servers import Choice
from fieldsync.settings import Settings, with_store
from fieldsync.simulate.server import CommandFailed, Server, run_command

SECRET = "couchdb://admin:hidden-word@127.0.0.1:1/day"


def test_a_command_that_fails_does_not_say_the_password() -> None:
    """What it was told to do is in the error, but the store's URL is no part of that."""
    with pytest.raises(CommandFailed) as failed:
        run_command("grid", "status", store=SECRET)
    assert "fieldsync grid status" in str(failed.value)
    assert "127.0.0.1:1" in str(failed.value)
    assert "hidden-word" not in str(failed.value)


def test_the_store_is_handed_on_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the place of one that is set already; everything else stays."""
    monkeypatch.setenv("FIELDSYNC_STORE", "sqlite:///other")
    given = with_store(SECRET)
    assert given == {**os.environ, "FIELDSYNC_STORE": SECRET}
    monkeypatch.setenv("FIELDSYNC_STORE", given["FIELDSYNC_STORE"])
    assert Settings().store == SECRET


def test_servers_are_started_without_it_among_their_arguments(tmp_path: Path) -> None:
    """Neither the day's server nor the one that is measured names its store where `ps` would show it."""
    url = f"sqlite:///{tmp_path}/hidden-word"
    server = Server(url, tmp_path / "server.log")
    server.start()
    try:
        assert "hidden-word" not in arguments_of_children()
    finally:
        server.stop()
    with Choice(url, "none", tmp_path).ours():
        assert "hidden-word" not in arguments_of_children()
    assert (tmp_path / "hidden-word").is_dir()


def arguments_of_children() -> str:
    """Return the command lines of the processes that this one has started, as everybody can read them."""
    own = Path(f"/proc/{os.getpid()}/task")
    children = " ".join((task / "children").read_text() for task in own.iterdir()).split()
    lines = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    assert any("fieldsync" in line for line in lines)
    return "\n".join(lines)
