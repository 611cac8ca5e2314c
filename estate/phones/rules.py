"""Which number is let go of, and what an erased one is called."""

PHONE = "phone"
"""What `erasures.log` calls a number somebody no longer uses: in an older backup it still is."""


def let_go(
    removed: str | None, own: str | None, contact: str | None, chose: str | None
) -> str | None:
    """The hash of the number to leave alone once somebody `chose` another, or none, for their own.

    Each is given by its hash. Of those let go of, the one the administration has goes before: it
    alone would be used again.
    """
    gone = [number for number in (removed, own) if number and number != chose]
    if contact in gone:
        return contact
    return gone[-1] if gone else None
