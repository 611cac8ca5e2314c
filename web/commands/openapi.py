"""`opgang openapi`: the description of the API, without a server or a database."""

import sys
from pathlib import Path

DESCRIPTION = Path(__file__).parent.parent / "api" / "openapi.json"


def openapi() -> None:
    """Print the description of the API.

    Example: opgang openapi > opgang-openapi.json
    """
    sys.stdout.write(DESCRIPTION.read_text(encoding="utf-8"))
