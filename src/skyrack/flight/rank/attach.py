"""Puts a flight under a script that knows nothing of it: hooks in torch, set when the script imports it."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed import distributed_c10d as c10d
from torch.nn.modules import module as nn_module
from torch.optim import optimizer as optim
from torch.utils import flop_counter
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from skyrack.flight.board import Board, MemoryBoard, StoreBoard
from skyrack.flight.rank.flight import Flight
from skyrack.flight.rank.group import BACKEND, FlownGroup
from skyrack.flight.rank.imports import after_import
from skyrack.flight.rank.torchft import fly_torchft
from skyrack.flight.rank.work import CountedWork, CpuWork, Work, read_chains
from skyrack.flight.settings import Settings

ENTRY = "SKYRACK_FLIGHT"
"""Environment variable that names the folder of the flight."""
BOARD = "SKYRACK_FLIGHT_BOARD"
"""Environment variable that chooses the board: memory, store, or by the machines of the ranks."""

STATE: dict[str, Any] = {"flight": None, "depth": 0}
"""Flight of this process, and the depth of the module calls that are under way."""


class FlopCounter(TorchDispatchMode):  # type: ignore[misc]
    """Counts the FLOPs of matrix products, convolutions and attention, as torch.utils.flop_counter does."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0.0
        self.is_on = False
        self._formulas = dict(flop_counter.flop_registry) | _cpu_attention()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Execute an operation and count its FLOPs."""
        del types
        out = func(*args, **(kwargs or {}))
        formula = self._formulas.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=out)
        return out

    @classmethod
    def is_infra_mode(cls) -> bool:
        """Return True: torch.compile shall compile while FLOPs are counted; its code is counted when it runs."""
        return True

    def switch(self, *, on: bool) -> None:
        """Switch on or off, unless a backward pass or another mode of the script is under way."""
        top = _get_current_dispatch_mode()
        if on == self.is_on or torch._C._current_graph_task_id() != -1 or top not in (None, self):
            return
        self.is_on = on
        self.flops = 0.0
        if on:
            self.__enter__()
        else:
            self.__exit__(None, None, None)


def _cpu_attention() -> dict[Any, Any]:
    """Return FLOPs of the attention kernels of CPUs, which torch.utils.flop_counter leaves out."""
    found: dict[Any, Any] = {}
    aten = torch.ops.aten

    def forward(query: Any, key: Any, value: Any, *args: Any, out_val: Any = None, **kwargs: Any) -> int:
        del args, out_val, kwargs
        return int(flop_counter.sdpa_flop_count(query.shape, key.shape, value.shape))

    def backward(grad: Any, query: Any, key: Any, value: Any, *args: Any, out_val: Any = None, **kwargs: Any) -> int:
        del args, out_val, kwargs
        return int(flop_counter.sdpa_backward_flop_count(grad.shape, query.shape, key.shape, value.shape))

    for name, formula in (
        ("_scaled_dot_product_flash_attention_for_cpu", forward),
        ("_scaled_dot_product_flash_attention_for_cpu_backward", backward),
    ):
        if hasattr(aten, name):
            found[getattr(aten, name)] = formula
    return found


def _work_of(settings: Settings, rank: int) -> Work:
    if settings.mode == "cpu-time":
        return CpuWork()
    if settings.mode == "recorded" and settings.recorded is not None:
        chains = read_chains(Path(settings.recorded) / "ranks" / f"{rank}.work.json")
        return CountedWork(FlopCounter(), chains, is_fixed=True)
    return CountedWork(FlopCounter())


def _board_of(folder: Path, settings: Settings, store: Any, rank: int, attempt: int) -> Board:
    """Return the board in memory if all ranks are on this machine, otherwise that in the store."""
    asked = os.environ.get(BOARD, "auto")
    if asked == "auto" and store is not None and settings.n_ranks > 1:
        here = f"{socket.gethostname()} {folder.stat().st_dev}:{folder.stat().st_ino}"
        store.set(f"skyrack-flight/{attempt}/machine/{rank}", here)
        machines = {store.get(f"skyrack-flight/{attempt}/machine/{one}").decode() for one in range(settings.n_ranks)}
        asked = "memory" if len(machines) == 1 else "store"
    if asked == "store" and store is not None:
        return StoreBoard(store, attempt)
    return MemoryBoard(folder / "board" / str(attempt), settings.n_ranks)


def _check_size(folder: Path, settings: Settings, n_ranks: int) -> None:
    """Raise RuntimeError where a job has another number of ranks than its flight has satellites."""
    if n_ranks != settings.n_ranks:
        problem = (
            f"the script runs {n_ranks} ranks, the flight has {settings.n_ranks} satellites: give both the same number, "
            f"for example --satellites {n_ranks}"
        )
        (folder / "problem.txt").write_text(problem + "\n", "utf-8")
        raise RuntimeError(f"skyrack: {problem}")


def begin(folder: Path, rank: int, n_ranks: int, store: Any) -> Flight:
    """Begin the flight of this process as one rank of `n_ranks`; raises RuntimeError for another number than asked for."""
    settings = Settings.read(folder)
    _check_size(folder, settings, n_ranks)
    attempt = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    board = _board_of(folder, settings, store, rank, attempt)
    flight = Flight(folder, rank, attempt, board, _work_of(settings, rank))
    STATE["flight"] = flight
    atexit.register(_at_exit)
    os.register_at_fork(after_in_child=_forget)
    return flight


def _at_exit() -> None:
    flight = STATE["flight"]
    if flight is not None:
        flight.close(is_complete=not hasattr(sys, "last_value"))  # set when an exception ends the script
        _await_quiet_threads()


QUIET_CHECKS, CHECK_S, MAX_CHECKS = 6, 0.02, 100
BUSY_S = 1e-4
"""CPU time of other threads between two checks from which they count as running."""


def _await_quiet_threads() -> None:
    """Wait until the other threads of this process have used no CPU time for a while, two seconds at most.

    A thread of Gloo may still have to release the Python object of the last collective. If it asks for Python's lock only
    when the interpreter is being finalised, the process aborts.
    """
    quiet, used_s = 0, _others_s()
    for _ in range(MAX_CHECKS):
        time.sleep(CHECK_S)  # without the lock, so that a thread that waits for it goes on
        before_s, used_s = used_s, _others_s()
        quiet = 0 if used_s - before_s > BUSY_S else quiet + 1
        if quiet == QUIET_CHECKS:
            return


def _others_s() -> float:
    """Return the CPU time of all threads but this one."""
    return time.process_time() - time.thread_time()


def _forget() -> None:
    """Leave the flight in a child process: a loader of data is no satellite."""
    flight = STATE["flight"]
    STATE["flight"] = None
    if flight is not None:
        flight.log.is_closed = True
        if isinstance(flight.work, CountedWork) and flight.work._counter.is_on:
            flight.work._counter.switch(on=False)


# --- torch.distributed


def _create(options: Any, backend_options: Any = None) -> Any:
    """Return a group that flies; torch calls it for each group of the backend."""
    del backend_options
    ranks = tuple(options.global_ranks_in_group) or tuple(range(options.group_size))
    flight: Flight | None = STATE["flight"]
    if flight is None:
        flight = begin(Path(os.environ[ENTRY]), options.group_rank, options.group_size, options.store)
    if not options.global_ranks_in_group:
        _check_size(flight.folder, flight.settings, options.group_size)
        flight.generation += 1
    gloo = dist.ProcessGroupGloo(options.store, options.group_rank, options.group_size, options.timeout)
    inner = dist.ProcessGroup(options.store, options.group_rank, options.group_size)
    group = FlownGroup(flight, inner, str(options.group_id), options.group_rank, ranks)
    for one in (inner, group):  # the group too: what it does not override still works, uncharged
        one._register_backend(torch.device("cpu"), dist.ProcessGroup.BackendType.GLOO, gloo)
        one._set_default_backend(dist.ProcessGroup.BackendType.GLOO)
    flight.groups.add(group)
    return group


def _fly_groups() -> None:
    dist.Backend.register_backend(BACKEND, _create, extended_api=True, devices=["cpu"])
    original = c10d._new_process_group_helper

    def new_group(
        group_size: Any,
        group_rank: Any,
        global_ranks_in_group: Any,
        backend: Any,
        store: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        asked = str(backend).lower()
        is_flown = asked in FLOWN_BACKENDS or any(name in asked for name in ("cpu:", "cuda:"))
        chosen = dist.Backend(BACKEND) if is_flown else backend
        if is_flown:  # options are those of a backend that is not used
            kwargs.pop("backend_options", None)
        kwargs.pop("device_id", None)
        made, made_store = original(group_size, group_rank, global_ranks_in_group, chosen, store, *args, **kwargs)
        if isinstance(made, FlownGroup):  # a script that asks shall hear that it is Gloo
            c10d._world.pg_map[made] = ("gloo", c10d._world.pg_map[made][1])
            if "nccl" in asked:
                made.flight.log.event(
                    "nccl", made.flight.clock.now_s, "the script asked for NCCL; its collectives run on CPUs by Gloo"
                )
        return made, made_store

    c10d._new_process_group_helper = new_group


FLOWN_BACKENDS = ("gloo", "nccl", "mpi", "undefined", "none", BACKEND)
"""Backends in whose place a flight puts its own."""


# --- models, losses, optimisers


def _before_module(module: Any, inputs: Any, named: Any = None) -> None:
    flight: Flight | None = STATE["flight"]
    if flight is None or torch.compiler.is_compiling():
        return
    STATE["depth"] += 1
    if STATE["depth"] > 1:
        return
    if flight.in_backward():  # activations that are computed again
        flight.event("recomputed")
        return
    shapes = ",".join(str(tuple(one.shape)) for one in _tensors([inputs, named]))
    grad = "grad" if torch.is_grad_enabled() else "no grad"
    flight.anchor(f"{type(module).__name__} {shapes} {grad} {'train' if module.training else 'eval'}")
    fault = flight.due_activation()
    if fault is not None:
        _flip_in(flight, fault, module)


def _flip_in(flight: Flight, fault: Any, module: Any) -> None:
    """Flip a bit of the output of one of the leaf modules of a model, once, in the call that begins now."""
    leaves = [(name or "model", one) for name, one in module.named_modules() if next(one.children(), None) is None]
    name, leaf = leaves[min(int(fault.position * len(leaves)), len(leaves) - 1)]
    handle = None

    def after(_module: Any, _inputs: Any, output: Any) -> None:
        nonlocal handle
        if handle is not None:
            handle.remove()
            handle = None
            flight.flip_activation(fault, name, output)

    handle = leaf.register_forward_hook(after)


def _after_module(module: Any, inputs: Any, output: Any) -> None:
    del module, inputs, output
    if STATE["flight"] is not None and not torch.compiler.is_compiling() and STATE["depth"] > 0:
        STATE["depth"] -= 1


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [found for one in value for found in _tensors(one)] if isinstance(value, (list, tuple)) else []


def _watch_models() -> None:
    warnings.filterwarnings("ignore", message="Using `torch.compile.module.` when there are global hooks on modules")
    nn_module.register_module_forward_pre_hook(_before_module)
    nn_module.register_module_forward_hook(_after_module, always_call=True)
    original = torch.autograd.backward

    def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        flight: Flight | None = STATE["flight"]
        if (
            flight is not None
            and isinstance(tensors, torch.Tensor)
            and tensors.numel() == 1
            and not flight.in_backward()
        ):
            flight.losses.append(float(tensors.detach()))
        return original(tensors, *args, **kwargs)

    torch.autograd.backward = backward
    optim.register_optimizer_step_pre_hook(lambda optimizer, _a, _k: _at_step(optimizer, "before_step"))
    optim.register_optimizer_step_post_hook(lambda optimizer, _a, _k: _at_step(optimizer, "after_step"))


def _at_step(optimizer: Any, which: str) -> None:
    flight: Flight | None = STATE["flight"]
    if flight is not None and not torch.compiler.is_compiling():
        getattr(flight, which)(optimizer)


def _leave_out(rules: Any) -> None:
    """Keep torch.compile from tracing what the flight does between the script's own operations.

    The hooks of this module are traced with the models that call them, and do nothing there.
    """
    for name in ("group", "flight", "work", "inject"):
        rules.add(f"skyrack.flight.rank.{name}")


def attach() -> None:
    """Set the hooks; a script of one satellite begins its flight at once, others when they make their process group."""
    _fly_groups()
    _watch_models()
    fly_torchft(lambda: STATE["flight"])
    after_import("torch._dynamo.trace_rules", _leave_out)
    folder = Path(os.environ[ENTRY])
    if Settings.read(folder).n_ranks == 1 and _is_script():
        begin(folder, 0, 1, None)


def _is_script() -> bool:
    """Return True in the process of the script itself: not in a launcher, nor in a child that multiprocessing spawned."""
    started = " ".join(sys.orig_argv)
    return "torch.distributed" not in started and "torchrun" not in started and "multiprocessing" not in started
