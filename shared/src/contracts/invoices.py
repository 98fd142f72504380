"""Invoices: what is read out of a document, and the request to read one.

1. An invoice that is one adds up: no `Invoice` exists whose lines, subtotal, taxes and total contradict one another by
   more than the smallest unit of its currency.
2. Whatever is wrong with one is told at once: missing parts, parts of another kind, and figures that do not add up.
3. Money and quantities are decimals, in JSON as text; days are dates without a time.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from contracts.adding_up import contradictions
from contracts.locations import Location
from durable import Activity, NonRetryable

PRODUCTS_MAX = 200
TOKENS_MAX = 32_768
REASONS_MAX = 100


def _written_day(value: object) -> object:
    if not isinstance(value, str | date):
        raise ValueError("expected a day as YYYY-MM-DD")  # noqa: TRY004 # Pydantic takes no TypeError for a fault.
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Figure = Annotated[Decimal, Field(max_digits=18, decimal_places=6, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_written_day)]


class Party(BaseModel):
    """Who sells or buys."""

    name: Line
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None
    tax_id: Line | None = None


class InvoiceProduct(BaseModel):
    """One line: `amount` is quantity times unit price, rounded to the smallest unit of the currency."""

    id: Line | None = Field(default=None, description="article number")
    description: Line | None = None
    quantity: Figure
    unit_price: Figure
    amount: Figure


class InvoiceTax(BaseModel):
    """A tax, by what the invoice calls it."""

    name: Line
    rate: Figure | None = Field(default=None, description="percent")
    amount: Figure


class InvoiceSignature(BaseModel):
    """A place for a signature, and whether there is one."""

    type: Line = Field(description="who signs, as the document says it")
    has_signature: bool
    signed_on: Day | None = None


class Invoice(BaseModel):
    """What an invoice says."""

    number: Line
    issued_on: Day
    due_on: Day | None = None
    seller: Party
    buyer: Party | None = None
    products: list[InvoiceProduct] = Field(min_length=1, max_length=PRODUCTS_MAX)
    currency: str = Field(description="as in ISO 4217", pattern=r"^[A-Z]{3}$")
    subtotal: Figure = Field(description="before taxes")
    taxes: list[InvoiceTax] = Field(default_factory=list, max_length=20)
    total: Figure = Field(description="with taxes")
    signatures: list[InvoiceSignature] = Field(default_factory=list, max_length=20)

    @model_validator(mode="wrap")
    @classmethod
    def _every_reason(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        faults: list[InitErrorDetails] = []
        invoice: Self | None = None
        try:
            invoice = handler(data)
        except ValidationError as error:
            faults = [_fault(each["type"], each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        figures = data if invoice is None else invoice.model_dump()
        if isinstance(figures, dict):
            faults += [_fault("does_not_add_up", place, told) for place, told in contradictions(figures)]
        if invoice is None or faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return invoice


def _fault(kind: str, place: tuple[int | str, ...], told: str) -> InitErrorDetails:
    # Without the input: an error may go into a history, what a document says may not.
    return InitErrorDetails(type=PydanticCustomError(kind, "{told}", {"told": told}), loc=place, input=None)


class InvalidInvoice(NonRetryable):
    """A document is no invoice that can be taken; `details` holds the list `reasons`."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        told = "; ".join(reasons)
        super().__init__(f"expected a valid invoice; found {told}", {"reasons": reasons})


def reasons_of(error: ValidationError) -> list[str]:
    """Tell each fault with its place, and without what stands there; beyond `REASONS_MAX` how many more there are."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = [f"{'.'.join(map(str, fault['loc'])) or 'invoice'}: {_told(fault)}" for fault in faults[:REASONS_MAX]]
    return [*told, f"and {len(faults) - REASONS_MAX} more"] if len(faults) > REASONS_MAX else told


def _told(fault: ErrorDetails) -> str:
    return "expected a value; found none" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")


class ExtractInvoice(BaseModel):
    """A Markdown document whose invoice is to be read, and by which prompt."""

    source: Location
    prompt_version: int = Field(default=1, description="of prompt `extract-invoice`", ge=1)
    max_tokens: int = Field(default=8_192, description="what a language model may answer with", ge=1, le=TOKENS_MAX)


class InvoiceReceived(BaseModel):
    """An invoice lies in an object store: the data of event `invoice.received`."""

    tenant_id: UUID = Field(description="whose invoice it is")
    source: Location = Field(description="the document")
    media_type: str = Field(description="media type, without parameters", pattern=r"^[\w.+-]+/[\w.+-]+$")
    target: Location | None = Field(default=None, description="where its JSON goes; null for a folder of the instance")

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"expected a target other than the source; found {self.source.name!r} for both")
        return self


class InvoiceRecord(BaseModel):
    """What is written as JSON: the invoice, whose it is, and which document says so."""

    tenant_id: UUID
    source: Location
    invoice: Invoice


class InvoiceReport(BaseModel):
    """What became of an invoice: where its JSON, its entity and its Markdown are, and what it comes to."""

    tenant_id: UUID
    number: str
    currency: str
    total: Decimal
    table: str
    row_key: str
    object: Location
    markdown: Location


EXTRACT_INVOICE = Activity("language.extract-invoice", ExtractInvoice, Invoice)
