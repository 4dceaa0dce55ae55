"""The first requests after a start come from many threads at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TRIES = 3
FIRST_USES = """
import sys, threading
sys.setswitchinterval(1e-5)
import msgspec
from fieldsync.settings import Settings
from fieldsync.struct_types import PACKAGES
from mobile_api.app import create_app

create_app(Settings(store=sys.argv[1]))
structs = [s for s in msgspec.Struct.__subclasses__() if s.__module__.partition(".")[0] in PACKAGES]
structs.reverse()  # a type before those that it is made of
assert len(structs) > 20
documents = [msgspec.json.encode(dict.fromkeys(s.__struct_encode_fields__)) for s in structs]
together = threading.Barrier(8)

def use_all():
    for document, struct in zip(documents, structs):
        together.wait()
        try:
            msgspec.json.decode(document, type=struct)
        except msgspec.ValidationError:
            pass

threads = [threading.Thread(target=use_all) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_may_use_every_type_for_the_first_time_at_once(tmp_path: Path) -> None:
    """A server that has just started does not die of many first requests in the same moment."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for number in range(TRIES):
        words = [sys.executable, "-c", FIRST_USES, f"sqlite:///{tmp_path}/{number}"]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
