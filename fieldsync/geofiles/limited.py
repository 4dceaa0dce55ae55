"""Have a file opened by GDAL in a process of its own, within limits of time and memory.

GDAL reads formats in C and C++; a hostile file can make it take all memory, or worse. The child,
`fieldsync.geofiles.child`, gets a path and answers with a `Layer` or a `Refusal`; whatever happens to it, the caller
gets an answer or one clear error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

import grid
from fieldsync.geofiles.layer import Layer, Refusal
from grid import GridError

OUT_OF_MEMORY = 3
"""The exit status by which the child says that it ran out of memory."""
TIMEOUT_S = 120.0
"""How long the child may keep a processor; by the clock it may take `PATIENCE` times as long, on a busy machine."""
PATIENCE = 5
MEMORY_MB = 2048

_MEMORY_SIGNALS = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)
_MEMORY_WORDS = ("MemoryError", "failed to map segment", "annot allocate memory", "bad_alloc")


def read_layer(
    path: Path, layer: str, encoding: str, timeout_s: float = TIMEOUT_S, memory_mb: int = MEMORY_MB
) -> Layer:
    """Return a layer of a file. Raises GridError for what cannot be read within the limits."""
    command = [sys.executable, "-m", "fieldsync.geofiles.child", str(path), layer, encoding]
    try:
        done = subprocess.run(
            [*command, str(memory_mb), str(timeout_s)],
            capture_output=True,
            timeout=PATIENCE * timeout_s,
            check=False,
            env=_environment(),
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise _out_of_bounds(f"reading it takes longer than {timeout_s:g} s") from error
    if done.returncode != 0:
        raise _ended(done, timeout_s, memory_mb)
    answer = msgspec.msgpack.decode(done.stdout, type=Layer | Refusal)
    if isinstance(answer, Refusal):
        raise GridError(answer.what, answer.where, answer.mend, answer.zh)
    return answer


def _environment() -> dict[str, str]:
    roots = {str(Path(module).resolve().parents[depth]) for module, depth in ((__file__, 2), (grid.__file__ or "", 1))}
    # Nothing of GDAL's that goes anywhere but to the one file.
    gdal = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_DISABLE_REMOTE": "YES", "PROJ_NETWORK": "OFF"}
    return {"PYTHONPATH": os.pathsep.join(sorted(roots)), "PATH": os.defpath, "LANG": "C.UTF-8", **gdal}


def _ended(done: subprocess.CompletedProcess[bytes], timeout_s: float, memory_mb: int) -> GridError:
    if done.returncode == -signal.SIGXCPU:
        return _out_of_bounds(f"reading it takes longer than {timeout_s:g} s")
    said = done.stderr.decode(errors="replace").strip()
    # Out of memory has many faces: an error of Python's, a library that cannot be mapped, a signal.
    if done.returncode in (OUT_OF_MEMORY, *_MEMORY_SIGNALS) or any(words in said for words in _MEMORY_WORDS):
        return _out_of_bounds(f"reading it needs more than {memory_mb} MB of memory")
    reason = said.rsplit("\n", 1)[-1][:200] or f"status {done.returncode}"
    return GridError(
        f"the reader of files failed ({reason})",
        "file",
        "export it again, or as GeoJSON",
        "读取程序出错；请重新导出，或导出为 GeoJSON",
    )


def _out_of_bounds(what: str) -> GridError:
    mend = "export only the polygons that are to be cells"
    return GridError(what, "file", mend, "读取超出时间或内存限制；请只导出网格面")
