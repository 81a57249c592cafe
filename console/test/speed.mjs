// How fast the console comes up and draws, with software graphics: `node test/speed.mjs [scenario]`; one JSON line.
import { ask, openBrowser, startService, until } from "./browser.mjs";

const scenario = process.argv[2] ?? "spacex-million";
const service = await startService("--scenario", scenario);
await until("the twin", async () => (await ask(service.url, "/api/twin")).twin, 120);
const { browser, page, wrongs } = await openBrowser({ url: service.url });
const begun = Date.now();
await page.goto(service.url);
await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0, null, { timeout: 120_000 });
await page.locator('[data-figure="n_alive"]').waitFor();
await page.getByLabel("Speed").focus(); // answers to people
const ready_ms = Date.now() - begun;
const paints = await page.evaluate(() => performance.getEntriesByType("paint").map((entry) => entry.startTime).concat(performance.getEntriesByName("skyrack-globe").map((mark) => mark.startTime))[0]);
const frames = async () => {
  const before = await page.evaluate(() => [window.__skyrack.frames(), performance.now()]);
  await page.waitForTimeout(6000);
  const after = await page.evaluate(() => [window.__skyrack.frames(), performance.now()]);
  return (after[1] - before[1]) / Math.max(after[0] - before[0], 1);
};
const sample_ms = await frames();
const all = page.getByRole("button", { name: "Draw all" });
let all_ms = null;
if (await all.count()) {
  await all.click();
  await page.waitForTimeout(3000);
  all_ms = await frames();
}
const heap_mb = await page.evaluate(() => performance.memory?.usedJSHeapSize / 2 ** 20);
console.log(JSON.stringify({ scenario, first_paint_ms: Math.round(paints), ready_ms, sample_frame_ms: Math.round(sample_ms), all_frame_ms: all_ms && Math.round(all_ms), heap_mb: Math.round(heap_mb), wrongs }));
await browser.close();
await service.stop();
