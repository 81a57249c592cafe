// One bar of time for everything: play, speed, seek.
import { useEffect, useState } from "preact/hooks";
import { clock, elements, play, scene, seek, setSpeed, timeAimed, timeNow, view } from "./scene";
import { look } from "./url";
import { post } from "./service";
import { useStore } from "./store";
import { clock as clockText, duration, number } from "./units";

export const SPEEDS = [1, 10, 60, 600, 3600, 10_000];

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
      <select aria-label="Speed" value={String(time.speed)} onChange={(event) => void setSpeed(Number(event.currentTarget.value))}>
        {[...new Set([...SPEEDS, time.speed])].sort((a, b) => a - b).map((speed) => (
          <option key={speed} value={String(speed)}>{number(speed, 6)}×</option>
        ))}
      </select>
      <input type="range" aria-label="Time since the epoch" min={0} max={Math.round(end)} step={stepOf()} value={Math.round(at)} onChange={(event) => void seek(Number(event.currentTarget.value))} />
      <time dateTime={new Date(Date.parse(elements.head.epoch) + 1000 * at).toISOString()}>{clockText(elements.head.epoch, at)}</time>
      <span class="since">{time.seeks_s !== null ? `going to ${duration(time.seeks_s)} …` : isSlow ? `holds ${number(time.held_speed, 3)}×` : `+${duration(at)}`}</span>
    </div>
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
