from pydantic import BaseModel

from durable import Activity


class Order(BaseModel):
    id: str
    items: list[str] = []
    amount: int = 0


class Receipt(BaseModel):
    order: str
    total: int


RESERVE = Activity("shop.reserve", str, str)
RELEASE = Activity("shop.release", str, None)
CHARGE = Activity("shop.charge", Order, Receipt)
REFUND = Activity("shop.refund", Receipt, None)
SHIP = Activity("shop.ship", str, str)
PRICE = Activity("shop.price", str, int)
TRACK = Activity("shop.track", str, str)
