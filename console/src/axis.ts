// Ranges and ticks of a chart's axes: never narrower than a reader can use, so that a nearly constant series is a flat line.
import { quantity, unitOf } from "./units";

export type Range = [number, number];

const MIN_SPAN_FRAC = 0.01; // of the largest value: ticks then differ in the third or fourth digit
const MIN_SPANS: Record<string, number> = { w: 1, bit_per_s: 1, ms: 0.1, k: 2, usd: 0.01, "": 1 };
const PADDING_FRAC = 0.1;
const SHARE_TOLERANCE = 1e-3;

// Numbers that can be drawn; NaN, infinity and what no quantity of a chart comes to count as gaps.
export function drawable(column: readonly unknown[]): (number | null)[] {
  return column.map((value) => (typeof value === "number" && Math.abs(value) < 1e100 ? value : null));
}

// Range of the vertical axis for values from `low` to `high` (null: there are none). Shares have the same axis everywhere, from
// 0 to 100 %; it grows only for values that are no shares.
export function yRange(low: number | null, high: number | null, unit: string): Range {
  if (unit === "frac") return shareRange(low ?? 0, high ?? 0);
  const hasZero = unitOf(unit).shown_zero === 0;
  const leastSpan = MIN_SPANS[unit] ?? 1;
  if (low === null || high === null) return [0, leastSpan];
  const minSpan = Math.max(leastSpan, MIN_SPAN_FRAC * Math.max(Math.abs(low), Math.abs(high)));
  const [bottom, top] = widened(low, high, minSpan);
  if (hasZero && low >= 0 && bottom < 0) return outward(0, Math.max(top, minSpan));
  if (hasZero && high <= 0 && top > 0) return outward(Math.min(bottom, -minSpan), 0);
  return outward(bottom, top);
}

function shareRange(low: number, high: number): Range {
  const isShare = low >= -SHARE_TOLERANCE && high <= 1 + SHARE_TOLERANCE;
  return isShare ? [0, 1] : outward(Math.min(low, 0), Math.max(high, 1));
}

// The ends with some room beyond them, at least `minSpan` apart.
function widened(low: number, high: number, minSpan: number): Range {
  const missing = Math.max(0, minSpan - (high - low));
  const room = Math.max(PADDING_FRAC * (high - low), missing / 2);
  return [low - room, high + room];
}

// Ends moved outward to round numbers, so that the axis does not jump with every new point.
function outward(low: number, high: number): Range {
  const grain = 10 ** Math.floor(Math.log10(high - low)) / 10;
  return [Math.floor(low / grain) * grain, Math.ceil(high / grain) * grain];
}

// Range of the horizontal axis: from the first value to the last, at least `minSpan` apart.
export function xRange(along: readonly number[], minSpan: number): Range | [null, null] {
  if (along.length === 0) return [null, null];
  const [first, last] = [along[0]!, along[along.length - 1]!];
  const missing = Math.max(0, minSpan - (last - first));
  const before = first >= 0 ? Math.min(first, missing / 2) : missing / 2; // no time before the epoch
  return [first - before, last + missing - before];
}

const MULTIPLES = [1, 2, 2.5, 5, 10];

// Round numbers between two ends, in at most `intervals` equal steps.
export function ticks(low: number, high: number, intervals: number): number[] {
  const fine = (high - low) / intervals;
  if (!Number.isFinite(fine) || fine <= 0) return [];
  const size = 10 ** Math.floor(Math.log10(fine));
  const step = MULTIPLES.map((multiple) => multiple * size).find((candidate) => candidate >= fine * (1 - 1e-9)) ?? 10 * size;
  const [from, to] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: Math.min(to - from, intervals) + 1 }, (_, k) => (from + k) * step || 0);
}

// Labels of ticks, with as many digits as tell them apart.
export function tickLabels(at: readonly number[], unit: string): string[] {
  for (let digits = 3; ; digits++) {
    const labels = at.map((value) => quantity(value, unit, digits));
    if (digits >= 8 || new Set(labels).size === labels.length) return labels;
  }
}
