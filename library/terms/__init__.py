"""The term bank: concepts and their terms in many languages."""
