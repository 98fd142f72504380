"""What a case of conformance is: one behaviour of a cloud service, seen through its vendor's SDK alone.

1. The name of the function, or the first line of its docstring, is the sentence that stands in the documentation.
2. A case names what it needs; its stage makes that afresh and gives the names to the function, after the world.
3. A case knows nothing of what serves it: time passes by asking the world for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any

Act = Callable[..., Awaitable[None]]


@dataclass(frozen=True, eq=False)
class Case:
    """One behaviour. `waits` is how many seconds must pass at the service; `differs` how ours is known to differ."""

    name: str
    sentence: str
    area: str
    documented: str
    client: str
    act: Act
    needs: tuple[Any, ...] = ()
    waits: float = 0
    differs: str = ""

    def __str__(self) -> str:
        return f"{self.area.replace(' ', '_')}-{self.name}"


@dataclass(frozen=True)
class Area:
    """Cases of one kind: what they are about, where the vendor documents it, which client of the SDK they use."""

    name: str
    documented: str
    client: str
    cases: list[Case] = field(default_factory=list)

    def case(
        self, *needs: Any, waits: float = 0, differs: str = "", documented: str = "", client: str = ""
    ) -> Callable[[Act], Act]:
        """Register a function `async def sentence(world, *names of what it needs)` as a case."""

        def register(act: Act) -> Act:
            self.cases.append(
                Case(
                    act.__name__,
                    _sentence(act),
                    self.name,
                    documented or self.documented,
                    client or self.client,
                    act,
                    needs,
                    waits,
                    differs,
                )
            )
            return act

        return register


def _sentence(act: Act) -> str:
    text = (getdoc(act) or act.__name__.replace("_", " ")).split("\n\n")[0].replace("\n", " ")
    return text[0].upper() + text[1:].rstrip(".")
