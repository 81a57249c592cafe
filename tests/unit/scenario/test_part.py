"""Fields of a scenario: quantities with their unit, names of the catalogue, choices left to Skyrack."""

from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from skyrack.core.errors import InputError
from skyrack.core.units import PINT_UNITS
from skyrack.scenario.part import Part, Unit
from skyrack.scenario.workload import OrChoose


class Pad(Part):
    height_m: Annotated[float, Unit("m", 0.0, 100e3)]
    area_m2: Annotated[float, Unit("m2", 0.0, low_excluded=True)] | None = None
    slope_rad: Annotated[float, Unit("rad", 0.0, 1.5)] = Field(default="3 deg", validate_default=True)
    share_frac: Annotated[float, Unit("frac", 0.0, 1.0)] = Field(default=0.5)
    crews: OrChoose[int] = Field(default="choose", validate_default=True)


def test_a_quantity_is_a_float_in_si():
    pad = Pad.model_validate({"height": "2.5 km", "slope": "90 mrad", "share": "40 %"})
    assert (pad.height_m, pad.area_m2, pad.slope_rad, pad.share_frac) == (2500.0, None, 0.09, 0.4)


def test_a_dump_reads_back_to_the_same():
    pad = Pad.model_validate({"height": "2.5 km", "area": "7 cm2", "crews": 3})
    written = pad.model_dump(mode="json", by_alias=True)
    assert written["height"] == "2500.0 m"
    assert Pad.model_validate(written) == pad


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"height": "200 km"},
            "'200 km' is not possible; accepted is a length from 0 m up to 100 km, for example '650 km'",
        ),
        ({"height": 3}, "3 has no unit"),
        ({"height": "1 m", "area": "0 m2"}, "accepted is an area above 0 m2, for example '600 m2'"),
        ({"height": "1 m", "area": "1 kg"}, "is a mass, but an area is needed"),
        ({"height": "1 m", "slope": "91 deg"}, "accepted is an angle from 0 deg up to 85.9437 deg"),
        ({"height": "1 m", "share": 2}, "accepted is a share from 0 up to 1"),
        ({"height": None}, "None is not a length"),
    ],
)
def test_a_wrong_quantity_is_one_sentence(keys, words):
    with pytest.raises(ValidationError) as caught:
        Pad.model_validate(keys)
    assert words in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("suffix", sorted(PINT_UNITS))
def test_infinity_and_nan_are_refused(suffix):
    for given in ("nan", "inf", "-inf", "1e999", float("nan"), float("inf")):
        with pytest.raises(InputError):
            Unit(suffix).parse(given)


def test_the_json_schema_says_the_unit():
    properties = Pad.model_json_schema(by_alias=True)["properties"]
    assert properties["height"] == {
        "title": "Height",
        "type": "string",
        "unit": "meter",
        "description": "a length from 0 m up to 100 km, for example '650 km'",
        "examples": ["650 km"],
    }
    assert properties["share"]["type"] == ["string", "number"]


def test_a_choice_is_given_or_left():
    assert Pad.model_validate({"height": "1 m"}).crews is None
    assert Pad.model_validate({"height": "1 m"}).model_dump(by_alias=True)["crews"] == "choose"
    assert Pad.model_validate({"height": "1 m", "crews": 4}).crews == 4
