// One chart: uPlot behind one component, so that it could be replaced. All charts share the clock's line and the cursor.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { drawable, tickLabels, ticks, xRange, yRange } from "./axis";
import { clock, elements, seek, timeNow } from "./scene";
import { save, type Series } from "./service";
import { useStore } from "./store";
import { quantity, unitOf } from "./units";

export interface Line {
  name: string; // column of the series
  label: string;
  colour: string;
  bandTo?: string; // fill to this column
  faint?: boolean;
}

interface Props {
  id: string;
  title: string;
  unit: string; // suffix of the engine's table
  series: Series;
  lines: Line[];
  x?: "time" | "value"; // value: years and prices, without the clock
  xLabel?: string;
}

const cursor = uPlot.sync("time");

export function Chart({ id, title, unit, series, lines, x = "time", xLabel }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const now = useStore(clock);
  const key = lines.map((line) => line.name).join();

  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink-2").trim();
    const grid = { stroke: style.getPropertyValue("--line").trim(), width: 1 };
    const time = x === "time";
    const options: uPlot.Options = {
      width: host.current!.clientWidth || 340,
      height: HEIGHT,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: (drawn) => xRange(drawn.data[0] as number[], time ? MIN_TIME_S : MIN_YEARS) as uPlot.Range.MinMax },
        y: { range: (_, low, high) => yRange(low, high, unit) },
      },
      cursor: time ? { sync: { key: cursor.key }, points: { size: 5 }, drag: { x: false, y: false } } : { points: { size: 5 }, drag: { x: false, y: false } },
      axes: [
        { stroke: ink, grid, ticks: grid, font: "11px system-ui", size: 26, ...(time ? { incrs: STEPS_S, space: 64 } : {}), values: (_, at) => at.map((value) => (time ? tick(value) : String(value))) },
        {
          stroke: ink,
          grid,
          ticks: grid,
          font: "11px system-ui",
          size: (_, labels) => Math.max(66, 14 + 6.3 * Math.max(0, ...(labels ?? []).map((label) => label.length))),
          space: 24,
          splits: (_, __, low, high) => ticks(low, high, INTERVALS),
          values: (_, at) => tickLabels(at.map((value) => value + offsetOf(unit)), unit),
        },
      ],
      series: [
        {},
        ...lines.map((line) => ({
          label: line.label,
          stroke: line.colour,
          width: line.faint ? 0.5 : 1.6,
          points: { show: (drawn: uPlot) => drawn.data[0].length < 3, size: 5, fill: line.colour },
        })),
      ],
      bands: lines.flatMap((line, k) => {
        const to = line.bandTo === undefined ? -1 : lines.findIndex((other) => other.name === line.bandTo);
        return to < 0 ? [] : [{ series: [k + 1, to + 1] as [number, number], fill: `${line.colour}33` }];
      }),
      hooks: {
        draw: time ? [drawNow] : [],
        setCursor: [(drawn) => tell(drawn, host.current!, lines, unit, time, xLabel)],
      },
    };
    const drawn = new uPlot(options, dataOf(series, lines, x, unit), host.current!);
    plot.current = drawn;
    if (time) drawn.over.addEventListener("click", () => drawn.cursor.left !== undefined && drawn.cursor.left >= 0 && void seek(drawn.posToVal(drawn.cursor.left, "x")));
    const watcher = new ResizeObserver(() => drawn.setSize({ width: host.current?.clientWidth || 340, height: HEIGHT }));
    watcher.observe(host.current!);
    return () => {
      watcher.disconnect();
      drawn.destroy();
    };
  }, [key, unit, x]);
  useEffect(() => plot.current?.setData(dataOf(series, lines, x, unit)), [series]);
  useEffect(() => repaint(plot.current), [now]);
  useEffect(() => {
    if (x !== "time" || !now.is_playing) return;
    const timer = setInterval(() => repaint(plot.current), 500);
    return () => clearInterval(timer);
  }, [x, now.is_playing]);

  const has = (series[x === "time" ? "time_s" : "x"]?.length ?? 0) > 0;
  return (
    <figure class="chart" data-chart={id}>
      <figcaption>
        <b>{title}</b>
        <span class="keys">
          {lines.filter((line) => !line.faint).map((line) => (
            <i key={line.name} style={{ color: line.colour }}>
              ● {line.label}
            </i>
          ))}
        </span>
        <span class="tools">
          <button title={`Download ${title} as CSV`} onClick={() => save(new Blob([csv(series, lines, x)], { type: "text/csv" }), `${id}.csv`)}>CSV</button>
          <button title={`Download ${title} as PNG`} onClick={() => plot.current?.ctx.canvas.toBlob((blob) => blob && save(blob, `${id}.png`))}>PNG</button>
        </span>
      </figcaption>
      <div ref={host} />
      <output>{has ? " " : "Nothing yet."}</output>
    </figure>
  );
}

// Temperatures are drawn in degrees Celsius, so that round degrees get the grid's lines; kelvin stay in the CSV.
const offsetOf = (unit: string): number => unitOf(unit).shown_zero;
const HEIGHT = 132;
const INTERVALS = 4; // between ticks of the vertical axis
const MIN_TIME_S = 600; // shortest axis of time
const MIN_YEARS = 1;
const MINUTE = 60;
const STEPS_S = [1, 2, 5, 10, 30, 60 * MINUTE, 360 * MINUTE].flatMap((step) => (step < 60 ? [step * MINUTE] : [step, 2 * step])).concat([86_400, 172_800, 432_000, 864_000, 2_592_000, 7_776_000, 31_536_000, 63_072_000, 157_680_000, 315_360_000]);

function dataOf(series: Series, lines: Line[], x: "time" | "value", unit: string): uPlot.AlignedData {
  const along = (series[x === "time" ? "time_s" : "x"] ?? []) as number[];
  const offset = offsetOf(unit);
  const column = (name: string) => (series[name] === undefined ? along.map(() => null) : drawable(series[name]));
  return [along, ...lines.map((line) => (offset === 0 ? column(line.name) : column(line.name).map((value) => (value === null ? null : value - offset))))];
}

export function csv(series: Series, lines: Line[], x: "time" | "value"): string {
  const names = [x === "time" ? "time_s" : "x", ...lines.map((line) => line.name)];
  const rows = (series[names[0]!] ?? []).map((_, k) => names.map((name) => series[name]?.[k] ?? "").join(","));
  return [names.join(","), ...rows].join("\n") + "\n";
}

// Only the clock's line moves; a chart without points has no axes to draw.
function repaint(plot: uPlot | null): void {
  if (plot !== null && plot.data[0].length > 0 && Number.isFinite(plot.scales["x"]?.min ?? NaN)) plot.redraw(false, false);
}

function drawNow(plot: uPlot): void {
  const time = timeNow();
  const { min, max } = plot.scales["x"]!;
  if (min === undefined || max === undefined || min === null || max === null || time < min || time > max) return;
  const at = Math.round(plot.valToPos(time, "x", true));
  plot.ctx.save();
  plot.ctx.strokeStyle = "#e8b341";
  plot.ctx.lineWidth = 1;
  plot.ctx.beginPath();
  plot.ctx.moveTo(at, plot.bbox.top);
  plot.ctx.lineTo(at, plot.bbox.top + plot.bbox.height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

function tell(plot: uPlot, host: HTMLElement, lines: Line[], unit: string, time: boolean, xLabel = ""): void {
  const output = host.parentElement?.querySelector("output");
  const k = plot.cursor.idx;
  if (!output || k === null || k === undefined) {
    if (output) output.textContent = " ";
    return;
  }
  const at = plot.data[0][k]!;
  const said = lines.map((line, number) => `${line.label} ${quantity(added(plot.data[number + 1]?.[k], offsetOf(unit)), unit)}`);
  output.textContent = `${time ? tick(at) : `${xLabel} ${at}`}: ${said.join(" · ")}`;
}

const added = (value: number | null | undefined, offset: number): number | null => (value === null || value === undefined ? null : value + offset);

// Time of a chart: hours of the day at the epoch's date, or days once there are many.
function tick(time_s: number): string {
  const epoch = elements === null ? 0 : Date.parse(elements.head.epoch);
  const iso = new Date(epoch + 1000 * time_s).toISOString();
  return time_s > 3 * 86_400 ? iso.slice(5, 10) : iso.slice(11, 16);
}
