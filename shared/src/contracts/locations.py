"""Where an object lies: by the name of a store that the deployment knows, and its name in there."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from durable.objects import check_object_name

ObjectName = Annotated[str, AfterValidator(check_object_name)]


class Location(BaseModel):
    """An object in one of the stores of the deployment; `main` is where files and outputs of the services lie."""

    store: str = Field(default="main", description="name of the store, as setting OBJECT_STORES has it", min_length=1)
    name: ObjectName = Field(description="name of the object in its store", min_length=1, max_length=512)
