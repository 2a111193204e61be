"""Containers that are child processes of the host: the default, for a machine with nothing but Python."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from localwhisk.containers.container import CannotStart, Container, Spec, spawn
from localwhisk.containers.log import Clock
from localwhisk.limits import MIB

PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (PACKAGE / "runtime", PACKAGE.parent / "runtime")  # where localwhisk is installed, and in its repository
[ACTION_SERVER, *_] = [folder / "actionserver.py" for folder in PLACES if folder.is_dir()]
MEMORY_CHECK_INTERVAL_S = 0.1

# Runs in the child before its program: on Linux the kernel kills the child when this host ends, however it ends.
PR_SET_PDEATHSIG = 1
DIE_WITH_HOST = partial(ctypes.CDLL(None).prctl, PR_SET_PDEATHSIG, signal.SIGKILL) if sys.platform == "linux" else None

# What code finds in the environment of the platform's Python runtime (Go proxy, openwhisk/executor.go; bin/exec).
PYTHON_RUNTIME = {
    "OLDPWD": "/",
    "PWD": "/",
    "PYTHONIOENCODING": "UTF-8",
    "SHLVL": "0",
    "__OW_EXECUTION_ENV": "openwhisk/action-python-v3.11",
    "__OW_PROXY_VERSION": "1.17.1",
    "__OW_WAIT_FOR_ACK": "1",
}


class ProcessContainer(Container):
    """A child process that runs the action server, with an environment, a folder and a process group of its own.

    ``-S`` hides what is installed for this host: an action has the packages that it brings, and no others. The folder
    is made in ``homes``; ``images`` gives the unpacked action that stands for an image.
    """

    def __init__(
        self, homes: Path, images: Mapping[str, Path], environment: dict[str, str], clock: Clock, spec: Spec
    ) -> None:
        super().__init__(spec, clock)
        self._homes = homes
        self._images = images
        self._environment = environment
        self._home: TemporaryDirectory[str] | None = None
        self._memory_watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        action_folder = self._built_in_action()
        home = self._make_home()

        # The queue of the listening socket takes connections before the child is up.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            descriptor = listener.fileno()
            process = await spawn(
                *(sys.executable, "-S", str(ACTION_SERVER), "--listen-fd", str(descriptor), *action_folder),
                cwd=home,
                env={"TMPDIR": home, **PYTHON_RUNTIME, **self._environment},
                pass_fds=(descriptor,),
                preexec_fn=DIE_WITH_HOST,
            )

        self._represent(process)
        self._memory_watch = asyncio.create_task(self._watch_memory(process.pid))

    def _built_in_action(self) -> list[str]:
        """The argument of the action server that names the unpacked action; none where ``/init`` brings the code."""
        image = self.spec.image
        if image is None:
            return []

        if image not in self._images:
            known = ", ".join(self._images) or "none"
            raise CannotStart(
                f"Failed to pull container image '{image}': without --docker, only those of --image IMAGE=FOLDER"
                f" are there: {known}"
            )

        return [str(self._images[image].resolve())]

    def _make_home(self) -> str:
        """A new folder. The folder of all of them is made anew if somebody has deleted it."""
        try:
            self._homes.mkdir(parents=True, exist_ok=True)
            self._home = TemporaryDirectory(dir=self._homes, ignore_cleanup_errors=True)
        except OSError as error:
            raise CannotStart(f"no folder for a container can be made in {self._homes}: {error.strerror}") from error
        return self._home.name

    @property
    def alive(self) -> bool:
        """Without its folder it is no more use: the action's code and files are in there."""
        return super().alive and self._home is not None and Path(self._home.name).is_dir()

    async def _watch_memory(self, pid: int) -> None:
        """Kill the process once it holds more memory than its action may: Docker's limit, seen from outside."""
        with suppress(psutil.Error, ProcessLookupError):
            process = psutil.Process(pid)
            while super().alive:
                if own_memory_bytes(process) > self.spec.memory_mb * MIB:
                    self.out_of_memory = True
                    os.killpg(pid, signal.SIGKILL)

                await asyncio.sleep(MEMORY_CHECK_INTERVAL_S)

    async def resume(self) -> None:
        """Nothing to do: a process is never paused."""

    async def wait_until_ended(self) -> None:
        """Nothing to wait for: ``out_of_memory`` is set before the process is killed."""

    async def destroy(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

        await super().destroy()
        if self._memory_watch:
            self._memory_watch.cancel()
        if self._home:
            self._home.cleanup()


def own_memory_bytes(process: psutil.Process) -> int:
    """The memory of ``process`` without the pages of mapped files, which the kernel takes back under pressure.

    Only Linux tells them apart.
    """
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
