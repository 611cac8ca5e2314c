"""Administration, organisation, office, section, building, stairwell, home and part."""
