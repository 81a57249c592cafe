"""The control plane that another process holds, over HTTP, and its users."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.core.errors import InputError, RunError

if TYPE_CHECKING:
    from skyrack.operations.live.users import User
    from skyrack.operations.manifest import Manifest

DEFAULT_FOLDER = Path("operations") / "control"
ADDRESS, TOKEN = "address.json", "token"
"""Files of a control plane's folder: its address, and the token of its owner."""
TIMEOUT_S = 60.0


def read_job(path: str | Path) -> Manifest:
    """Return the manifest of a file: YAML, a script with a header, or a Kubernetes Job or JobSet.

    Raises InputError with one sentence if it is wrong.
    """
    from skyrack.operations.manifest import read_manifest

    return read_manifest(Path(path))


def seconds(text: str) -> float:
    """Return a time such as "90 min" in seconds. Raises InputError for anything else."""
    from skyrack.core.units import to_si

    return to_si(text, "s")


def jobset(manifest: Manifest, image: str) -> str:
    """Return the JobSet of a manifest, for a cluster of Kubernetes with JobSet and Kueue, in YAML.

    Raises InputError for a name that Kubernetes does not accept.
    """
    import yaml

    from skyrack.operations.manifest import to_kubernetes

    return yaml.safe_dump(to_kubernetes(manifest, image), sort_keys=False)


class Remote:
    """Control plane that another process holds, over HTTP."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """Find a control plane by its folder, or by SKYRACK_URL and SKYRACK_TOKEN. Raises InputError where there is none."""
        self.url, self.token = os.environ.get("SKYRACK_URL", ""), os.environ.get("SKYRACK_TOKEN", "")
        if folder is not None or not self.url:
            path = Path(folder) if folder is not None else DEFAULT_FOLDER
            try:
                self.url = json.loads((path / ADDRESS).read_text())["url"]
                self.token = (path / TOKEN).read_text().strip()
            except (OSError, ValueError, KeyError):
                raise InputError(
                    f"{path}: no control plane is there; start one with 'skyrack operate SCENARIO --engine slurm --out "
                    f"{path}', or name one with --control or SKYRACK_URL and SKYRACK_TOKEN"
                ) from None

        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"SKYRACK_URL {self.url}: accepted is an address that begins with http:// or https://")

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return the answer to a request. Raises InputError if it is refused, RunError without one."""
        given = {name: value for name, value in query.items() if value is not None}
        address = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(given)}" if given else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - an address of the user's
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                text = answer.read().decode()
                return json.loads(text) if answer.headers.get_content_type() == "application/json" else text
        except urllib.error.HTTPError as error:
            try:
                sentence = json.loads(error.read())["error"]
            except (ValueError, KeyError):
                sentence = f"{self.url} answered with status {error.code}"
            raise (InputError if error.code < 500 else RunError)(sentence) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RunError(
                f"the control plane at {self.url} does not answer ({reason}); jobs that were acknowledged are kept, start it "
                f"again with the command of before"
            ) from None


def known_users(folder: str | Path) -> list[User]:
    """Return the users of a control plane's folder."""
    from skyrack.operations.live.users import users

    return users(Path(folder))


def add_user(folder: str | Path, name: str, role: str, max_satellites: int | None = None) -> str:
    """Add a user to a control plane and return the token, which is kept nowhere; InputError for a wrong role."""
    from skyrack.operations.live.users import add_user as add

    return add(_existing(folder), name, role, max_satellites)


def remove_user(folder: str | Path, name: str) -> None:
    """Remove a user of a control plane. Raises InputError where there is none of this name."""
    from skyrack.operations.live.users import remove_user as remove

    remove(_existing(folder), name)


def _existing(folder: str | Path) -> Path:
    path = Path(folder)
    if not (path / "control.json").exists():
        raise InputError(f"{path}: no control plane is there; name its folder with --control")
    return path
