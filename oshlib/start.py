"""What every process of ours does before it imports much."""

from __future__ import annotations

import sys


def lean() -> None:
    """Do without the grammar of one rare kind of address, which the first use of nbformat takes two seconds to build.

    jsonschema, which asks for it, checks such addresses only where it is installed: so it is told that it is not.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
