// Numbers for people: SI inside, three or four digits with a prefix outside.
const PREFIXED = new Set(["W", "J", "bit/s", "Wh"]);
const PREFIXES: [number, string][] = [
  [1e18, "E"],
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];

export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e15)) return value.toExponential(digits - 1);
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

export function quantity(value: number | null | undefined, unit: string, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (unit === "frac") return `${number(100 * value, digits)} %`;
  if (unit === "K") return `${number(value - 273.15, Math.max(3, digits - 1))} °C`;
  if (unit === "s") return duration(value);
  if (unit === "rad") return `${number((value * 180) / Math.PI, 5)}°`;
  if (unit === "m" && Math.abs(value) >= 1e4) return `${number(value / 1e3, 6)} km`;
  if (PREFIXED.has(unit)) {
    const [size, prefix] = PREFIXES.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
    return `${number(value / size, digits)} ${prefix}${unit}`;
  }
  return unit === "" ? number(value, digits) : `${number(value, digits)} ${unit}`;
}

export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 120) return `${number(seconds, 3)} s`;
  if (size < 7200) return `${number(seconds / 60, 3)} min`;
  if (size < 172_800) return `${number(seconds / 3600, 3)} h`;
  if (size < 2 * 31_557_600) return `${number(seconds / 86_400, 4)} d`;
  return `${number(seconds / 31_557_600, 4)} years`;
}

// Unit of a flat SI name such as compute_power_mean_w, as the channel table has it.
export function unitOf(channelUnit: string): string {
  const known: Record<string, string> = { w: "W", j: "J", k: "K", s: "s", frac: "frac", m: "m", rad: "rad", bit_per_s: "bit/s", ms: "ms", "": "" };
  return known[channelUnit] ?? channelUnit.replaceAll("_per_", "/").replaceAll("_", " ");
}

export function clock(epoch: string, time_s: number): string {
  return new Date(Date.parse(epoch) + 1000 * time_s).toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

export function ago(iso: string | null): string {
  if (!iso) return "–";
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  return seconds < 60 ? "just now" : `${duration(seconds)} ago`;
}
