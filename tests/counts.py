"""How often a thing is tried: a few times in script/test, in full in script/test --long."""

import os

LONG = bool(os.environ.get("OPGANG_TEST_LONG"))
"""Whether this run proves the full counts."""
