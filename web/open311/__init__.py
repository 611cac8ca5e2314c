"""Open311 GeoReport v2: what other programs report and ask, in the standard's own words."""
