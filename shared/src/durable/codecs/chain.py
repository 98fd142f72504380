"""The codecs of one process: applied in order, undone by labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from durable.codecs.codec import PayloadCodec, PayloadContext
from durable.errors import PayloadUnreadable, SettingsInvalid, TransientError
from durable.failure import text_of

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Codecs:
    """The codecs of one process: those that encode, in order, and all that it can undo."""

    def __init__(self, encoding: Sequence[PayloadCodec] = (), decoding: Iterable[PayloadCodec] = ()) -> None:
        self._encoding = tuple(encoding)
        self._known = {codec.name: codec for codec in (*decoding, *encoding)}
        illegal = [name for name in self._known if not _NAME.fullmatch(name)]
        if illegal:
            raise SettingsInvalid([f"PAYLOAD_CODECS: expected names of letters, digits and hyphens; found {illegal}"])

    def __bool__(self) -> bool:
        return bool(self._encoding)

    def encode(self, data: bytes, context: PayloadContext) -> tuple[bytes, tuple[str, ...]]:
        """Apply all in order; gives the bytes and a label for each that changed them."""
        labels = []
        for codec in self._encoding:
            encoded = codec.encode(data, context)
            if encoded is not None:
                data = encoded.data
                labels.append(f"{codec.name}:{encoded.parameter}" if encoded.parameter else codec.name)
        return data, tuple(labels)

    def decode(self, data: bytes, labels: Sequence[str], context: PayloadContext) -> bytes:
        """Undo what the labels say, the last first.

        Raises:
            PayloadUnreadable: a codec is unknown here, or could not undo it; says which.
        """
        for label in reversed(labels):
            name, _, parameter = label.partition(":")
            codec = self._known.get(name)
            if codec is None:
                known = ", ".join(sorted(self._known)) or "none"
                raise PayloadUnreadable(
                    f"expected a payload encoded by a codec of PAYLOAD_CODECS ({known}); found {label!r}"
                )
            try:
                data = codec.decode(data, parameter, context)
            except TransientError:
                raise
            except Exception as error:  # A codec may be anybody's code.
                told = f"{type(error).__name__}: {text_of(error)}"
                raise PayloadUnreadable(f"codec {label!r} can't decode the payload: {told}") from error
        return data
