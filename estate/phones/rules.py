"""What an erased number is called."""

PHONE = "phone"
"""What `erasures.log` calls a number somebody no longer uses: in an older backup it still is."""
