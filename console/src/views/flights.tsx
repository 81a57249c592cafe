// Flights: users' own jobs, with their loss and virtual clock while they fly, and their satellites on the globe.
import { useEffect } from "preact/hooks";
import { complain, scene, showTwin } from "../scene";
import { get, openPage, post, type FlightRow } from "../service";
import { Store, useStore } from "../store";
import { ago, duration, number } from "../units";
import { look } from "../url";

export const flights = new Store<FlightRow[]>([]);

export async function refreshFlights(): Promise<void> {
  try {
    flights.set(await get("/api/flights"));
  } catch (error) {
    complain(error);
  }
}

export function Flights() {
  const listed = useStore(flights);
  const now = useStore(scene);
  const shown = useStore(look).flight;
  const isMoving = listed.some((row) => row.state === "running");
  useEffect(() => {
    void refreshFlights();
    const timer = setInterval(() => void refreshFlights(), isMoving ? 1000 : 5000);
    return () => clearInterval(timer);
  }, [isMoving]);
  if (listed.length === 0) return null;
  return (
    <section>
      <h2>Flights</h2>
      <table class="list">
        <thead>
          <tr><th>flight</th><th>state</th><th>satellites</th><th>virtual time</th><th>steps</th><th>loss of rank 0</th><th>begun</th><th /></tr>
        </thead>
        <tbody>
          {listed.map((row) => (
            <tr key={row.id} data-flight={row.id}>
              <th scope="row">{row.id}<small>{row.command}</small></th>
              <td>
                <span class={`state ${row.state}`}>{row.state}</span>
                {row.restarts > 0 && <small>{row.restarts} {row.restarts === 1 ? "restart" : "restarts"}</small>}
                {row.problem !== null && <small role="alert">{row.problem}</small>}
              </td>
              <td>{number(row.satellites.length)}<small>{row.scenario}</small></td>
              <td>{row.virtual_s > 0 ? duration(row.virtual_s) : "–"}</td>
              <td>{number(row.step)}</td>
              <td><Curve row={row} /> {number(row.loss, 4)}</td>
              <td title={row.begun}>{ago(row.begun)}</td>
              <td class="tools">
                <button aria-pressed={shown === row.id} onClick={() => void show(row, now.id)}>{shown === row.id ? "On the globe" : "Show on the globe"}</button>
                {(row.state === "complete" || row.state === "failed") && <button onClick={() => void openPage(`/api/flights/${row.id}/report`).catch(complain)}>Report</button>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

// Mark the satellites of a flight on the globe; another fleet than theirs is replaced by it.
async function show(row: FlightRow, fleet: string): Promise<void> {
  look.update({ tab: "globe", run: null, flight: row.id, pick: null });
  if (fleet === row.scenario) return;
  try {
    await post("/api/twin", { scenario: row.scenario });
    await showTwin();
  } catch (error) {
    complain(error);
  }
}

const WIDTH = 130;
const HEIGHT = 30;

function Curve({ row }: { row: FlightRow }) {
  const known = row.losses.flatMap((loss, k) => (loss === null ? [] : [[row.time_s[k]!, loss] as const]));
  if (known.length < 2) return null;
  const losses = known.map(([, loss]) => loss);
  const low = Math.min(...losses);
  const high = Math.max(...losses);
  const end = row.time_s[row.time_s.length - 1]!;
  const start = row.time_s[0]!;
  const points = known.map(([time, loss]) => `${((WIDTH * (time - start)) / (end - start || 1)).toFixed(1)},${(2 + ((HEIGHT - 4) * (high - loss)) / (high - low || 1)).toFixed(1)}`);
  return (
    <svg class="curve" width={WIDTH} height={HEIGHT} role="img" aria-label={`Loss from ${number(losses[0]!, 3)} to ${number(losses[losses.length - 1]!, 3)} over virtual time`}>
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" stroke-width="1.4" />
    </svg>
  );
}

// Satellites of the flight that is shown, where the globe shows their fleet; and what it has reached, for the legend.
export function shownFlight(): FlightRow | null {
  const { flight } = look.get();
  const row = flights.get().find((one) => one.id === flight) ?? null;
  return row !== null && row.scenario === scene.get().id ? row : null;
}
