"""Languages: tags, names, fallback chains, quantities in words, and the interface's catalogues."""
