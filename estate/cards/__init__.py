"""Household cards: a code on paper and a PIN of one's own, for those without e-mail or phone."""
