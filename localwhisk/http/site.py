"""The page for browsers: the files of a folder, and ``/config.json``, which tells the page where the API is."""

from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from localwhisk.controller import Controller
from localwhisk.http.exchange import as_json
from localwhisk.http.platform_info import platform_info

# A page cannot say in its HTML that nobody may show it in a frame. Browsers ask on each visit whether a file changed.
SITE_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Site:
    """``folder`` is None where the host has no page: then only the platform answers at ``/``."""

    def __init__(self, controller: Controller, space: str, folder: Path | None) -> None:
        self._controller = controller
        self._space = space
        self._folder = folder

    def routes(self) -> list[BaseRoute]:
        """The mount takes every path: these routes go last."""
        routes: list[BaseRoute] = [Route("/", self.root), Route("/config.json", self.config)]
        if self._folder:
            files = SiteFiles(directory=self._folder, html=True)
            routes.append(Mount("/", files, middleware=[Middleware(GZipMiddleware, minimum_size=1024)]))
        return routes

    async def root(self, request: Request) -> Response:
        """The page for a browser, the platform's description for the tools."""
        if self._folder and "text/html" in request.headers.get("accept", ""):
            return FileResponse(self._folder / "index.html", headers={**SITE_HEADERS, "Vary": "Accept"})
        return as_json(platform_info(self._controller.quota), headers={"Vary": "Accept"})

    async def config(self, request: Request) -> Response:
        """The address of the API, seen from where the page came from."""
        apis = self._controller.apis()
        url = f"{request.base_url}api/{self._space}{apis[0].base_path}" if apis else None
        return as_json({"apiUrl": url}, headers={"Cache-Control": "no-store"})


class SiteFiles(StaticFiles):
    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers.update(SITE_HEADERS)
        return response
