"""From proposal to published result; so far the papers that both stand on."""
