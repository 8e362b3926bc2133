"""Units of measurement as they are written behind numbers, in plain form (lower case, ² as 2)."""

from __future__ import annotations

from typing import Final

# Electricity; length, area, volume; mass, force, pressure, energy, heat, light; time, speed, flow;
# products and quotients; data, pictures, sound; Russian.
_WRITTEN: Final = """
    v mv kv a ma ka w mw kw gw va kva mva var kvar wh kwh mwh gwh ah mah hz khz mhz ghz
    ω kω mω ohm ohms f pf nf μf uf db dbm
    nm μm um mm cm dm m km in ft mm2 cm2 dm2 m2 km2 mm3 cm3 dm3 m3 ml cl l
    mg g kg t n kn pa kpa mpa gpa bar mbar psi j kj mj kcal cal c f k lm lx cd
    ms μs us ns s min h rpm r rmin rs mmin mmmin mmr ms2 mmins kmh mh lmin ls lh m3h m3min m3s kgh
    knm wm2 nmm2 kgm3 mgl gl gcm3 wmk
    bit kb mb gb tb kbps mbps gbps bps px dpi ppm
    в мв кв а ма ка вт мвт квт ва ква вч квтч ач гц кгц мгц ом ком мом нм мкм мм см дм м км
    мм2 см2 м2 км2 мм3 см3 м3 мл л мг г кг т н кн па кпа мпа бар дж кдж с мс мин ч обмин
    кмч лмин м3ч кгс
"""

UNITS: Final = frozenset(_WRITTEN.split())
"""Letters that measure; of a unit with a stroke or a point (r/min, N·m) without them."""
