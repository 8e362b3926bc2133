"""The command ``library``: what operators do, in words and with exit codes that scripts can trust.

0 done, 1 refused with reasons, 2 wrong use.
"""

from library.cli.group import Root, library

__all__ = ["Root", "library"]
