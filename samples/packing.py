"""Office files without the time at which they were made."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

_DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def packed_again(data: bytes, at: datetime) -> bytes:
    """Pack an Office file anew, as if it had been made at that time."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>" + at.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            target.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
