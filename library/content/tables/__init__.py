"""Tables of works and codes, out to a spreadsheet and back in: what they hold, what they would change."""
