"""The border between quantities with units and SI floats."""

import math

import pytest

from skyrack.core.errors import InputError
from skyrack.core.units import PINT_UNITS, UNITS, display, registry, strip_unit, to_si, write_si


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        ("650 km", "m", 650e3),
        ("600 m2", "m2", 600.0),
        ("16 km2", "m2", 16e6),
        ("20 kWh", "j", 72e6),
        ("85 degC", "k", 358.15),
        ("97.4 deg", "rad", math.radians(97.4)),
        ("-0.35 %/K", "per_k", -0.0035),
        ("2.5 %/year", "per_year_frac", 0.025),
        ("90 %", "frac", 0.9),
        (0.9, "frac", 0.9),
        ("1 /hour", "per_hour", 1.0),
        ("1e3 kW", "w", 1e6),
        ("237 W/m2", "w_per_m2", 237.0),
    ],
)
def test_to_si(text, suffix, expected):
    assert to_si(text, suffix) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("suffix", sorted(PINT_UNITS))
def test_every_example_is_accepted(suffix):
    for example in UNITS[suffix].example.split(" or "):
        assert math.isfinite(to_si(example, suffix))


@pytest.mark.parametrize(
    ("given", "suffix", "words"),
    [
        ("20 kW", "j", "is a power, but an energy is needed"),
        (3, "j", "has no unit"),
        ("3", "j", "has no unit"),
        ("3 parsnips", "m", "unknown unit"),
        (True, "frac", "is not a share"),
        (None, "m", "is not a length"),
        ("__import__('os').system('x')", "m", "is not a length"),
        ("9" * 200, "m", "is not a length"),
        ("2 ** 2 ** 2 ** 99 m", "m", "is not a length"),
        ("nan W", "w", "is not a power"),
    ],
)
def test_what_is_refused(given, suffix, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        to_si(given, suffix)


def test_keys_drop_the_unit():
    assert [
        strip_unit(n)
        for n in ("capacity_j", "wear_per_year_frac", "area_per_face_m2", "name", "earth_infrared_w_per_m2")
    ] == [
        "capacity",
        "wear_per_year",
        "area_per_face",
        "name",
        "earth_infrared",
    ]


@pytest.mark.parametrize("suffix", sorted(PINT_UNITS))
@pytest.mark.parametrize("number", [0.0, 0.1, 1.0 / 3.0, 1e-9, 12345.678])
def test_a_written_number_reads_back_exactly(suffix, number):
    assert to_si(write_si(number, suffix), suffix) == number


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_a_row_of_the_table_is_complete(unit):
    assert unit.name
    assert [size for size, _ in unit.scales] == sorted((size for size, _ in unit.scales), reverse=True)
    assert bool(unit.pint) == bool(unit.noun) == bool(unit.example)
    if unit.pint and not unit.is_bare:
        assert registry().Unit(unit.written) == registry().Unit(unit.pint)


def test_temperatures_and_angles_alone_have_no_true_zero():
    assert [unit.suffix for unit in UNITS.values() if not unit.has_true_zero] == ["k", "rad"]
    assert UNITS["k"].difference in UNITS


def test_display():
    assert display(110.0e9, "w") == "110 GW"
    assert display(336.65, "k") == "63.5 °C"
    assert display(0.8356, "frac") == "83.56 %"
    assert display(3.6e6, "j") == "1 kWh"
    assert display(None, "w") == "-"
    assert display(-3.6e9, "j") == "-1 MWh"
    assert display(1.5, "k_difference") == "1.5 K"
    assert display(math.pi, "rad") == "180.00°"
    assert display(0.025, "per_year_frac") == "2.5 %/year"
    assert display(0.5, "w") == "0.5 W"
    assert display(12_345.0, "usd_per_m2") == "12,345 USD/m²"
    assert display(3.0, "parsnips") == "3 parsnips"


@pytest.mark.parametrize(
    ("value", "suffix"), [("10 deg deg", "rad"), ("5 rad deg", "rad"), ("3 deg", "frac"), ("1 /s", "rad_per_s")]
)
def test_angles_are_counted(value, suffix):
    """Degrees are numbers to pint, so that ten square degrees would pass for an angle."""
    with pytest.raises(InputError, match="is not"):
        to_si(value, suffix)
