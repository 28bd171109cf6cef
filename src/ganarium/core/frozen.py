"""The base of all settings: frozen data that refuses nonsense at birth."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Frozen settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
