"""Secrets: by reference everywhere, and what the secrets worker does with them.

1. A reference says which secret is meant. It is no secret itself, and may stand in inputs, results and logs.
2. A value stands in no input and no result. A sealed secret is an object that holds it encrypted.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from contracts.documents import PDF, DocumentReceived, SplitPdfReport
from contracts.locations import Location
from durable import Activity
from durable.secrets.secret import NAME_PATTERN, VERSION_PATTERN

SecretName = Annotated[str, Field(pattern=NAME_PATTERN, description="name of the secret, as its vault has it")]
SecretVersion = Annotated[str, Field(pattern=VERSION_PATTERN, description="which version of it")]


class FindSecret(BaseModel):
    """A secret that is to be there; its newest version unless one is named."""

    name: SecretName
    version: SecretVersion | None = None


class SecretReference(BaseModel):
    """A secret that was found: one version of it, null where its vault keeps none."""

    name: SecretName
    version: SecretVersion | None
    vault: str = Field(description="address of the Key Vault, `environment` or `file`", max_length=300)


class WriteSealed(BaseModel):
    """A secret whose value is to be written encrypted, in place of an earlier sealed one of the same secret."""

    secret: SecretReference
    target: Location


class SealedSecret(BaseModel):
    """The object that was written, and the id of the key that opens it."""

    object: Location
    size: int = Field(description="bytes", ge=0)
    key: str


class DeletedSealed(BaseModel):
    """Whether there was a sealed secret of this instance to remove."""

    deleted: bool


class SecretRequested(BaseModel):
    """Somebody wants a secret sealed and the document that goes with it split: the data of `secret.requested`."""

    name: SecretName
    version: SecretVersion | None = None
    target: Location = Field(description="where the sealed secret is to lie")
    document: DocumentReceived = Field(description="the PDF to be split")

    @field_validator("document")
    @classmethod
    def _is_pdf(cls, document: DocumentReceived) -> DocumentReceived:
        if document.media_type != PDF:
            raise ValueError(f"expected a document of media type {PDF}; found {document.media_type}")
        return document


class SecretToBlobReport(BaseModel):
    """What became of the secret, and of the document."""

    secret: SecretReference
    sealed: SealedSecret
    document: SplitPdfReport


FIND_SECRET = Activity("secrets.find-secret", FindSecret, SecretReference)
WRITE_SEALED = Activity("secrets.write-sealed", WriteSealed, SealedSecret)
DELETE_SEALED = Activity("secrets.delete-sealed", WriteSealed, DeletedSealed)
