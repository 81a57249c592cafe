"""Whose code and data a run rests on: the packages of its models, and digests by which a change is noticed."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skyrack.catalogue.contributions import contributions
from skyrack.core.compile_cache import catalogue_digest, outside_digest, source_digest
from skyrack.core.errors import InputError
from skyrack.core.json_text import to_json
from skyrack.core.plugins import Registration, models_of, registration_of
from skyrack.scenario.part import Part
from skyrack.scenario.schema import Scenario

_NOT_A_MODEL = {"skyrack", "pydantic", *sys.stdlib_module_names}
"""Top-level packages in which a model's base classes may stand without being part of its package."""


@dataclass(frozen=True)
class ModelInUse:
    """One model that a scenario uses, and the package that supplies it."""

    key: str
    """Path of the scenario's key."""
    model: type[Any]
    registration: Registration

    def row(self) -> dict[str, str]:
        """Return the model as the manifest of a run names it."""
        supplier = self.registration.supplier
        return {
            "key": self.key,
            "slot": self.registration.slot,
            "model": self.registration.name,
            "package": supplier.package,
            "version": supplier.version,
        }


def models_in_use(scenario: Scenario) -> list[ModelInUse]:
    """Return the models that a scenario uses, in the order of its keys.

    A training method that is left to Skyrack may be any that is installed, so all of them are in use.
    """
    found = list(_below(scenario, ()))
    training = scenario.workload.training
    if training is not None and training.method is None:
        for model in models_of("training_method").values():
            found += _one(model, ("workload", "training", "method"))
    return found


def _below(part: Part, path: tuple[str, ...]) -> Iterator[ModelInUse]:
    for name, field in type(part).model_fields.items():
        value, key = getattr(part, name), (*path, str(field.alias))
        for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
            where = (*key, str(number)) if isinstance(value, tuple) else key
            yield from _one(type(one), where)
            if isinstance(one, Part):
                yield from _below(one, where)


def _one(model: type[Any], path: tuple[str, ...]) -> list[ModelInUse]:
    registration = registration_of(model)
    return [] if registration is None else [ModelInUse(".".join(path), model, registration)]


def provenance_of(scenario: Scenario) -> dict[str, Any]:
    """Return what a run's manifest keeps of its origins: `laws`, `models` by key with their packages, and `digests`.

    `laws` is the digest of Skyrack's own code; the others are of its catalogue, of every outside package that supplies a
    model in use, and of what outside packages add to the catalogue.
    """
    used = models_in_use(scenario)
    outside = sorted({one.registration.supplier.package for one in used if one.registration.supplier.is_outside})
    added: dict[str, bytes] = {}
    for other in contributions():
        package = other.supplier.package
        added[package] = added.get(package, b"") + to_json([other.facts, other.defaults, other.parts])
    digests = {
        "catalogue": catalogue_digest(),
        "packages": {
            package: code_digest(one.model for one in used if one.registration.supplier.package == package)
            for package in outside
        },
        "catalogues": {package: _short(content) for package, content in added.items()},
    }
    return {"laws": source_digest(), "models": [one.row() for one in used], "digests": digests}


def check_laws(manifest: Mapping[str, Any], where: str) -> None:
    """Raise InputError where a run was begun by other laws of Skyrack; to be asked before its scenario is read again."""
    if manifest.get("laws") != source_digest() or "digests" not in manifest:
        raise InputError(f"{where}: the run was begun by another version of Skyrack; begin it anew")


def check_unchanged(manifest: Mapping[str, Any], scenario: Scenario, where: str) -> None:
    """Raise InputError where a run cannot go on, as its laws, its models' packages or its catalogue have changed.

    `manifest` is that of the run, with the keys of `provenance_of`; `where` begins the sentence.
    """
    check_laws(manifest, where)
    then, now = manifest["digests"], provenance_of(scenario)
    if then.get("catalogue") != now["digests"]["catalogue"]:
        raise InputError(f"{where}: Skyrack's catalogue was changed since the run began; begin it anew")
    versions = {row["package"]: row["version"] for row in now["models"]}
    for row in manifest["models"]:
        package, version = row["package"], versions.get(row["package"])
        digest = now["digests"]["packages"].get(package)
        if digest != then["packages"].get(package) or version != row["version"]:
            raise InputError(
                f"{where}: the package {package}, which supplies the {row['slot']} model {row['model']!r}, was changed since "
                f"the run began (version {row['version']} then, {version} now); begin it anew"
            )
    for package, digest in then["catalogues"].items():
        if now["digests"]["catalogues"].get(package) != digest:
            raise InputError(
                f"{where}: what the package {package} adds to the catalogue was changed since the run began; begin it anew"
            )


def code_digest(models: Iterable[type[Any]]) -> str:
    """Return a short digest of the outside packages that some models' classes stand in, base classes among them.

    All files of a top-level package or module count. The digest of built-in models is always the same: theirs are covered
    by that of Skyrack's own laws.
    """
    modules = {base.__module__.partition(".")[0] for model in models for base in model.__mro__}
    return _short("".join(f"{module} {outside_digest(module)}" for module in sorted(modules - _NOT_A_MODEL)).encode())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
