from pydantic import BaseModel

from durable import Activity


class Film(BaseModel):
    name: str
    scenes: int


class Reel(BaseModel):
    scenes: list[str]


RENDER = Activity("films.render", Film, Reel)
GRADE = Activity("films.grade", Film, Film)
RATE = Activity("films.rate", Film, str)
COUNT = Activity("films.count-frames", Film, int)
PAY = Activity("films.pay", Film, str, on_redelivery="fail")
