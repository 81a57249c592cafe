"""Processor cores and memory of this machine, on Linux and macOS."""

from __future__ import annotations

import os

import psutil


def usable_cores() -> int:
    """Return the number of processor cores that this process may use, at least one."""
    try:
        return max(1, len(psutil.Process().cpu_affinity()))
    except (AttributeError, psutil.Error):  # macOS binds no process to cores
        return max(1, os.cpu_count() or 1)


def available_bytes() -> float:
    """Return the memory in bytes that this process may still allocate: free memory, or less if a limit is set."""
    available = float(psutil.virtual_memory().available)
    limit = _address_space_limit_bytes()
    return available if limit is None else min(available, limit)


def peak_resident_bytes() -> float:
    """Return the peak resident memory of this process in bytes, or the present value if the system records no peak."""
    try:
        import resource
    except ImportError:
        return float(psutil.Process().memory_info().rss)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if psutil.MACOS else 1024 * peak)  # bytes on macOS, kibibytes elsewhere


def _address_space_limit_bytes() -> float | None:
    try:
        import resource
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else float(soft)
