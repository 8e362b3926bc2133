"""The world as dots: where overseas sites are, on a map that takes two kilobytes and asks nobody.

The projection is Equal Earth (B. Šavrič, T. Patterson, B. Jenny: "The Equal Earth map projection",
2018), which shows every continent in its true proportion, centred on 11° E so that no land is cut. One
unit of the map is the distance of two dots.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

WIDTH: Final = 132
HEIGHT: Final = 57

_MIDDLE: Final = 11.0
_NORTH: Final = 80.0
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796

# The dots that are land, row by row from the north: where runs begin and how many dots they have. The
# grid was laid over the land polygons of Natural Earth, which are in the public domain.
_LAND: Final = """\
37 40+6 47+12 67 84+6 96 98
24 33+5 39+7 50+8 69 76 80+22
21+22 44+3 49+8 67+44
19+22 44+2 49+4 57+3 66+46
17+21 41+3 50+2 64+4 69+41
18+2 24+13 41+4 61 65+3 69+34 105 107+2
24+15 40+6 61+2 65+2 68+35 107+3
24+22 60+3 64+41 109
24+22 62+44
24+19 45 61+45
23+20 62+10 73+33 107
23+17 59+5 66 68+4 73 75+30 107+2
22+17 59+4 65 67 69+35 108
22+16 59+3 69 71+32 104 108
22+15 60+6 74+29 104+5
22+14 59+8 74+29 106+2
22+13 59+45
22+8 33+2 58+21 80+24
23+6 33+2 57+17 75+5 81+23
23+5 57+25 85+20
24+4 33+2 56+19 76+7 86+17 104
6 24+4 30 34+3 56+27 88+5 95+5 101
25+6 36 56+20 77+5 88+4 96+4 105
26+6 56+20 77+4 88+4 96+5 105
29+3 56+24 89+2 97+5 105
30+2 35+2 56+22 89+2 98+4
31 34+6 57+24 89+2 100 106+2
32+9 57+23 91 98 107
33+9 58+22 98+2 104 107
33+10 64+16 97 99 103+2
33+11 65+14 98+2 102+4
32+12 65+13 98+2 102+3 107+2 110
32+14 65+12 99+2 102+5 110+4
32+16 66+11 99+2 105+2 111+4
32+17 66+11 100+3 112+5
33+16 67+10 102+3 112+4
33+16 67+10 116
34+14 67+10 109+3 113
34+14 66+11 79 107+4 113
35+13 66+11 78+2 106+9
37+11 66+9 78+2 105+10
37+11 67+8 78+2 103+12
37+11 67+8 77+2 102+13
37+9 67+8 77+2 102+14
37+9 67+7 101+15
37+8 68+5 101+14
38+7 68+5 101+14
38+7 68+4 101+3 107+7
38+6 108+5
38+6 109+3 120
38+4 109 119
39+3 109 117
39+3 115
39+3
40+2
41+2
43
"""

# About the middle of each country (of its largest part): ISO 3166-1 code, latitude, longitude, degrees.
_CENTRES: Final = """
AD+43+2 AE+24+54 AF+34+66 AG+17-62 AI+18-63 AL+41+20 AM+40+45 AO-12+18 AR-35-65 AS-14-171 AT+48+14
AU-12+124 AW+13-70 AX+60+20 AZ+40+48 BA+44+18 BB+13-60 BD+24+90 BE+51+5 BF+12-2 BG+43+25 BH+26+51
BI-3+30 BJ+10+2 BL+18-63 BM+32-65 BN+4+115 BO-17-65 BR-11-53 BS+25-78 BT+27+90 BW-22+24 BY+54+28
BZ+17-89 CA+58-102 CD-3+24 CF+7+20 CG-1+15 CH+47+8 CI+8-6 CK-21-160 CL-36-71 CM+6+13 CN+37+104
CO+4-73 CR+10-84 CU+22-79 CV+15-24 CW+12-69 CY+35+33 CZ+50+15 DE+51+10 DJ+12+43 DK+56+9 DM+15-61
DO+19-71 DZ+28+3 EC-1-78 EE+59+26 EG+26+30 EH+24-12 ER+15+39 ES+40-4 ET+9+40 FI+65+26 FJ-18+178
FK-52-59 FM+7+158 FO+62-7 FR+47+2 GA-1+12 GB+54-3 GD+12-62 GE+42+44 GG+49-3 GH+8-1 GL+75-41
GM+13-15 GN+10-11 GQ+2+10 GR+39+23 GS-54-37 GT+16-90 GU+13+145 GW+12-15 GY+5-59 HK+22+114 HM-53+74
HN+15-87 HR+45+16 HT+19-73 HU+47+19 ID+0+114 IE+53-8 IL+31+35 IM+54-5 IN+23+80 IO-7+72 IQ+33+44
IR+33+54 IS+65-19 IT+44+12 JE+49-2 JM+18-77 JO+31+37 JP+37+138 KE+1+38 KG+41+75 KH+13+105 KI+2-157
KM-12+43 KN+17-63 KP+40+127 KR+36+128 KW+29+48 KY+19-81 KZ+48+67 LA+19+104 LB+34+36 LC+14-61
LI+47+10 LK+8+81 LR+6-9 LS-30+28 LT+55+24 LU+50+6 LV+57+25 LY+27+18 MA+30-8 MC+44+7 MD+47+28
ME+43+19 MF+18-63 MG-19+47 MH+7+171 MK+42+22 ML+17-4 MM+21+96 MN+47+103 MO+22+114 MP+15+146
MR+20-10 MS+17-62 MT+36+14 MU-20+58 MV+4+74 MW-13+34 MX+24-103 MY+4+115 MZ-17+36 NA-22+17
NC-21+165 NE+17+9 NF-29+168 NG+10+8 NI+13-85 NL+52+6 NO+64+14 NP+28+84 NR-1+167 NU-19-170
NZ-44+171 OM+21+56 PA+9-80 PE-9-74 PF-18-149 PG-7+144 PH+16+121 PK+30+69 PL+52+19 PM+47-56
PN-24-128 PR+18-66 PS+32+35 PT+40-8 PW+8+135 PY-23-58 QA+25+51 RO+46+25 RS+44+21 RU+60+95 RW-2+30
SA+24+45 SB-10+160 SC-5+55 SD+16+30 SE+63+17 SG+1+104 SH-16-6 SI+46+15 SK+49+19 SL+9-12 SM+44+12
SN+14-14 SO+5+46 SR+4-56 SS+7+30 ST+0+7 SV+14-89 SX+18-63 SY+35+39 SZ-27+31 TC+22-72 TD+15+19
TF-49+69 TG+9+1 TH+15+101 TJ+39+71 TL-9+126 TM+39+59 TN+34+10 TO-21-175 TR+39+35 TT+10-61
TW+24+121 TZ-6+35 UA+49+31 UG+1+32 US+40-99 UY-33-56 UZ+42+63 VA+42+12 VC+13-61 VE+7-66 VG+18-65
VI+18-65 VN+17+106 VU-15+167 WF-14-178 WS-14-172 YE+16+48 ZA-29+25 ZM-13+28 ZW-19+30
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map, in its units from the upper left."""

    x: float
    y: float


def land() -> str:
    """The land as the ``d`` of an SVG path, to be drawn with round dots one unit apart."""
    parts = []
    for y, row in enumerate(_LAND.splitlines()):
        for run in row.split():
            x, _, count = run.partition("+")
            # A little longer than its dots are apart, so that rounding never loses the last one.
            parts.append(f"M{x} {y}h{int(count) - 0.9:.1f}" if count else f"M{x} {y}h0")
    return "".join(parts)


def place(latitude: float, longitude: float) -> Point:
    """Where a place is on the map; degrees, north and east positive."""
    x, y = _equal_earth(latitude, (longitude - _MIDDLE + 180) % 360 - 180)
    edge, _ = _equal_earth(0, 180)
    _, top = _equal_earth(_NORTH, 0)
    step = 2 * edge / WIDTH
    return Point(round((x + edge) / step - 0.5, 1), round((top - y) / step - 0.5, 1))


def middle(points: Iterable[Point]) -> Point:
    """The point between several."""
    several = list(points)
    return Point(
        round(sum(point.x for point in several) / len(several), 1),
        round(sum(point.y for point in several) / len(several), 1),
    )


def country(code: str) -> Point | None:
    """Where a country is on the map; None for one that is not known."""
    found = _COUNTRIES.get(code)
    return place(*found) if found else None


def _equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    angle = asin(sqrt(3) / 2 * sin(radians(latitude)))
    square = angle * angle
    sixth = square**3
    divisor = 3 * (9 * _A4 * sixth * square + 7 * _A3 * sixth + 3 * _A2 * square + _A1)
    x = 2 * sqrt(3) * radians(longitude) * cos(angle) / divisor
    return x, angle * (_A4 * sixth * square + _A3 * sixth + _A2 * square + _A1)


def _countries() -> dict[str, tuple[float, float]]:
    found = {}
    for entry in _CENTRES.split():
        code, numbers = entry[:2], entry[2:]
        at = max(numbers.rfind("+"), numbers.rfind("-"))
        found[code] = (float(numbers[:at]), float(numbers[at:]))
    return found


_COUNTRIES: Final = _countries()
