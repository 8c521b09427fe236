"""Static files of the page: read once, served under an address with a hash of their content, so that they may be cached for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_FOLDER = Path(__file__).parents[1] / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of the static folder, under one hash: a module finds its neighbours by a relative address."""

    def __init__(self) -> None:
        paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
        self._files = {path.name: path.read_bytes() for path in paths}
        content = hashlib.sha256()
        for name, body in self._files.items():
            content.update(f"{name}:{len(body)}:".encode() + body)
        self._hash = content.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file, with the hash in it."""
        return f"/static/{self._hash}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer with a file. Under an old hash the file of today is given, but not to be kept."""
        body = self._files.get(request.path_params["name"])
        if body is None:
            return PlainTextResponse("There is no such file.\n", 404)
        current = request.path_params["hash"] == self._hash
        cache = "public, max-age=31536000, immutable" if current else "no-cache"
        kind = _TYPES[Path(request.path_params["name"]).suffix]
        return Response(body, media_type=kind, headers={"Cache-Control": cache})
