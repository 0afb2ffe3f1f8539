"""What every section of `luthier.yaml` is made of."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """The base of every section: unknown names are mistakes, and a loaded section never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_written_is_left_out(cls, values: Any) -> Any:
        """`tune:` with nothing after it, or all of it commented out, means the defaults."""
        if not isinstance(values, dict):
            return values
        fields = cls.model_fields
        return {k: v for k, v in values.items() if v is not None or k not in fields or accepts_none(fields[k])}


def accepts_none(field: FieldInfo) -> bool:
    """Whether nothing is a value of its own for this setting."""
    return get_origin(field.annotation) in (Union, UnionType) and NoneType in get_args(field.annotation)
