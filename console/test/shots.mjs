// Pictures of the console for the docs and for looking at: `node test/shots.mjs FOLDER [scenario ...]`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ask, openBrowser, startService, until } from "./browser.mjs";

const [folder = "shots", ...scenarios] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const service = await startService();
const { browser, page, wrongs } = await openBrowser({ url: service.url });
for (const scenario of scenarios.length > 0 ? scenarios : ["suncatcher-81", "starcloud-88k", "spacex-million"]) {
  await ask(service.url, "/api/twin", { scenario, playing: false, anew: true });
  await ask(service.url, "/api/twin/seek", { time_s: 6.5 * 3600 });
  await until("the seek", async () => (await ask(service.url, "/api/twin")).twin.status.seeks_s === null, 120);
  const run = await ask(service.url, "/api/runs", { scenario });
  const other = await ask(service.url, "/api/runs", { scenario, overrides: { "satellite.battery.capacity": scenario === "suncatcher-81" ? "35 kWh" : "90 kWh" } });
  await page.goto(`${service.url}/`);
  await page.goto(`${service.url}/${scenario === "suncatcher-81" ? "#colour=sunlight&pick=0" : "#colour=charge"}`);
  await page.reload();
  await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
  const all = page.getByRole("button", { name: "Draw all" });
  await page.waitForTimeout(2500);
  if (await all.count()) await all.click();
  await page.waitForTimeout(5000);
  await page.screenshot({ path: join(folder, `${scenario}-globe.png`) });
  await page.locator("aside").evaluate((panels) => panels.scrollTo(0, 900));
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(folder, `${scenario}-panels.png`) });
  for (const id of [run.id, other.id]) {
    await until(id, async () => ["complete", "failed"].includes((await ask(service.url, `/api/runs/${id}`)).state), 400);
  }
  await page.goto(`${service.url}/#tab=runs`);
  await page.waitForTimeout(2500);
  await page.screenshot({ path: join(folder, `${scenario}-runs.png`) });
  await page.goto(`${service.url}/#tab=compare&run=${run.id}&with=${other.id}`);
  await page.waitForTimeout(2500);
  await page.screenshot({ path: join(folder, `${scenario}-compare.png`) });
  await page.goto(`${service.url}/#tab=claims&run=${run.id}`);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(folder, `${scenario}-claims.png`) });
  await page.goto(`${service.url}/#run=${run.id}&colour=radiator_temp_max_k&t=30000`);
  await page.reload();
  await page.waitForTimeout(9000);
  await page.screenshot({ path: join(folder, `${scenario}-replay.png`) });
  console.log(scenario, wrongs);
}
await browser.close();
await service.stop();
