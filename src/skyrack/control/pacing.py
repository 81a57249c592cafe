"""Pacing of a twin: how many steps are due at some speed, or up to the target of a seek."""

from __future__ import annotations

SPEEDS = (1.0, 10_000.0)
"""Minimum and maximum speed (simulated seconds per second)."""
CHUNK_S = 0.4
"""Maximum duration (s) of one chunk of simulation, so that commands are served in between."""
FINE_STEPS, COARSE_STEPS, FINE_SATS = 5, 30, 20_000
"""Maximum steps of a chunk for fleets below and above `FINE_SATS`: few if evaluating the fleet is cheap."""
START_RATE = 1e7
"""Assumed rate (satellite-steps per second) until one chunk has been timed."""


class Pacer:
    """State of the clock: speed, play or pause, target of a seek, and the simulated time that is due."""

    def __init__(self, step_s: float, n_sats: int, *, speed: float, is_playing: bool) -> None:
        self.speed, self.is_playing = speed, is_playing
        self.target_step: int | None = None
        """Target step of a seek; None without a seek."""
        self.remainder_s = 0.0
        """Simulated time (s) that is due and not yet a whole step."""
        self.held_speed = 0.0
        """Measured speed (simulated seconds per second)."""
        self._step_s, self._n_sats = step_s, n_sats
        self._rate = START_RATE

    @property
    def is_seeking(self) -> bool:
        """True during a seek."""
        return self.target_step is not None

    @property
    def target_s(self) -> float | None:
        """Target time (s since the epoch) of a seek; None without a seek."""
        return None if self.target_step is None else self.target_step * self._step_s

    def play(self) -> None:
        """Start the clock."""
        self.is_playing = True

    def pause(self) -> None:
        """Stop the clock and any seek."""
        self.is_playing, self.target_step = False, None

    def set_speed(self, speed: float) -> None:
        """Set the speed (simulated seconds per second)."""
        self.speed = speed

    def seek(self, step: int, now_step: int) -> None:
        """Start a seek to a step; a step that is not ahead counts as reached."""
        self.remainder_s = 0.0
        self.target_step = step if step > now_step else None

    def due_steps(self, elapsed_s: float) -> int:
        """Return the whole steps that fall due in a time (s) of the clock, and keep the remainder for the next call."""
        due_s = self.remainder_s + self.speed * elapsed_s
        n_steps = int(due_s // self._step_s)
        self.remainder_s = due_s - n_steps * self._step_s
        return n_steps

    def chunk_steps(self, n_due: int) -> int:
        """Return how many of the due steps to simulate in the next chunk."""
        most = FINE_STEPS if self._n_sats < FINE_SATS else COARSE_STEPS
        affordable = int(CHUNK_S * self._rate / max(self._n_sats, 1))
        return min(n_due, max(1, min(most, affordable)))

    def time_chunk(self, n_steps: int, duration_s: float) -> None:
        """Update the rate of the machine from the duration (s) of a chunk."""
        self._rate = n_steps * self._n_sats / max(duration_s, 1e-6)

    def measure(self, flown_s: float, elapsed_s: float) -> None:
        """Measure the speed that was reached over a time (s) of the clock."""
        if elapsed_s > 0.0:
            self.held_speed = flown_s / elapsed_s
