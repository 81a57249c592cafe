"""The command line: parse, call one verb of `skyrack.api`, render. No decision lives here."""

import sys

if sys.platform == "win32":
    print(
        "skyrack: Windows is not supported; use Linux or macOS, or the Windows Subsystem for Linux (WSL)",
        file=sys.stderr,
    )
    raise SystemExit(2)
