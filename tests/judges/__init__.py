"""How the real servers that tests need are started, on loopback and free ports, and stopped."""
