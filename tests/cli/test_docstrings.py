"""Code without docstrings does the same."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from library.cli.docstrings import without_docstrings

_SOURCE = '''
"""A module."""
class Pump:
    """A pump."""
    made = "here"
    def lift(self, height=3):
        """Lift it."""
        def once(water):
            """Water."""
            return water, "water"
        return once(height)
    async def run(self):
        """Run."""
def named():
    """named"""
    return "named"
def bare():
    return "text"
short = lambda: "text"
class Saying:
    """A saying."""
    text = "A saying."
def told():
    "told"
    yield "more"
'''


def _run(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "tried"}
    exec(without_docstrings(compile(source, "tried.py", "exec")), space)
    return space


def test_docstrings_are_left_out_and_nothing_else() -> None:
    found = _run(_SOURCE)
    pump = found["Pump"]
    assert pump.lift.__doc__ == pump.run.__doc__ == found["told"].__doc__ == " "
    assert pump().lift() == (3, "water")
    assert pump.made == "here"
    assert found["__doc__"] == pump.__doc__ == " "
    assert pump.__qualname__ == "Pump"
    assert list(found["told"]()) == ["more"]


def test_what_says_its_docstring_again_still_says_it() -> None:
    found = _run(_SOURCE)
    assert found["named"]() == "named"
    assert found["Saying"].text == "A saying."


def test_text_that_is_no_docstring_stays() -> None:
    found = _run(_SOURCE)
    assert found["bare"]() == found["short"]() == "text"
    assert found["bare"].__doc__ is None


def test_code_without_docstrings_is_the_same_object() -> None:
    code = compile("def one(): return 1\n", "tried.py", "exec")
    assert without_docstrings(code) is code


def test_lines_in_tracebacks_are_those_of_the_source() -> None:
    code = without_docstrings(compile(_SOURCE, "tried.py", "exec"))
    inside = next(one for one in code.co_consts if getattr(one, "co_name", "") == "named")
    assert inside.co_firstlineno == _SOURCE.splitlines().index("def named():") + 1


def test_modules_are_loaded_without() -> None:
    script = (
        "from library.cli.docstrings import leave_out_docstrings; leave_out_docstrings()\n"
        "import sqlalchemy, textwrap, numpy, numpy.ma\n"
        "assert sqlalchemy.create_engine.__doc__ == textwrap.wrap.__doc__ == ' '\n"
        "assert len(numpy.clip.__doc__) > 100, 'numpy reads its own'\n"
        "assert numpy.ma.clip([1, 5], 2, 3).tolist() == [2, 3]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
