"""Cost models: the yearly cost of a kilowatt of computers from the cost of hardware, launch and operations.

A cost model turns the cost inputs of one side, orbit or ground, into an account: yearly cost lines per watt, and the
fraction of the computers that work. Prices, break-even, cost drivers and Monte Carlo studies use the cost model of the
scenario for both sides; cash flows by year are payments and use no cost model. To add a cost model: one file with a
class that implements the protocol below, one line among the entry points `skyrack.cost_model`, one test.

The protocol cannot express costs that are not linear in a price (break-even prices and the mean over the months of a
build-out rely on linearity), nor a model for one side alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import TypeAdapter, ValidationError

from skyrack.core.errors import InputError
from skyrack.economics.accounts import Account, CostInputs, levelised_cost, numbers_of
from skyrack.scenario.plugin_field import SlotField, written


class CostModel(Protocol):
    """Protocol of a cost model."""

    name: ClassVar[str]

    def account(self, inputs: CostInputs) -> Account:
        """Return the account of one side. All fields of `inputs`, and of the account, may be arrays of one shape."""
        ...


def account_of(inputs: CostInputs) -> Account:
    """Return the account of one side by the cost model of its inputs, or by the built-in one where they have none."""
    return levelised_cost(inputs) if inputs.cost_model is None else inputs.cost_model.account(inputs)


def cost_inputs_document(inputs: CostInputs) -> dict[str, Any]:
    """Return the cost inputs of one side in the format of a price document, with the cost model where there is one."""
    model = {} if inputs.cost_model is None else {"cost_model": written(inputs.cost_model)}
    return {"cost_inputs": {name: float(value) for name, value in numbers_of(inputs).items()}} | model


def cost_inputs_of(side: Mapping[str, Any]) -> CostInputs:
    """Return the cost inputs that `cost_inputs_document` wrote; raises InputError where their cost model is missing."""
    if side.get("cost_model") is None:
        return CostInputs(**side["cost_inputs"])
    try:
        return CostInputs(**side["cost_inputs"], cost_model=_KEPT.validate_python(side["cost_model"]))
    except ValidationError as error:
        raise InputError(f"economics.cost_model: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


_KEPT: TypeAdapter[Any] = TypeAdapter(Annotated[Any, SlotField("cost_model")])
