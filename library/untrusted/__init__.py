"""Reading what strangers made: one hardened reader for archives, one for XML.

Every importer goes through these two, so that a bomb or a trap is refused in one place.
"""
