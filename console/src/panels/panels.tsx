// The panels beside the globe: the fleet by time, its network, its jobs, its price, its build-out.
import { useEffect, useState } from "preact/hooks";
import { Chart, type Line } from "../chart";
import { complain, elements, scene, timeNow, clock, view } from "../scene";
import { documentOf, get, save, tableOf, type Series } from "../service";
import { useStore } from "../store";
import { number, quantity } from "../units";

const BLUE = "#4ea8ff";
const GOLD = "#e8b341";
const GREEN = "#3ecf8e";
const RED = "#ff6b5e";
const VIOLET = "#b78bff";
const GREY = "#8a97a8";

const POWER: Line[] = [
  { name: "array_power_w", label: "array", colour: GOLD },
  { name: "compute_power_w", label: "compute", colour: BLUE },
  { name: "unserved_power_w", label: "unserved", colour: RED },
];
const RADIATOR: Line[] = [
  { name: "radiator_temp_p95_k", label: "95 %", colour: RED, bandTo: "radiator_temp_p05_k" },
  { name: "radiator_temp_p50_k", label: "50 %", colour: GOLD },
  { name: "radiator_temp_p05_k", label: "5 %", colour: BLUE },
];
const ELECTRONICS: Line[] = RADIATOR.map((line) => ({ ...line, name: line.name.replace("radiator", "electronics"), ...(line.bandTo ? { bandTo: "electronics_temp_p05_k" } : {}) }));
const CHARGE: Line[] = [
  { name: "charge_p95_frac", label: "95 %", colour: GREEN, bandTo: "charge_p05_frac" },
  { name: "charge_p50_frac", label: "50 %", colour: GOLD },
  { name: "charge_p05_frac", label: "5 %", colour: RED },
];
const SUNLIT: Line[] = [
  { name: "sunlit_frac", label: "sunlit", colour: GOLD },
  { name: "throttled_frac", label: "throttled", colour: RED },
];

type Json = Record<string, unknown>;

export function Panels({ shell, onShell }: { shell: number | null; onShell: (shell: number | null) => void }) {
  const now = useStore(scene);
  const { series } = useStore(view);
  if (now.kind !== "twin" && now.kind !== "run") return null;
  return (
    <div class="panels">
      <Headline />
      <Chart id="power" title="Power" unit="w" series={series} lines={POWER} />
      <Chart id="radiator" title="Radiator temperature" unit="k" series={series} lines={RADIATOR} />
      <Chart id="electronics" title="Electronics temperature" unit="k" series={series} lines={ELECTRONICS} />
      <Chart id="charge" title="Battery charge" unit="frac" series={series} lines={CHARGE} />
      <Chart id="sunlit" title="Sunlit and throttled" unit="frac" series={series} lines={SUNLIT} />
      <Shells shell={shell} onShell={onShell} />
      {now.kind === "twin" ? <TwinNetwork /> : <RunNetwork id={now.id} />}
      {now.kind === "run" ? <Workloads id={now.id} /> : <p class="aside">Training and serving are computed by a run; see the tab Runs.</p>}
      {now.kind === "run" ? <RunMoney id={now.id} /> : <TwinMoney />}
    </div>
  );
}

function Headline() {
  const now = useStore(scene);
  const { figures, series } = useStore(view);
  useStore(clock);
  const shown = now.kind === "twin" ? figures : rowAt(series, timeNow());
  const cells: [string, string, string][] = [
    ["compute", quantity(shown["compute_power_w"], "w"), "compute_power_w"],
    ["array", quantity(shown["array_power_w"], "w"), "array_power_w"],
    ["sunlit", quantity(shown["sunlit_frac"], "frac", 3), "sunlit_frac"],
    ["radiator, median", quantity(shown["radiator_temp_p50_k"], "k"), "radiator_temp_p50_k"],
    ["throttled", quantity(shown["throttled_frac"], "frac", 3), "throttled_frac"],
  ];
  if (now.kind === "twin") {
    cells.push(["alive", number(shown["n_alive"], 7), "n_alive"]);
    if ((shown["n_down"] ?? 0) > 0) cells.push(["computers down", number(shown["n_down"], 7), "n_down"]);
  }
  return (
    <dl class="headline">
      {cells.map(([label, value, name]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd data-figure={name}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

// The row of a run's table that holds a time: records end at their time.
export function rowAt(series: Series, time_s: number): Record<string, number | null> {
  const times = (series["time_s"] ?? []) as number[];
  let k = times.findIndex((end) => end >= time_s);
  if (k < 0) k = times.length - 1;
  return Object.fromEntries(Object.entries(series).map(([name, column]) => [name, (column[k] as number | null) ?? null]));
}

function Shells({ shell, onShell }: { shell: number | null; onShell: (shell: number | null) => void }) {
  const now = useStore(scene);
  const { shells, figures } = useStore(view);
  const [means, setMeans] = useState<(number | null)[]>([]);
  useEffect(() => {
    if (now.kind !== "run") return;
    documentOf(now.id, "summary")
      .then((summary) => setMeans((summary["shells"] as { sunlit_frac_mean: number }[]).map((row) => row.sunlit_frac_mean)))
      .catch(complain);
  }, [now.id, now.kind]);
  const shown = now.kind === "twin" ? shells : means;
  const rows = elements?.head.shells ?? [];
  const isFlown = now.kind === "twin" && (figures["time_s"] ?? 0) > 0 && figures["array_power_w"] !== null;
  const table = () => ["shell,altitude_m,n_sats,sunlit_frac", ...rows.map((row, k) => [row.name, row.altitude_m, row.n_sats, shown[k] ?? ""].join(","))].join("\n") + "\n";
  return (
    <figure class="chart" data-chart="shells">
      <figcaption>
        <b>Sunlit fraction by shell{now.kind === "run" ? ", mean" : ""}</b>
        <span class="tools">
          {shell !== null && <button onClick={() => onShell(null)}>All shells</button>}
          <button title="Download the shells as CSV" onClick={() => save(new Blob([table()], { type: "text/csv" }), "shells.csv")}>CSV</button>
        </span>
      </figcaption>
      <div class="bars">
        {rows.map((row, k) => (
          <button key={row.name} aria-pressed={shell === k} title={`${row.kind}, ${number(row.n_sats, 7)} satellites; press to see it alone`} onClick={() => onShell(shell === k ? null : k)}>
            <span>{row.name}</span>
            <i style={{ width: `${100 * (shown[k] ?? 0)}%` }} />
            <em>{shown[k] === null && isFlown ? "lost" : quantity(shown[k], "frac", 3)}</em>
          </button>
        ))}
      </div>
    </figure>
  );
}

function TwinNetwork() {
  const { outlook } = useStore(view);
  return (
    <>
      <Chart id="latency" title="Round trip, city to nearest compute" unit="ms" series={outlook} lines={[{ name: "nearest_rtt_median_ms", label: "median city", colour: BLUE }, { name: "nearest_rtt_most_ms", label: "farthest", colour: GREY }]} />
      <Chart id="downlink" title="Downlink under clear sky" unit="bit_per_s" series={outlook} lines={[{ name: "downlink_bit_per_s", label: "all ground sites", colour: GREEN }]} />
    </>
  );
}

function useSeries(path: string, read: () => Promise<Series>): Series {
  const [found, setFound] = useState<Series>({});
  useEffect(() => {
    let isGone = false;
    setFound({});
    read()
      .then((series) => !isGone && setFound(series))
      .catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [path]);
  return found;
}

function RunNetwork({ id }: { id: string }) {
  const latency = useSeries(id, async () => (await get("/api/runs/{id}/latency", `/api/runs/${encodeURIComponent(id)}/latency`)) as Series);
  const down = useSeries(id, () => tableOf(id, "downlink"));
  return (
    <>
      <Chart id="latency" title="Round trip, city to nearest compute" unit="ms" series={latency} lines={[{ name: "rtt_p50_ms", label: "median city", colour: BLUE }, { name: "rtt_p95_ms", label: "95 %", colour: GREY }]} />
      <Chart
        id="downlink"
        title="Downlink with weather"
        unit="bit_per_s"
        series={down}
        lines={[
          { name: "downlink_p95_bit_per_s", label: "95 %", colour: GREEN, bandTo: "downlink_p05_bit_per_s", faint: true },
          { name: "downlink_bit_per_s", label: "expected", colour: GREEN },
          { name: "downlink_p05_bit_per_s", label: "5 %", colour: GREEN, faint: true },
        ]}
      />
    </>
  );
}

function useDocument(id: string, name: "workload" | "growth"): Json | null {
  const [found, setFound] = useState<Json | null>(null);
  useEffect(() => {
    setFound(null);
    documentOf(id, name)
      .then(setFound)
      .catch(() => undefined);
  }, [id, name]);
  return found;
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, step) => (typeof inner === "object" && inner !== null ? (inner as Json)[step] : undefined), value);
}

const numberAt = (value: unknown, ...path: string[]): number | null => {
  const found = at(value, ...path);
  return typeof found === "number" ? found : null;
};

function Pairs({ id, title, rows, heads }: { id: string; title: string; heads: string[]; rows: [string, ...string[]][] }) {
  const csv = [heads, ...rows].map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\n") + "\n";
  return (
    <figure class="chart" data-chart={id}>
      <figcaption>
        <b>{title}</b>
        <span class="tools">
          <button title={`Download ${title} as CSV`} onClick={() => save(new Blob([csv], { type: "text/csv" }), `${id}.csv`)}>CSV</button>
        </span>
      </figcaption>
      <table>
        <thead>
          <tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>{row.map((cell, k) => (k === 0 ? <th key={k} scope="row">{cell}</th> : <td key={k}>{cell}</td>))}</tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Workloads({ id }: { id: string }) {
  const jobs = useDocument(id, "workload");
  if (jobs === null) return null;
  const [training, serving] = [at(jobs, "training"), at(jobs, "serving")];
  if (!training && !serving) return <p class="aside">This run trained and served nothing.</p>;
  const both = (label: string, job: unknown, unit: string, ...path: string[]): [string, ...string[]] => [
    label,
    quantity(numberAt(job, "orbit", ...path), unit),
    quantity(numberAt(job, "ground", ...path), unit),
  ];
  const rows: [string, ...string[]][] = [];
  if (training) {
    rows.push(
      [`Training ${String(at(training, "model") ?? "")}`, `${number(numberAt(training, "satellites"), 7)} satellites`, ""],
      both("days", training, "", "days"),
      both("goodput", training, "frac", "goodput_frac"),
      both("failures per day", training, "", "node_failures_per_day"),
      both("cost", training, "usd", "cost_usd"),
    );
  }
  if (serving) {
    rows.push(
      [`Serving ${String(at(serving, "model") ?? "")}`, `${number(numberAt(serving, "requests_per_s"))} requests/s`, ""],
      both("reach a computer", serving, "frac", "reached_frac"),
      both("answered in time", serving, "frac", "goodput_frac"),
      both("first token, median", serving, "s", "ttft_p50_s"),
      both("cost of a million tokens", serving, "usd", "usd_per_mtoken"),
    );
  }
  return <Pairs id="workload" title="Workloads" heads={["", "orbit", "ground"]} rows={rows.filter((row) => row[1] !== "–" || row[2] !== "–")} />;
}

function Money({ price, months }: { price: unknown; months: Json[] }) {
  const years = (at(price, "by_year") as Json[] | undefined) ?? [];
  const cost: Series = {
    x: years.map((row) => row["year"] as number),
    orbit: years.map((row) => row["orbit_usd_per_kw_year"] as number),
    ground: years.map((row) => row["ground_usd_per_kw_year"] as number),
  };
  const grown: Series = {
    x: months.map((row) => monthOf(String(row["date"]))),
    n_active: months.map((row) => row["n_active"] as number),
    n_launched: months.map((row) => row["n_launched"] as number),
  };
  const named: [string, string][] = [
    ["usd_per_gpu_hour", "USD a GPU-hour"],
    ["usd_per_mtoken", "USD a million tokens"],
    ["usd_per_pflop_day", "USD a PFLOP-day"],
    ["usd_per_kw_year", "USD a kW and year"],
  ];
  const rows = named.map(([key, label]): [string, ...string[]] => [label, number(numberAt(price, "orbit", "prices", key)), number(numberAt(price, "ground", "prices", key))]);
  const impossible = at(price, "impossible");
  return (
    <>
      {typeof impossible === "string" ? <p class="aside">No price: {impossible}</p> : <Pairs id="price" title="Cost, orbit against ground" heads={["", "orbit", "ground"]} rows={[...rows, ["ratio", number(numberAt(price, "ratio")), ""]]} />}
      {years.length > 0 && <Chart id="cost" title="Cost by year of launch" unit="usd" x="value" xLabel="year" series={cost} lines={[{ name: "orbit", label: "orbit, a kW and year", colour: VIOLET }, { name: "ground", label: "ground", colour: GREY }]} />}
      {months.length > 0 && <Chart id="buildout" title="Build-out" unit="" x="value" xLabel="year" series={grown} lines={[{ name: "n_active", label: "at work", colour: GREEN }, { name: "n_launched", label: "launched", colour: GREY }]} />}
    </>
  );
}

function monthOf(date: string): number {
  const [year, month] = date.split("-").map(Number);
  return Math.round(100 * (year! + (month! - 1) / 12)) / 100;
}

function RunMoney({ id }: { id: string }) {
  const growth = useDocument(id, "growth");
  if (growth === null) return null;
  const built = (at(growth, "buildout", "months") ?? at(growth, "months") ?? []) as Json[];
  return <Money price={growth["price"]} months={built} />;
}

function TwinMoney() {
  const now = useStore(scene);
  const [found, setFound] = useState<Json | null>(null);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    setFound(null);
    setAsked(false);
  }, [now.id]);
  if (found !== null) return <Money price={found["price"]} months={((at(found, "buildout", "months") as Json[] | undefined) ?? []) as Json[]} />;
  return (
    <p class="aside">
      <button
        disabled={isAsked}
        onClick={() => {
          setAsked(true);
          get("/api/twin/economics")
            .then((document) => setFound(document as Json))
            .catch((error: unknown) => {
              setAsked(false);
              complain(error);
            });
        }}
      >
        {isAsked ? "Pricing …" : "Price this fleet and its build-out"}
      </button>
    </p>
  );
}

