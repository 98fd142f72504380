"""Codecs of payloads: what is done to the bytes of a payload before they leave a process, and undone when they return.

1. Codecs are applied in the order in which they are named, and undone by the labels that stand beside the bytes: what
   an earlier setting wrote can be read by a later one that still knows the codec.
2. A payload that no codec changed stands as plain JSON.
3. What a codec raises when it undoes says that this one payload can't be read; nothing else is harmed.
"""

from durable.codecs.chain import Codecs
from durable.codecs.codec import Encoded, PayloadCodec, PayloadContext

__all__ = ["Codecs", "Encoded", "PayloadCodec", "PayloadContext"]
