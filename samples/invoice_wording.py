"""How the sample invoices say what they say: words, figures and days of five languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a language, the marks within its figures, and how it writes a day (for `strftime`)."""

    invoice: str
    number: str
    issued_on: str
    due_on: str
    seller: str
    buyer: str
    tax_id: str
    columns: tuple[str, str, str, str, str]
    subtotal: str
    total: str
    signed: str
    not_signed: str
    thousands: str
    decimal: str
    day: str

    def figure(self, value: str | Decimal, digits: int | None = 2) -> str:
        """Write a figure with so many digits, or with those it has."""
        number = Decimal(value)
        text = f"{number:,.{digits}f}" if digits is not None else f"{number:,f}"
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)

    def date(self, value: str) -> str:
        """Write a day."""
        return date.fromisoformat(value).strftime(self.day)


ENGLISH = Wording(
    "Invoice", "Invoice number", "Invoice date", "Due date", "Seller", "Bill to", "VAT ID",
    ("Item", "Description", "Qty", "Unit price", "Amount"), "Subtotal", "Total due",
    "signed on", "not signed", ",", ".", "%d %B %Y",
)  # fmt: skip
AMERICAN = Wording(
    "INVOICE", "Invoice #", "Date", "Payment due", "From", "Bill To", "EIN",
    ("SKU", "Description", "Quantity", "Rate", "Amount"), "Sub-total", "Total",
    "signed on", "not signed", ",", ".", "%m/%d/%Y",
)  # fmt: skip
GERMAN = Wording(
    "Rechnung", "Rechnungsnummer", "Rechnungsdatum", "Fällig am", "Verkäufer", "Rechnungsempfänger", "USt-IdNr.",
    ("Artikelnr.", "Bezeichnung", "Menge", "Einzelpreis", "Betrag"), "Nettobetrag", "Gesamtbetrag",
    "unterschrieben am", "nicht unterschrieben", ".", ",", "%d.%m.%Y",
)  # fmt: skip
FRENCH = Wording(
    "Facture", "Facture n°", "Date de facture", "Échéance", "Vendeur", "Client", "N° TVA",
    ("Réf.", "Désignation", "Quantité", "Prix unitaire HT", "Montant HT"), "Total HT", "Total TTC",
    "signé le", "non signé", "\u202f", ",", "%d/%m/%Y",
)  # fmt: skip
SPANISH = Wording(
    "Factura", "Número de factura", "Fecha de factura", "Fecha de vencimiento", "Emisor", "Cliente", "NIF",
    ("Código", "Descripción", "Cantidad", "Precio", "Importe"), "Base imponible", "Total a pagar",
    "firmado el", "sin firmar", ".", ",", "%d-%m-%Y",
)  # fmt: skip
ITALIAN = Wording(
    "Fattura", "Numero fattura", "Data fattura", "Scadenza", "Fornitore", "Cliente", "P. IVA",
    ("Codice", "Descrizione", "Quantità", "Prezzo unitario", "Importo"), "Totale imponibile", "Totale fattura",
    "firmato il", "non firmato", ".", ",", "%d/%m/%Y",
)  # fmt: skip
