"""How many steps are due: those of a clock that runs at some speed, or those up to a time that is sought."""

from __future__ import annotations

SPEEDS = (1.0, 10_000.0)
"""Lowest and highest speed: simulated seconds a second."""
CHUNK_S = 0.4
"""Longest duration of one chunk of flight, so that commands are heard in between."""
FINE_STEPS, COARSE_STEPS, FINE_SATS = 5, 30, 20_000
"""Most steps of a chunk, for fleets below and above so many satellites: few where evaluating the fleet costs little."""
START_RATE = 1e7
"""Satellite steps a second, until one chunk has been timed."""


class Pacer:
    """The state of the clock: speed, whether it runs, the step that is sought, and the simulated time not flown yet."""

    def __init__(self, step_s: float, n_sats: int, *, speed: float, is_playing: bool) -> None:
        self.speed, self.is_playing = speed, is_playing
        self.target_step: int | None = None
        """The step that is sought; None where none is."""
        self.remainder_s = 0.0
        """Simulated time that is due and is not a whole step yet."""
        self.held_speed = 0.0
        """Simulated seconds a second, as measured."""
        self._step_s, self._n_sats = step_s, n_sats
        self._rate = START_RATE

    @property
    def is_seeking(self) -> bool:
        """Whether a time is sought."""
        return self.target_step is not None

    @property
    def target_s(self) -> float | None:
        """The time that is sought."""
        return None if self.target_step is None else self.target_step * self._step_s

    def play(self) -> None:
        """Let the clock run."""
        self.is_playing = True

    def pause(self) -> None:
        """Stop the clock, and a seek."""
        self.is_playing, self.target_step = False, None

    def set_speed(self, speed: float) -> None:
        """Set the simulated seconds a second."""
        self.speed = speed

    def seek(self, step: int, now_step: int) -> None:
        """Seek a step; one that is not ahead is reached already."""
        self.remainder_s = 0.0
        self.target_step = step if step > now_step else None

    def due_steps(self, elapsed_s: float) -> int:
        """Return the whole steps that fall due in a time of the clock, and keep the remainder for the next call."""
        due_s = self.remainder_s + self.speed * elapsed_s
        n_steps = int(due_s // self._step_s)
        self.remainder_s = due_s - n_steps * self._step_s
        return n_steps

    def chunk_steps(self, n_due: int) -> int:
        """Return how many of the due steps to fly at one go."""
        most = FINE_STEPS if self._n_sats < FINE_SATS else COARSE_STEPS
        affordable = int(CHUNK_S * self._rate / max(self._n_sats, 1))
        return min(n_due, max(1, min(most, affordable)))

    def time_chunk(self, n_steps: int, duration_s: float) -> None:
        """Learn from a chunk how fast the machine flies."""
        self._rate = n_steps * self._n_sats / max(duration_s, 1e-6)

    def measure(self, flown_s: float, elapsed_s: float) -> None:
        """Measure the speed that was reached over a time of the clock."""
        if elapsed_s > 0.0:
            self.held_speed = flown_s / elapsed_s
