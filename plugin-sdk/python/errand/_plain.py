"""Records of the interface as Python likes them."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from types import SimpleNamespace

#: Fields whose text is JSON.
_JSON_FIELDS = {"details", "extra"}


def plain(value, name: str = ""):
    """Cases of enums as text, JSON read."""
    if name in _JSON_FIELDS:
        return json.loads(value) if value else {}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return SimpleNamespace(**{name: plain(getattr(value, name), name) for name in names})
    return value
