// Two runs side by side, the differences that matter first.
import { useEffect, useState } from "preact/hooks";
import { Choice } from "../inputs";
import { complain } from "../scene";
import { get, save, type Shapes } from "../service";
import { useStore } from "../store";
import { number, quantity } from "../units";
import { unitNow, useUnits } from "../channels";
import { look } from "../url";
import { refreshRuns, rows } from "./runs";

export function Compare() {
  const asked = useStore(look);
  const listed = useStore(rows).filter((row) => row.state === "complete");
  const units = useUnits();
  const [found, setFound] = useState<Shapes["Comparison"] | null>(null);
  useEffect(() => void refreshRuns(), []);
  const first = asked.first ?? listed[1]?.id ?? listed[0]?.id ?? "";
  const second = asked.second ?? listed.find((row) => row.id !== first)?.id ?? "";
  useEffect(() => {
    setFound(null);
    if (first === "" || second === "") return;
    get("/api/compare", `/api/compare?first=${encodeURIComponent(first)}&second=${encodeURIComponent(second)}`)
      .then(setFound)
      .catch(complain);
  }, [first, second]);
  const choose = (label: string, value: string, take: (id: string) => void) => (
    <label>
      {label}
      <Choice value={value} onChoose={take}>
        {listed.map((row) => <option key={row.id}>{row.id}</option>)}
      </Choice>
    </label>
  );
  const csv = () =>
    ["name,first,second,change", ...(found?.figures ?? []).map((row) => [row["name"], row["first"], row["second"], row["change"] ?? ""].join(","))].join("\n") + "\n";
  return (
    <div class="page">
      <section>
        <h2>Compare</h2>
        {listed.length < 2 && <p class="aside">Two complete runs are needed; there {listed.length === 1 ? "is one" : "are none"}.</p>}
        <div class="row">
          {choose("First", first, (id) => look.update({ first: id }))}
          {choose("Second", second, (id) => look.update({ second: id }))}
        </div>
        {found !== null && (
          <>
            <p class="aside">
              {found.figures.length} {found.figures.length === 1 ? "figure differs" : "figures differ"}, {found.n_equal} {found.n_equal === 1 ? "does" : "do"} not.{" "}
              <button onClick={() => save(new Blob([csv()], { type: "text/csv" }), "compare.csv")}>CSV</button>
            </p>
            <table class="list" data-table="figures">
              <thead><tr><th>figure</th><th>{found.first}</th><th>{found.second}</th><th>change</th></tr></thead>
              <tbody>
                {found.figures.map((row) => {
                  const change = row["change"] as number | null;
                  return (
                    <tr key={String(row["name"])}>
                      <th scope="row">{String(row["label"])}<small>{String(row["name"])}</small></th>
                      <td title={String(row["first"])}>{quantity(row["first"] as number, unitNow(units, String(row["name"])), 5)}</td>
                      <td title={String(row["second"])}>{quantity(row["second"] as number, unitNow(units, String(row["name"])), 5)}</td>
                      <td><Change share={change} text={String(row["change_text"])} /></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
            <details open={found.keys.length <= 20}>
              <summary>Keys of the scenarios that differ <small>{found.keys.length}</small></summary>
              <table class="list">
                <thead><tr><th>key</th><th>{found.first}</th><th>{found.second}</th></tr></thead>
                <tbody>{found.keys.map((row) => <tr key={row["key"]}><th scope="row">{row["key"]}</th><td>{row["first"]}</td><td>{row["second"]}</td></tr>)}</tbody>
              </table>
            </details>
          </>
        )}
      </section>
    </div>
  );
}

// The change as the engine words it; a bar beside it where it is a share of the first value.
function Change({ share, text }: { share: number | null; text: string }) {
  if (share === null || share > 10) return <>{text}</>;
  const width = Math.min(Math.abs(share), 1) * 46;
  return (
    <span class="change">
      <i class={share < 0 ? "less" : "more"} style={{ width: `${width}px`, marginLeft: share < 0 ? `${48 - width}px` : "48px" }} />
      {signed(100 * share)} %
    </span>
  );
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${number(value, 3)}`;
