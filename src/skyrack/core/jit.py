"""One physical law, written once, usable everywhere.

A law is plain arithmetic on floats. `law` gives that one function four lives: called on numbers it is ordinary Python
(a test with a pencil), called on arrays it is a ufunc, and inside a compiled driver, on the CPU or in CUDA, it is
inlined machine code. `single_precision` makes the float32 twin of a law that the fast drivers use.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from numba.core import compiler
from numba.core.registry import CPUDispatcher

from skyrack.core.compile_cache import compiled_code_dir

FAST_ARITHMETIC = {"nsz", "contract", "arcp"}
"""Multiply-add may fuse and division may become multiplication; NaN, infinity and the order of sums are kept."""

TWIN_ARITHMETIC = FAST_ARITHMETIC | {"nnan"}
"""Arithmetic of the float32 twins: their inputs are never NaN, so the compiler may remove products with zero."""

_LOOP_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": FAST_ARITHMETIC, "error_model": "numpy"}
_INNER_OPTIONS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of functions that only compiled code calls: wrappers for Python and C compile more slowly than most laws."""

if numba.config.CPU_FEATURES is None:
    _host_features = llvmlite.binding.get_host_cpu_features()
    if _host_features.get("avx512f"):
        # LLVM avoids 512-bit registers on the first CPUs that had them; the fleet's step gains half again from them.
        numba.config.CPU_FEATURES = _host_features.flatten() + ",-prefer-256-bit"


class Law(CPUDispatcher):  # type: ignore[misc]
    """Scalar function that compiled code inlines and that Python calls with numbers or arrays."""

    def __init__(self, function: Callable[..., Any], arithmetic: set[str] = FAST_ARITHMETIC) -> None:
        super().__init__(
            py_func=function,
            locals={},
            targetoptions={
                "nopython": True,
                "nogil": True,
                "forceinline": True,
                "fastmath": arithmetic,
                "error_model": "numpy",
                **_INNER_OPTIONS,
            },
            pipeline_class=compiler.Compiler,
        )
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the law: in plain Python for numbers, as a ufunc if any argument is an array."""
        if any(isinstance(value, np.ndarray) for value in (*args, *kwargs.values())):
            bound = inspect.signature(self.py_func).bind(*args, **kwargs)
            bound.apply_defaults()
            return self._ufunc(*bound.args)
        return self.py_func(*args, **kwargs)

    @functools.cached_property
    def _ufunc(self) -> Any:
        return numba.vectorize(self.py_func)


def law(function: Callable[..., Any]) -> Law:
    """Declare `function` a law: floats in, a float (or a named tuple of floats) out, no side effects."""
    return Law(function)


@functools.cache
def single_precision(subject: Any) -> Any:
    """Return the float32 twin of a law: every constant used by it or by the laws it calls becomes a float32.

    Without this, one literal such as 0.5 would lift the arithmetic to float64 and halve the speed of a fast driver.
    """
    return Law(_narrowed(subject, single_precision), TWIN_ARITHMETIC)


@functools.cache
def cuda_twin(subject: Any) -> Any:
    """Return the float32 twin of a law as a CUDA device function."""
    from numba import cuda

    return cuda.jit(device=True)(_narrowed(subject, cuda_twin))


def _narrowed(subject: Any, twin_of: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the function of a law with float32 constants, each law that it calls replaced by `twin_of` that law."""

    def narrow(value: Any) -> Any:
        if type(value) is float:
            return np.float32(value)
        return twin_of(value) if isinstance(value, Law) else value

    function = subject.py_func
    code, scope = function.__code__, function.__globals__
    return types.FunctionType(
        code.replace(co_consts=tuple(narrow(constant) for constant in code.co_consts)),
        {**scope, **{name: narrow(scope[name]) for name in code.co_names if name in scope}},
        f"{function.__name__}_f32",
        function.__defaults__,
        function.__closure__,
    )


def phase(function: Callable[..., Any]) -> Any:
    """Compile `function`, a loop that is part of a driver, inline into its caller, so that its constants are set up once."""
    return numba.njit(forceinline=True, **_INNER_OPTIONS, **_LOOP_OPTIONS)(function)


def view(function: Callable[..., Any]) -> Any:
    """Compile `function` for calls by drivers only, without counting references to the arrays that it is given.

    For functions in inner loops that take tuples of many arrays, whose counting would cost more than their work. They must
    allocate nothing.
    """
    return numba.njit(_nrt=False, forceinline=True, **_INNER_OPTIONS, **_LOOP_OPTIONS)(function)


def view_driver(function: Callable[..., Any]) -> Any:
    """Compile `function` as `driver` does, where it allocates nothing: references to its arrays are not counted."""
    return driver(function, allocates=False)


def part(function: Callable[..., Any]) -> Any:
    """Compile `function` for calls by drivers only; Python cannot call it."""
    return numba.njit(**_INNER_OPTIONS, **_LOOP_OPTIONS)(function)


def driver(function: Callable[..., Any], *, allocates: bool = True) -> Any:
    """Compile `function`, a loop over laws, for the CPU; it runs without Python's global lock.

    One that allocates nothing may say so with `allocates=False`: then references to its arrays are not counted, see `view`.

    The machine code is kept in the user's cache under a digest of Skyrack's own sources, and of those of the package that the
    driver stands in, so that it is compiled once and never outlives the laws it was made from. Where no cache can be
    written, it is compiled anew in each process.
    """
    options = _LOOP_OPTIONS if allocates else _LOOP_OPTIONS | {"_nrt": False}
    cache_dir = compiled_code_dir(function.__module__.partition(".")[0])
    if cache_dir is None:
        return numba.njit(**options)(function)
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(cache_dir)
    try:
        return numba.njit(cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def rebuilt(function: Any, replaced: dict[Any, Any]) -> Any:
    """Return a compiled function in which some laws, wherever it calls them, are replaced by others.

    `replaced` maps laws to those that stand in for them. Functions that call none of them are returned as they are. The new
    ones are compiled in each process anew.
    """
    if function in replaced:
        return replaced[function]
    python = function.py_func
    scope = {}
    for name in python.__code__.co_names:
        called = python.__globals__.get(name)
        if isinstance(called, CPUDispatcher) and called is not function:
            other = rebuilt(called, replaced)
            if other is not called:
                scope[name] = other
    if not scope:
        return function
    copy = types.FunctionType(
        python.__code__, {**python.__globals__, **scope}, python.__name__, python.__defaults__, python.__closure__
    )
    options = {key: value for key, value in function.targetoptions.items() if key != "nopython"}
    return numba.njit(**options)(copy)
