// What was said beside what was computed.
import { useEffect, useState } from "preact/hooks";
import { Choice } from "../inputs";
import { complain } from "../scene";
import { documentOf } from "../service";
import { useStore } from "../store";
import { quantity } from "../units";
import { unitNow, useUnits } from "../channels";
import { look } from "../url";
import { refreshRuns, rows } from "./runs";

interface Claim {
  statement: string;
  quantity: string | null;
  comparison: string;
  claimed: number | null;
  announced: number | null;
  sized: number | null;
  verdict: string;
  why: string | null;
  source: string;
  url: string | null;
  date: string | null;
  confidence: string;
}

export function Claims() {
  const { first, run } = useStore(look);
  const listed = useStore(rows).filter((row) => row.state === "complete");
  const [claims, setClaims] = useState<Claim[] | null>(null);
  useEffect(() => void refreshRuns(), []);
  const units = useUnits();
  const chosen = first ?? run ?? listed[0]?.id ?? "";
  useEffect(() => {
    setClaims(null);
    if (chosen === "") return;
    documentOf(chosen, "summary")
      .then((summary) => setClaims(summary["claims"] as Claim[]))
      .catch(complain);
  }, [chosen]);
  return (
    <div class="page">
      <section>
        <h2>Claims</h2>
        <p class="aside">What was published beside what Skyrack computes for the same scenario. A claim may be met and still rest on assumptions; the report of the run lists them.</p>
        <label>
          Run
          <Choice value={chosen} onChoose={(first) => look.update({ first })}>
            {listed.map((row) => <option key={row.id}>{row.id}</option>)}
          </Choice>
        </label>
        {listed.length === 0 && <p class="aside">No complete run yet; begin one under Runs.</p>}
        {claims !== null && (
          <table class="list" data-table="claims">
            <thead><tr><th>claim</th><th>claimed</th><th>as announced</th><th>as sized</th><th>verdict</th><th>source</th></tr></thead>
            <tbody>
              {claims.map((claim) => (
                <tr key={claim.statement}>
                  <th scope="row">{claim.statement}<small>{claim.quantity}</small></th>
                  <td>{claim.quantity !== null && `${claim.comparison} ${quantity(claim.claimed, unitNow(units, claim.quantity))}`}</td>
                  <td>{claim.quantity !== null && quantity(claim.announced, unitNow(units, claim.quantity))}</td>
                  <td>{claim.quantity !== null && quantity(claim.sized, unitNow(units, claim.quantity))}</td>
                  <td class={claim.verdict === "holds" ? "yes" : claim.verdict === "fails" ? "no" : ""} title={claim.why ?? ""}>{claim.verdict}</td>
                  <td>{claim.source.replace(/[,\s]+$/, "")} <small>{claim.date ? `${claim.date}, ` : ""}{claim.confidence}</small></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {claims !== null && claims.length === 0 && <p class="aside">This scenario makes no claims.</p>}
      </section>
    </div>
  );
}
