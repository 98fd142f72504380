"""The words of invoices in five languages, folded: in small letters, without accents and signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_SIGNS = re.compile(r"[^\w#%]+")
_PERCENT = re.compile(r"\(?\s*([-−]?\d{1,3}(?:[.,]\d{1,4})?)\s*%\s*\)?")


def folded(text: str) -> str:
    """Fold a text to compare it."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("n°", "no").replace("nº", "no"))
    return " ".join(_SIGNS.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).split())


def percent_in(text: str) -> tuple[str, str] | None:
    """Split a text with a percentage into what is left without it and the figure."""
    found = _PERCENT.search(text)
    if found is None:
        return None
    rest = " ".join((text[: found.start()] + " " + text[found.end() :]).split())
    return rest, found[1].replace(",", ".").replace("−", "-")


def _by_word(words: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(
        {folded(word): field for field, listed in words.items() for word in listed.split(", ") if word}
    )


_TITLES = "invoice, tax invoice, commercial invoice, rechnung, facture, factura, fattura, original, page 1"
TITLES = frozenset(folded(word) for word in _TITLES.split(", "))

LABELS = _by_word(
    {
        "number": (
            "invoice number, invoice no, invoice #, invoice id, invoice ref, no, number, invoice, tax invoice "
            "number, rechnungsnummer, rechnungsnr, rechnungs-nr, rechnung nr, rechnung, beleg-nr, belegnummer, "
            "facture n°, facture no, numéro de facture, n° de facture, n° facture, facture, número de factura, nº "
            "de factura, factura nº, factura no, n.º de factura, factura, numero fattura, fattura n, fattura, n. "
            "fattura"
        ),
        "issued_on": (
            "invoice date, date, date of issue, issue date, issued, issued on, date issued, rechnungsdatum, "
            "datum, ausstellungsdatum, date de facture, date de facturation, date d'émission, fecha de factura, "
            "fecha, fecha de emisión, fecha factura, data fattura, data, data di emissione"
        ),
        "due_on": (
            "due date, payment due, due, due on, pay by, payment due date, date due, fällig am, fälligkeitsdatum, "
            "fälligkeit, zahlbar bis, zahlungsziel, échéance, date d'échéance, date limite de paiement, fecha de "
            "vencimiento, vencimiento, scadenza, data di scadenza"
        ),
        "seller": (
            "seller, from, supplier, vendor, issued by, sold by, company, verkäufer, lieferant, von, "
            "rechnungssteller, absender, vendeur, fournisseur, émetteur, emisor, proveedor, vendedor, fornitore, "
            "venditore, emittente"
        ),
        "buyer": (
            "bill to, billed to, buyer, customer, client, invoice to, sold to, to, käufer, kunde, "
            "rechnungsempfänger, rechnung an, an, acheteur, facturé à, adressé à, cliente, comprador, facturar a, "
            "acquirente, destinatario"
        ),
        "tax_id": (
            "vat id, vat no, vat number, vat reg no, vat registration number, tax id, tax no, ein, tin, gst no, "
            "abn, ust-idnr, ust-id, ust id nr, umsatzsteuer-id, steuernummer, steuer-nr, n° tva, numéro de tva, "
            "tva intracommunautaire, n° tva intracommunautaire, nif, cif, nif/cif, partita iva, p. iva, p.iva, "
            "btw-nummer"
        ),
        "currency": "currency, währung, devise, moneda, divisa, valuta",
        "subtotal": (
            "subtotal, sub-total, sub total, net, net total, net amount, total net, total excl vat, total "
            "excluding vat, total before tax, amount before tax, nettobetrag, netto, zwischensumme, summe netto, "
            "gesamt netto, total ht, montant ht, sous-total, base imponible, total neto, importe neto, "
            "imponibile, totale imponibile, subtotale"
        ),
        "total": (
            "total, total due, grand total, invoice total, total amount, total incl vat, total including vat, "
            "gross total, total amount due, gesamtbetrag, gesamtsumme, rechnungsbetrag, bruttobetrag, summe, "
            "gesamt, brutto, endbetrag, zahlbetrag, total ttc, montant ttc, total à payer, total a pagar, importe "
            "total, total factura, totale, totale fattura, totale da pagare, totale documento"
        ),
        "owed": (
            "amount due, balance due, balance, amount payable, please pay, net à payer, zu zahlen, importe a pagar"
        ),
        "tax": (
            "vat, tax, sales tax, taxes, gst, hst, pst, consumption tax, total vat, vat amount, tax amount, mwst, "
            "ust, umsatzsteuer, mehrwertsteuer, steuer, zzgl mwst, zzgl ust, tva, montant tva, total tva, taxe, "
            "iva, cuota iva, igic, irpf, impuestos, imposta, btw"
        ),
    }
)

COLUMNS = _by_word(
    {
        "id": (
            "item no, item #, item code, sku, code, article, article no, part no, part number, product code, ref, "
            "reference, artikelnr, artikel-nr, artikelnummer, art-nr, art nr, art no, réf, référence, código, "
            "referencia, codice, product id, id"
        ),
        "item": "item, product, artikel, article, produit, producto, artículo, articolo, prodotto, service, leistung",
        "description": (
            "description, details, item description, product description, particulars, bezeichnung, beschreibung, "
            "désignation, libellé, descripción, concepto, descrizione"
        ),
        "quantity": (
            "qty, quantity, hours, units, menge, anzahl, stunden, stk, quantité, qté, cantidad, cant, uds, "
            "quantità, qta"
        ),
        "unit_price": (
            "unit price, price, rate, unit cost, price per unit, price each, price/unit, einzelpreis, e-preis, "
            "preis, stückpreis, preis/einheit, prix unitaire, prix unitaire ht, p.u., pu, pu ht, p.u. ht, prix, "
            "precio, precio unitario, precio unidad, p. unitario, prezzo, prezzo unitario"
        ),
        "amount": (
            "amount, total, line total, net amount, total price, value, sum, extended price, betrag, gesamt, "
            "gesamtpreis, g-preis, summe, nettobetrag, montant, montant ht, total ht, importe, total línea, "
            "importo, totale"
        ),
    }
)

# What the value of a label says, the first with or without a day behind it, if it tells of a signature.
SIGNED = ("signed", "unterschrieben", "gezeichnet", "signe", "firmado", "firmato")
UNSIGNED = (
    "not signed", "unsigned", "nicht unterschrieben", "nicht gezeichnet", "non signe", "sin firmar", "no firmado",
    "non firmato",
)  # fmt: skip
_LEGAL_FORMS = "inc ltd llc llp plc corp co gmbh ag kg ohg ug sarl sas sa sl bv nv oy ab srl spa limited incorporated"
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
