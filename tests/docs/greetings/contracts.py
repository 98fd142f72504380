from pydantic import BaseModel

from durable import Activity


class Visitor(BaseModel):
    name: str


class Greeting(BaseModel):
    text: str


GREET = Activity("greetings.greet", Visitor, Greeting)
