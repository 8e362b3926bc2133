"""What ``library serve`` starts does without docstrings: nobody reads them there.

They are a tenth of what libraries take, over 4 MB. ``python -OO`` leaves docstrings out as well, but
Python's own modules and the libraries lie compiled without it, in folders that often cannot be written to:
each start would compile them anew, for seconds. So they are left out where compiled code is loaded.
"""

from __future__ import annotations

import inspect
import opcode
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType
from typing import Final

# numpy looks for words in its own docstrings when some of its parts are loaded.
_READ: Final = ("numpy",)
# Others insist that there be one, or add to it.
_BLANK: Final = " "
_FUNCTION: Final = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS
_LOADS: Final = tuple(code for code in opcode.hasconst if code < 256)
_LOAD: Final = opcode.opmap["LOAD_CONST"]
_STORE: Final = opcode.opmap["STORE_NAME"]


def leave_out_docstrings() -> None:
    """From now on modules are loaded without docstrings."""
    sys.path_hooks.insert(
        0,
        FileFinder.path_hook(
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (_Loader, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        ),
    )
    sys.path_importer_cache.clear()


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        if code is None or fullname.partition(".")[0] in _READ:
            return code
        return without_docstrings(code)


def without_docstrings(code: CodeType) -> CodeType:
    """The same code of a module with blank docstrings where there were any."""
    constants = tuple(
        without_docstrings(one) if isinstance(one, CodeType) else one for one in code.co_consts
    )
    place = _docstring(code)
    if place is not None:
        constants = (*constants[:place], _BLANK, *constants[place + 1 :])
    if all(one is before for one, before in zip(constants, code.co_consts, strict=True)):
        return code
    return code.replace(co_consts=constants)


def _docstring(code: CodeType) -> int | None:
    """Where the docstring is among the constants, if it is nothing else as well."""
    instructions = code.co_code
    if code.co_flags & _FUNCTION == _FUNCTION:
        # It is the first one, and nothing loads it.
        place, loaded = 0, 0
    elif "__doc__" in code.co_names:
        # Classes and modules put it into a name of theirs.
        name = code.co_names.index("__doc__")
        stored = instructions.find(bytes((_STORE, name))) if name < 256 else -1
        if stored < 4 or stored % 2 or instructions[stored - 2] != _LOAD:
            return None
        if instructions[stored - 4] == opcode.EXTENDED_ARG:
            return None
        place, loaded = instructions[stored - 1], 1
    else:
        return None
    if len(code.co_consts) <= place or not isinstance(code.co_consts[place], str):
        return None
    times = sum(instructions.count(bytes((load, place))) for load in _LOADS)
    return place if times == loaded else None
