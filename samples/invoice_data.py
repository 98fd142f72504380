"""What the sample invoices say: the fields of `contracts.invoices.Invoice`, as in its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
Fields = dict[str, Any]


def product(id: str, description: str, quantity: str, unit_price: str, unit: Decimal = CENT) -> Fields:
    """Give a line whose amount is what it comes to."""
    amount = (Decimal(quantity) * Decimal(unit_price)).quantize(unit, ROUND_HALF_UP)
    return {
        "id": id,
        "description": description,
        "quantity": quantity,
        "unit_price": unit_price,
        "amount": str(amount),
    }


def invoice(head: Fields, products: Sequence[Fields], taxes: Sequence[tuple[str, str, str]], **more: Any) -> Fields:
    """Give an invoice that adds up; `taxes` are name, rate in percent and what they are of."""
    subtotal = sum((Decimal(line["amount"]) for line in products), Decimal(0))
    unit = Decimal(1) if head["currency"] == "JPY" else CENT
    owed = [
        {
            "name": name,
            "rate": rate,
            "amount": str((Decimal(part or subtotal) * Decimal(rate) / 100).quantize(unit, ROUND_HALF_UP)),
        }
        for name, rate, part in taxes
    ]
    total = subtotal + sum((Decimal(tax["amount"]) for tax in owed), Decimal(0))
    return {
        "due_on": None,
        "buyer": None,
        "signatures": [],
        **head,
        "products": list(products),
        "subtotal": str(subtotal),
        "taxes": owed,
        "total": str(total),
        **more,
    }


def party(name: str, address: str, tax_id: str | None = None) -> Fields:
    """Give a seller or a buyer."""
    return {"name": name, "address": address, "tax_id": tax_id}


CHANDLER = invoice(
    {
        "number": "INV-2026-0042",
        "issued_on": "2026-03-14",
        "due_on": "2026-04-13",
        "seller": party("Harbour Chandlers Ltd", "1 Quay Street, Bristol BS1 4DJ", "GB123456789"),
        "buyer": party("Aurora Shipping plc", "22 Dock Road, Hull HU9 1PA"),
        "currency": "GBP",
    },
    [
        product("R-100", "Mooring rope 24 mm", "12", "84.50"),
        product("F-007", "Fender, cylindrical", "6", "129.99"),
        product("P-310", "Anti-fouling paint 5 l", "2.5", "212.40"),
    ],
    [("VAT", "20", "")],
    signatures=[{"type": "Seller", "has_signature": True, "signed_on": "2026-03-14"}],
)

WERFT = invoice(
    {
        "number": "RE 2026/118",
        "issued_on": "2026-02-05",
        "due_on": "2026-03-07",
        "seller": party("Nordwerft Jürgens GmbH", "Hafenstraße 9, 24103 Kiel", "DE812345678"),
        "buyer": party("Reederei Möwe KG", "Am Kai 3, 20457 Hamburg"),
        "currency": "EUR",
    },
    [
        product("4711", "Rumpfinspektion, Dock 2", "1", "12450.00"),
        product("4712", "Schweißarbeiten (Stunden)", "37.5", "68.90"),
        product("4800", "Fachbuch Schiffbau", "3", "49.00"),
    ],
    [("USt.", "19", "15033.75"), ("USt.", "7", "147.00")],
)

VOILES = invoice(
    {
        "number": "F-2026-0301",
        "issued_on": "2026-03-01",
        "seller": party("Voilerie Lefèvre SARL", "14 rue du Port, 29200 Brest", "FR40303265045"),
        "buyer": party("Société Nautique d'Étretat", "2 place de la Mer, 76790 Étretat"),
        "currency": "EUR",
    },
    [
        product("GV-12", "Grand-voile sur mesure", "1", "4380.00"),
        product("SP-03", "Réparation de spinnaker", "2", "187.55"),
        product("RM-01", "Remise fidélité", "1", "-200.00"),
    ],
    [("TVA", "20", "")],
)

MARINA = invoice(
    {
        "number": "100234",
        "issued_on": "2026-01-07",
        "due_on": "2026-02-06",
        "seller": party("Pelican Marina Inc.", "500 Bayfront Ave, Tampa, FL 33602"),
        "buyer": party("J. Doe Charters LLC", "8 Palm Ct, Miami, FL 33101"),
        "currency": "USD",
    },
    [
        product("SLIP-A", "Slip rental, January", "1", "1850.00"),
        product("PWR", "Shore power (kWh)", "412", "0.1875"),
        product("WIFI", "Wi-Fi", "1", "25.00"),
    ],
    [("Sales tax", "7.5", "")],
)

PESCADOS = invoice(
    {
        "number": "A/2026/77",
        "issued_on": "2026-05-21",
        "due_on": "2026-06-20",
        "seller": party("Pescados Valparaíso S.L.", "Calle del Muelle 4, 36202 Vigo", "B12345678"),
        "buyer": party("Mercado Central S.A.", "Plaza Mayor 1, 28012 Madrid", "A87654321"),
        "currency": "EUR",
    },
    [
        product("MER-1", "Merluza (kg)", "120", "11.35"),
        product("PUL-2", "Pulpo (kg)", "45.5", "14.80"),
    ],
    [("IVA", "10", ""), ("IRPF", "-2", "")],
)

LEDGER = invoice(
    {
        "number": "LL-000815",
        "issued_on": "2026-09-30",
        "due_on": "2026-10-30",
        "seller": party("Lighthouse Logistics BV", "Kade 77, 3011 Rotterdam", "NL001234567B01"),
        "buyer": party("Hikari Line KK", "3-1 Minato, Kobe"),
        "currency": "EUR",
    },
    [product(f"C{n:03d}", f"Container move no. {n}", str(1 + n % 4), f"{37 + n * 3}.{n % 10}0") for n in range(1, 61)],
    [("VAT", "21", "")],
    signatures=[
        {"type": "Seller", "has_signature": True, "signed_on": "2026-09-30"},
        {"type": "Buyer", "has_signature": False, "signed_on": None},
    ],
)

HIKARI = invoice(
    {
        "number": "HK-8812",
        "issued_on": "2026-07-03",
        "seller": party("Hikari Rope Works KK", "5-2 Sannomiya, Kobe"),
        "buyer": party("Harbour Chandlers Ltd", "1 Quay Street, Bristol BS1 4DJ"),
        "currency": "JPY",
    },
    [
        product("K-1", "Hemp rope, 200 m", "3", "18500", Decimal(1)),
        product("K-2", "Splicing", "1.5", "4333", Decimal(1)),
    ],
    [("Consumption tax", "10", "")],
)

# The sum of the amounts is right, what is to be paid is not.
WRONG_TOTAL = {**VOILES, "number": "F-2026-0302", "total": "5446.12"}
# Neither number nor date, and a line that is not what it comes to.
WITHOUT_NUMBER = {
    **WERFT,
    "number": None,
    "issued_on": None,
    "due_on": None,
    "products": [{**WERFT["products"][0], "amount": "12540.00"}, *WERFT["products"][1:]],
}
