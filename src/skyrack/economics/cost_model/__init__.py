"""Cost models: how hardware, launch and upkeep become what a kilowatt of computers costs in a year.

A cost model turns the cost inputs of one side, orbit or ground, into an account: cost lines of a year for each watt, and the
share of the computers that work. Prices, break-even, cost drivers and Monte Carlo studies all ask the scenario's model, for
both sides; cash flows by year are what is paid, and ask no model. Add a cost model: one file with a class that keeps the
promise below, one line among the entry points `skyrack.cost_model`, one test.

What the promise cannot express: costs that are not linear in a price (break-even prices and the mean over the months of a
build-out rest on that), and a model for one side alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import TypeAdapter, ValidationError

from skyrack.core.errors import InputError
from skyrack.economics.accounts import Account, CostInputs, levelised_cost, numbers_of
from skyrack.scenario.plugin_field import SlotField, written


class CostModel(Protocol):
    """The promise of a cost model."""

    name: ClassVar[str]

    def account(self, inputs: CostInputs) -> Account:
        """Return the account of one side. All fields of `inputs` may be arrays of one shape; so may the account's."""
        ...


def account_of(inputs: CostInputs) -> Account:
    """Return the account of one side by the cost model that it carries, or by the built-in one where it carries none."""
    return levelised_cost(inputs) if inputs.cost_model is None else inputs.cost_model.account(inputs)


def cost_inputs_document(inputs: CostInputs) -> dict[str, Any]:
    """Return one side's cost inputs as a price document keeps them, with the cost model where there is one."""
    model = {} if inputs.cost_model is None else {"cost_model": written(inputs.cost_model)}
    return {"cost_inputs": {name: float(value) for name, value in numbers_of(inputs).items()}} | model


def cost_inputs_of(side: Mapping[str, Any]) -> CostInputs:
    """Return the cost inputs that `cost_inputs_document` wrote; InputError where their cost model is missing."""
    if side.get("cost_model") is None:
        return CostInputs(**side["cost_inputs"])
    try:
        return CostInputs(**side["cost_inputs"], cost_model=_KEPT.validate_python(side["cost_model"]))
    except ValidationError as error:
        raise InputError(f"economics.cost_model: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


_KEPT: TypeAdapter[Any] = TypeAdapter(Annotated[Any, SlotField("cost_model")])
