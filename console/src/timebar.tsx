// One bar of time for everything: play, speed, seek.
import { useEffect, useRef, useState } from "preact/hooks";
import { SPEED_LIMITS } from "./facts";
import { Choice, useGrip } from "./inputs";
import { clock, elements, play, scene, seek, setSpeed, timeAimed, timeNow, view } from "./scene";
import { look } from "./url";
import { post } from "./service";
import { useStore } from "./store";
import { clock as clockText, duration, number } from "./units";

const [SLOWEST, FASTEST] = SPEED_LIMITS;
export const SPEEDS = [SLOWEST, ...[10, 60, 600, 3600].filter((speed) => speed > SLOWEST && speed < FASTEST), FASTEST];

export function TimeBar() {
  const now = useStore(scene);
  const time = useStore(clock);
  const { series } = useStore(view);
  const [, beat] = useState(0);
  useEffect(() => {
    if (!time.is_playing && time.seeks_s === null) return;
    const timer = setInterval(() => beat((k) => k + 1), 250);
    return () => clearInterval(timer);
  }, [time.is_playing, time.seeks_s]);
  useEffect(() => {
    if (now.kind !== "run" || !time.is_playing) return;
    const timer = setInterval(() => look.update({ time_s: timeNow() }), 2000);
    return () => clearInterval(timer);
  }, [now.kind, time.is_playing]);
  if ((now.kind !== "twin" && now.kind !== "run") || elements === null) return <div class="timebar" />;
  const at = timeNow();
  const times = (series["time_s"] ?? []) as number[];
  const end = now.span_s ?? Math.max(at * 1.02, (times[times.length - 1] ?? 0) * 1.02, 86_400);
  const isSlow = now.kind === "twin" && time.is_playing && time.seeks_s === null && time.held_speed > 0 && time.held_speed < 0.8 * time.speed;
  return (
    <div class="timebar" role="group" aria-label="Time">
      <button class="play" aria-label={time.is_playing ? "Pause" : "Play"} title="Space" onClick={() => void play(!time.is_playing)}>
        {time.is_playing ? "❚❚" : "▶"}
      </button>
      <button aria-label="One step back" title="," onClick={() => void seek(timeAimed() - stepOf())}>‹</button>
      <button aria-label="One step on" title="." onClick={() => void stepOn()}>›</button>
      <Choice aria-label="Speed" value={String(time.speed)} onChoose={(speed) => setSpeed(Number(speed))}>
        {[...new Set([...SPEEDS, time.speed])].sort((a, b) => a - b).map((speed) => (
          <option key={speed} value={String(speed)}>{number(speed, 6)}×</option>
        ))}
      </Choice>
      <SeekBar epoch={elements.head.epoch} at={at} aim={time.seeks_s} end={Math.round(end)} note={isSlow ? `holds ${number(time.held_speed, 3)}×` : null} />
    </div>
  );
}

interface SeekBarProps {
  epoch: string;
  at: number;
  aim: number | null; // where a seek is going
  end: number;
  note: string | null;
}

// Where the time stands, and where to drag it. From the press until the service has answered, the bar is its user's: neither its
// value nor its end follow the clock.
function SeekBar({ epoch, at, aim, end, note }: SeekBarProps) {
  const { held, hold, move, release } = useGrip<number>();
  const keptEnd = useRef(end);
  if (held === null) keptEnd.current = end;
  const press = (value: number) => {
    const grip = hold(value);
    const ended = new AbortController();
    const lift = () => {
      ended.abort();
      setTimeout(() => release(grip)); // a change is told of after the pointer's end, and begins a grip of its own
    };
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, lift, { signal: ended.signal });
  };
  const go = (value: number) => {
    const grip = hold(value);
    void seek(value).finally(() => release(grip));
  };
  const shown = held ?? at;
  return (
    <>
      <input
        type="range"
        aria-label="Time since the epoch"
        min={0}
        max={keptEnd.current}
        step={stepOf()}
        value={held ?? Math.round(aim ?? at)}
        onPointerDown={(event) => press(event.currentTarget.valueAsNumber)}
        onInput={(event) => move(event.currentTarget.valueAsNumber)}
        onChange={(event) => go(event.currentTarget.valueAsNumber)}
        onBlur={() => release()}
      />
      <time dateTime={new Date(Date.parse(epoch) + 1000 * shown).toISOString()}>{clockText(epoch, shown)}</time>
      <span class="since">{held === null && aim !== null ? `going to ${duration(aim)} …` : held === null && note !== null ? note : `+${duration(shown)}`}</span>
    </>
  );
}

export function stepOf(): number {
  return elements?.head.step_s ?? 60;
}

export async function stepOn(): Promise<void> {
  if (scene.get().kind === "twin" && clock.get().seeks_s === null) {
    await post("/api/twin/step", { steps: 1 }).catch(() => undefined);
    clock.update({ is_playing: false });
  } else {
    await seek(timeAimed() + stepOf());
  }
}
