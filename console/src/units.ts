// Numbers for people: SI inside, a few digits with a prefix outside. Units are those of the engine's table, named by their suffix.
import { UNITS } from "./facts";

interface Unit {
  symbol: string;
  scales: readonly (readonly [number, string])[]; // value of one, and its symbol; largest first
  shown_zero: number; // what is shown as zero: temperatures are shown in degrees Celsius
  difference: string; // unit of a difference, where it is another one
}
const TABLE: Readonly<Record<string, Unit>> = UNITS;

// A unit by its suffix ("w_per_m2"), or by another name, which is then its symbol.
export function unitOf(suffix: string): Unit {
  return TABLE[suffix] ?? TABLE[suffix.toLowerCase()] ?? { symbol: suffix, scales: [], shown_zero: 0, difference: "" };
}

// The unit that the name of a quantity ends in: "w" of "compute_power_mean_w"; none for a count.
export function suffixOf(name: string): string {
  const found = Object.keys(TABLE).filter((suffix) => suffix !== "" && name.endsWith(`_${suffix}`));
  return found.sort((a, b) => b.length - a.length)[0] ?? "";
}

export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e15)) return value.toExponential(digits - 1);
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

export function quantity(value: number | null | undefined, suffix: string, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (suffix === "s") return duration(value);
  const { symbol, scales, shown_zero } = unitOf(suffix);
  const shown = value - shown_zero;
  const [size, name] = scales.find(([size]) => Math.abs(shown) >= size) ?? scales[scales.length - 1] ?? [1, symbol];
  const text = number(shown / size, shown_zero === 0 ? digits : Math.max(3, digits - 1));
  return name === "" ? text : `${text}${name === "°" ? "" : " "}${name}`;
}

export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 120) return `${number(seconds, 3)} s`;
  if (size < 7200) return `${number(seconds / 60, 3)} min`;
  if (size < 172_800) return `${number(seconds / 3600, 3)} h`;
  if (size < 2 * 31_557_600) return `${number(seconds / 86_400, 4)} d`;
  return `${number(seconds / 31_557_600, 4)} years`;
}

export function clock(epoch: string, time_s: number): string {
  return new Date(Date.parse(epoch) + 1000 * time_s).toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

export function ago(iso: string | null): string {
  if (!iso) return "–";
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  return seconds < 60 ? "just now" : `${duration(seconds)} ago`;
}
