"""A container of localwhisk in which nothing runs, for tests of what uses containers."""

from localwhisk.containers.container import Container


class Still(Container):
    """A container without a server."""

    on = False
    starts = 0

    async def start(self) -> None:
        self.starts += 1
        self.on = True

    async def resume(self) -> None:
        pass

    async def wait_until_ended(self) -> None:
        pass

    @property
    def alive(self) -> bool:
        return self.on

    async def destroy(self) -> None:
        self.on = False
