"""Slots: the places where the field knows several models, filled through entry points.

The built-in models are registered in the same entry-point groups (`skyrack.shadow`, `skyrack.power_policy`, ...) that an
outside package uses, so that a user's model and a built-in one are found in the same way. Nothing is imported before a slot
is first used: then all of its models are loaded, and one that cannot be is left out with one warning.
"""

from __future__ import annotations

import functools
import inspect
import logging
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any

from skyrack.core.errors import InputError

OURS = "skyrack"
"""The distribution whose models are built in."""

SLOTS: dict[str, tuple[str, ...]] = {
    "battery": (
        "capacity_j",
        "charge_efficiency_frac",
        "discharge_efficiency_frac",
        "depth_limit_frac",
        "charge_rate_per_hour",
        "fade_per_cycle_frac",
        "fade_per_year_frac",
    ),
    "cost_model": ("account",),
    "launcher": ("vehicle", "begins", "lift", "cadence", "usd_per_kg"),
    "power_policy": ("bounds_w", "refill_s"),
    "published": ("title", "source", "notes", "results", "orbit", "ground"),
    "radiation_environment": ("dose_gy_per_year", "proton_dose_gy_per_year", "proton_flux_per_m2_s"),
    "radiator": (
        "area_per_face_m2",
        "heat_capacity_j_per_k",
        "coupling_w_per_k",
        "emissivity_frac",
        "absorptivity_frac",
        "edge_on_to_sun",
        "earth_tilt_rad",
        "temperature_limit_k",
    ),
    "router": ("link_costs_m",),
    "scheduling_policy": (
        "title",
        "weights",
        "cost",
        "good_cost",
        "max_rings",
        "plans",
        "moves",
        "requeues",
        "order",
        "backfill",
    ),
    "serving_policy": ("keeps_sessions", "dispatch"),
    "shadow": ("edge_cosines",),
    "topology": ("is_dynamic", "links"),
    "training_method": ("workers", "stops_together", "exchange"),
}
"""Every slot, and what its models must have beside `name`: the members of the protocol in the slot's folder."""

_log = logging.getLogger(__name__)
_registration_of: dict[type[Any], Registration] = {}


@dataclass(frozen=True)
class Supplier:
    """A package that fills a slot: its distribution's name and version."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"

    @property
    def is_outside(self) -> bool:
        """True if this is a package other than Skyrack itself."""
        return self.package != OURS


@dataclass(frozen=True)
class Registration:
    """One model of a slot, as a package registers it."""

    slot: str
    name: str
    supplier: Supplier
    point: EntryPoint


def found_in(group: str) -> list[tuple[EntryPoint, Supplier]]:
    """Return the entry points of a group with the packages that bring them: our own first, then by package and name."""
    found = [(point, _supplier(point)) for point in _points().get(group, [])]
    return sorted(found, key=lambda pair: (pair[1].is_outside, pair[1].package, pair[0].name))


@functools.cache
def _points() -> dict[str, list[EntryPoint]]:
    """All entry points of Skyrack's groups: the packages of this machine are searched once."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(extras=[]):  # all at once: a search by group reads every package anew
        if point.group.startswith("skyrack."):
            found.setdefault(point.group, []).append(point)
    return found


def _supplier(point: EntryPoint) -> Supplier:
    if point.dist is None:
        return Supplier(point.module.partition(".")[0], "without a version")
    return Supplier(point.dist.name, point.dist.version)


def ours() -> Supplier:
    """Skyrack itself as a supplier."""
    return Supplier(OURS, version(OURS))


def clash(what: str, name: str, first: Supplier, second: Supplier) -> InputError:
    """Return the error for one name that two packages give to different things."""
    return InputError(
        f"{what} {name!r} is supplied by two packages, {first} and {second}; uninstall one of them, or rename its entry"
    )


@functools.cache
def registered(slot: str) -> dict[str, Registration]:
    """Return what packages register for `slot`, by the name that a scenario writes; nothing is imported.

    Raises InputError for a slot that does not exist, and for a name that two packages give to their models.
    """
    if slot not in SLOTS:
        raise InputError(f"{slot!r} is not a slot; known are {', '.join(SLOTS)}")
    known: dict[str, Registration] = {}
    for point, supplier in found_in(f"skyrack.{slot}"):
        if point.name in known:
            raise clash(f"the {slot} model", point.name, known[point.name].supplier, supplier)
        known[point.name] = Registration(slot, point.name, supplier, point)
    return dict(sorted(known.items()))


@dataclass(frozen=True)
class _Loaded:
    """A slot after all its packages were asked."""

    models: dict[str, type[Any]]
    failures: dict[str, str]
    """Name of a model that cannot be used, and the sentence that says why."""


@functools.cache
def _loaded(slot: str) -> _Loaded:
    models, failures = {}, {}
    for name, one in registered(slot).items():
        try:
            models[name] = _checked(one, one.point.load())
        except (Exception, SystemExit) as error:
            if not one.supplier.is_outside:
                raise
            failures[name] = why_left_out(f"the {slot} model {name!r} ({one.point.value})", one.supplier, error)
            _log.warning("%s; it is left out", failures[name])
        else:
            _registration_of[models[name]] = one
    return _Loaded(models, failures)


def why_left_out(what: str, supplier: Supplier, error: BaseException) -> str:
    """Return the sentence for a part of a package that cannot be used."""
    if isinstance(error, InputError):
        return f"{what} of the package {supplier} cannot be used: {error}"
    return f"{what} of the package {supplier} could not be imported ({type(error).__name__}: {error})"


def _checked(one: Registration, model: Any) -> type[Any]:
    """Return the model; InputError where it does not keep the promise of its slot."""
    if not inspect.isclass(model):
        raise InputError(f"{one.point.value} is not a class")
    if getattr(model, "name", None) != one.name:
        raise InputError(
            f"its class calls itself {getattr(model, 'name', None)!r}; write name: ClassVar[str] = {one.name!r}"
        )
    fields = {*getattr(model, "model_fields", {}), *getattr(model, "__dataclass_fields__", {})}
    missing = [member for member in SLOTS[one.slot] if member not in fields and not hasattr(model, member)]
    if missing:
        raise InputError(f"its class lacks {', '.join(missing)}, which the slot's protocol asks for")
    return model


def models_of(slot: str) -> dict[str, type[Any]]:
    """Return the models of `slot` that can be used, by the name that a scenario writes.

    One that cannot be imported, or lacks what the slot's protocol asks for, is left out with one warning. Raises InputError
    where two packages give the same name to their models.
    """
    return _loaded(slot).models


def model_of(slot: str, name: str) -> type[Any]:
    """Return one model; InputError where there is none of this name, or where it cannot be imported (and why)."""
    found = _loaded(slot)
    if name in found.models:
        return found.models[name]
    if name in found.failures:
        raise InputError(found.failures[name])
    raise InputError(f"{name!r} is not a known model; known are {', '.join(found.models)}")


def registration_of(model: type[Any]) -> Registration | None:
    """Return where a model's class comes from; None for a class that fills no slot that has been used."""
    return _registration_of.get(model)


def forget() -> None:
    """Look for packages anew at the next use, as after one was installed while this process runs."""
    for known in (_points, registered, _loaded):
        known.cache_clear()
    _registration_of.clear()
