"""Works, their sections, blocks and editions: what the library publishes."""
