// Runs: the list, their progress, what can be done with each, and a form for the next.
import { useEffect, useState } from "preact/hooks";
import { complain } from "../scene";
import { download, get, openPage, post, remove, type Row } from "../service";
import { Store, useStore } from "../store";
import { ago, duration, number, quantity } from "../units";
import { look } from "../url";
import { Flights } from "./flights";
import { RunForm } from "./form";

export const rows = new Store<Row[]>([]);
const source = new Store<string>("index");

export async function refreshRuns(): Promise<void> {
  try {
    const found = await get("/api/runs");
    rows.set(found.rows);
    source.set(found.source);
  } catch (error) {
    complain(error);
  }
}

export function Runs() {
  const listed = useStore(rows);
  const from = useStore(source);
  const [doomed, setDoomed] = useState<string | null>(null);
  const isMoving = listed.some((row) => row.state === "running" || row.state === "queued");
  useEffect(() => {
    void refreshRuns();
    const timer = setInterval(() => void refreshRuns(), isMoving ? 1000 : 5000);
    return () => clearInterval(timer);
  }, [isMoving]);
  const act = (what: Promise<unknown>) => void what.then(refreshRuns).catch(complain);
  return (
    <div class="page">
      <section>
        <h2>Runs</h2>
        {from === "folders" && <p class="notice" role="status">The database does not answer; this list is read from the folders.</p>}
        <table class="list">
          <thead>
            <tr><th>run</th><th>state</th><th>satellites</th><th>compute</th><th>orbit / ground</th><th>begun</th><th /></tr>
          </thead>
          <tbody>
            {listed.map((row) => (
              <tr key={row.id} data-run={row.id}>
                <th scope="row">{row.id}<small>{row.title}</small></th>
                <td><State row={row} /></td>
                <td>{number(row.figures?.["n_sats"] as number | null, 7)}</td>
                <td>{quantity(row.figures?.["compute_power_mean_w"] as number | null, "w")}</td>
                <td>{number(row.figures?.["cost_ratio"] as number | null, 3)}</td>
                <td title={row.begun}>{ago(row.begun)}</td>
                <td class="tools">
                  {row.state === "complete" && (
                    <>
                      <button onClick={() => look.update({ tab: "globe", run: row.id, time_s: null, pick: null })}>Replay</button>
                      <button onClick={() => void openPage(`/api/runs/${row.id}/report`).catch(complain)}>Report</button>
                      <button onClick={() => look.update({ tab: "compare", ...(look.get().first === null ? { first: row.id } : { second: row.id }) })}>Compare</button>
                      <button onClick={() => void download(`/api/runs/${row.id}/export`, `${row.id}.zip`).catch(complain)}>Export</button>
                    </>
                  )}
                  {(row.state === "running" || row.state === "queued") && <button onClick={() => act(post(`/api/runs/${row.id}/stop`))}>Stop</button>}
                  {row.can_resume && <button onClick={() => act(post(`/api/runs/${row.id}/resume`))}>Resume</button>}
                  {row.state !== "running" && row.state !== "queued" && (
                    doomed === row.id
                      ? <button class="danger" onClick={() => { setDoomed(null); act(remove(`/api/runs/${row.id}`).then(() => forget(row.id))); }}>Delete for good</button>
                      : <button onClick={() => setDoomed(row.id)}>Delete</button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {listed.length === 0 && <p class="aside">No run yet. Begin one below.</p>}
      </section>
      <Flights />
      <RunForm onBegun={() => void refreshRuns()} />
    </div>
  );
}

// A run that is gone is looked at no more.
function forget(id: string): void {
  const { run, first, second } = look.get();
  look.update({ ...(run === id ? { run: null, time_s: null, pick: null } : {}), ...(first === id ? { first: null } : {}), ...(second === id ? { second: null } : {}) });
}

function State({ row }: { row: Row }) {
  const { progress } = row;
  const share = progress && progress.total > 0 ? Math.min(progress.done / progress.total, 1) : null;
  return (
    <>
      <span class={`state ${row.state}`}>{row.state}</span>
      {row.state === "running" && share !== null && (
        <span class="progress">
          <progress max={1} value={share} aria-label={`Progress of ${row.id}`} /> {progress!.stage}
          {progress!.stage === "fly" && share > 0.02 && share < 1 && `, ${duration((progress!.elapsed_s * (1 - share)) / share)} left`}
        </span>
      )}
      {row.error !== null && <small role="alert">{row.error}</small>}
    </>
  );
}
