// Units of the quantities that a run puts out, from the service's table of channels.
import { useEffect, useState } from "preact/hooks";
import { get } from "./service";

type Units = Record<string, string>;
let known: Promise<Units> | null = null;

export function useUnits(): Units {
  const [units, setUnits] = useState<Units>({});
  useEffect(() => {
    known ??= get("/api/channels").then((rows) => Object.fromEntries(rows.map((row) => [String(row["name"]), String(row["unit"])])));
    known.then(setUnits).catch(() => (known = null));
  }, []);
  return units;
}

// The suffix of a figure's unit, also where a claim names one of a shell ("shells.sso.compute_power_mean_w").
export function unitNow(units: Units, name: string): string {
  return units[name] ?? units[name.split(".").pop()!] ?? "";
}
