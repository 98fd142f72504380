"""Documents converted in threads of this process, with `markitdown`."""

from __future__ import annotations

from documents_worker.markdown import markdown_of
from durable.worker.threads import Threads


class EmbeddedConverter:
    """Converts PDF, DOCX, XLSX, HTML and CSV. Images, and PDFs that are but images, it can't read."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def markdown(self, data: bytes, media_type: str) -> str:
        return await self._threads.run(markdown_of, data, media_type)
