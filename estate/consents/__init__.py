"""One ledger of consents for every purpose: text, given, ends, withdrawn, what it refers to."""
