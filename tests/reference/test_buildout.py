"""Learning, mass and power of a build-out against published figures."""

from skyrack.buildout.cohorts import learned
from skyrack.buildout.metrics import kardashev
from skyrack.catalogue import facts


def test_learning_and_the_mass_that_a_price_needs(validate):
    """Anchor A2: from 1,800 USD/kg at 400 t with a fifth less for each doubling."""
    fact = facts()
    first, share_less = 1800.0, float(fact["gs.launch.learning"].value)
    source = "facts.yaml anchor A2, Suncatcher paper"
    validate("launch price at 370,000 t", first * learned(370_000.0, 400.0, share_less), 200.0, 5.0, "USD/kg", source)
    validate("launch price at 104,000 t", first * learned(104_000.0, 400.0, share_less), 300.0, 7.5, "USD/kg", source)
    assert learned(10.0, 400.0, 0.2) == 1.0
    assert learned(1e9, 1.0, 0.0) == 1.0


def test_memo_scaling(validate):
    """Anchor A6: the memo's own arithmetic, and what AI1's density would ask for."""
    fact = facts()
    mass_kg, flight_kg = 1e3 * float(fact["sx.mass_rate"].value), 1e3 * float(fact["sx.starship.payload_target"].value)
    source = "facts.yaml anchor A6, SpaceX memo"
    validate("flights a year for a megatonne", mass_kg / flight_kg, 5000.0, 0.5, "1/year", source)
    validate("compute of a megatonne at 100 kW/t", mass_kg * 100.0 / 1e9, 100.0, 0.01, "GW", source)
    hourly_kg = flight_kg * float(fact["sx.starship.cadence_target"].value)
    validate("mass of hourly flights", hourly_kg / 1e9, 1.75, 0.005, "Mt/year", source)
    validate("mass for 100 GW at 70 kW/t", 100e9 / 70.0 / 1e9, 1.43, 0.005, "Mt", source)


def test_kardashev(validate):
    validate("Kardashev number of 1e16 W", kardashev(1e16), 1.0, 1e-12, "", "Sagan 1973, definition")
    assert kardashev(0.0) == 0.0
