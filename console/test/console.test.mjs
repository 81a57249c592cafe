// The console in a real browser before a real service: what people do, and that nothing goes wrong meanwhile.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, startService, until } from "./browser.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const figure = async (page, name) => (await page.locator(`[data-figure="${name}"]`).textContent()).trim();

describe("a fleet of 2,800 satellites, live", () => {
  let service, browser, page, wrongs;
  before(async () => {
    service = await startService("--scenario", "three-body-2800");
    await until("the twin", async () => (await ask(service.url, "/api/twin")).twin);
    ({ browser, page, wrongs } = await openBrowser({ url: service.url }));
    await page.goto(service.url);
    await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
  });
  after(async () => {
    await browser.close();
    await service.stop();
  });

  test("opens with the fleet, its figures and its charts", async () => {
    assert.match(await page.locator(".what").textContent(), /live: .*2,800 satellites/);
    await until("figures", async () => (await figure(page, "n_alive")) === "2,800");
    for (const chart of ["power", "radiator", "electronics", "charge", "sunlit", "shells", "latency", "downlink"]) {
      assert.equal(await page.locator(`[data-chart="${chart}"]`).count(), 1, chart);
    }
  });

  test("the globe shows satellites, Earth and sky", async () => {
    const colours = await coloursOf(page);
    assert.ok(colours > 200, `${colours} colours`);
  });

  test("pauses, plays, steps and seeks, and the service agrees", async () => {
    await button(page, "Pause").click();
    await until("the pause", async () => !(await ask(service.url, "/api/twin")).twin.status.is_playing);
    const before = (await ask(service.url, "/api/twin")).twin.status.time_s;
    await button(page, "One step on").click();
    await until("the step", async () => (await ask(service.url, "/api/twin")).twin.status.time_s > before);
    await page.getByLabel("Time since the epoch").focus();
    await page.getByLabel("Time since the epoch").evaluate((bar) => {
      bar.value = "36000";
      bar.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await until("the seek", async () => (await ask(service.url, "/api/twin")).twin.status.time_s === 36000, 180); // nothing may be compiled yet
    const { epoch } = (await ask(service.url, "/api/twin")).twin;
    const said = new Date(Date.parse(epoch) + 36e6).toISOString().slice(0, 19).replace("T", " ");
    await page.locator(".timebar time", { hasText: said }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("body").click({ position: { x: 5, y: 790 } });
    await button(page, "Play").click();
    await page.getByLabel("Speed").selectOption("600");
    await until("the speed", async () => (await ask(service.url, "/api/twin")).twin.status.speed === 600);
    await until("time to pass", async () => (await ask(service.url, "/api/twin")).twin.status.time_s > 36600);
    await button(page, "Pause").click();
    await until("the pause", async () => !(await ask(service.url, "/api/twin")).twin.status.is_playing);
  });

  test("the bar of time is dragged while the clock runs, and the twin goes there", async () => {
    await button(page, "Play").click();
    await until("the play", async () => (await ask(service.url, "/api/twin")).twin.status.is_playing);
    const bar = page.getByLabel("Time since the epoch");
    const box = await bar.boundingBox();
    const y = box.y + box.height / 2;
    const [now, end] = await bar.evaluate((input) => [input.valueAsNumber, Number(input.max)]);
    await page.mouse.move(box.x + (box.width * now) / end, y);
    await page.mouse.down();
    for (const share of [0.6, 0.65, 0.7]) {
      await page.mouse.move(box.x + box.width * share, y, { steps: 4 });
      const held = await bar.evaluate((input) => input.valueAsNumber);
      assert.ok(Math.abs(held / end - share) < 0.02, `${held} of ${end} at ${share}`);
      await twoViews();
      assert.equal(await bar.evaluate((input) => input.valueAsNumber), held, "the bar is taken out of the hand");
      assert.equal(await bar.evaluate((input) => Number(input.max)), end, "its end moves under the hand");
    }
    assert.ok((await ask(service.url, "/api/twin")).twin.status.time_s < 0.55 * end, "it seeks before it is let go");
    await page.mouse.up();
    await until("the twin", async () => {
      const { time_s, seeks_s } = (await ask(service.url, "/api/twin")).twin.status;
      return seeks_s === null && time_s > 0.68 * end;
    });
    await until("the bar", () => bar.evaluate((input, end) => input.valueAsNumber > 0.68 * end, end));
    await bar.press("ArrowLeft");
    await bar.press("ArrowLeft");
    await until("two steps back", async () => (await ask(service.url, "/api/twin")).twin.status.seeks_s === null);
    await twoViews();
    const later = await bar.evaluate((input) => input.valueAsNumber);
    await twoViews();
    assert.ok((await bar.evaluate((input) => input.valueAsNumber)) >= later, "the bar follows the clock again");
  });

  test("a list that is open keeps what is chosen in it, whatever views arrive", async () => {
    const lists = { Speed: "10", "What happens": "solar-storm" };
    await page.locator(".events summary").click();
    for (const [name, wanted] of Object.entries(lists)) {
      const list = page.getByLabel(name, { exact: true });
      await list.evaluate((input, wanted) => {
        input.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        input.value = wanted; // as the keys do in a list that is open
      }, wanted);
      await twoViews();
      assert.equal(await list.inputValue(), wanted, name);
      await list.evaluate((input) => input.dispatchEvent(new Event("change", { bubbles: true })));
      await twoViews();
      assert.equal(await list.inputValue(), wanted, name);
    }
    assert.equal((await ask(service.url, "/api/twin")).twin.status.speed, 10);
    await ask(service.url, "/api/twin/speed", { speed: 600 });
    await until("the speed that somebody else set", async () => (await page.getByLabel("Speed").inputValue()) === "600");
    await page.getByLabel("What happens").selectOption("lose-satellite");
    await page.getByLabel("Which").fill("12");
    await twoViews();
    assert.equal(await page.getByLabel("Which").inputValue(), "12");
    await page.locator(".events summary").click();
    await button(page, "Pause").click();
    await until("the pause", async () => !(await ask(service.url, "/api/twin")).twin.status.is_playing);
  });

  // Waits until the page has shown two more views of the clock.
  async function twoViews() {
    const seen = async () => (await ask(service.url, "/api/twin")).twin.status.sequence;
    const before = await seen();
    await until("two views", async () => (await seen()) >= before + 2);
    await page.evaluate(() => new Promise((go) => setTimeout(go, 300)));
  }

  test("colours by another quantity, and the link keeps it", async () => {
    const before = await page.locator(".globe canvas").screenshot();
    await page.getByRole("radio", { name: "Battery charge" }).click();
    assert.match(page.url(), /colour=charge/);
    await until("another picture", async () => !before.equals(await page.locator(".globe canvas").screenshot()));
  });

  test("finds a satellite, and its values are the service's", async () => {
    await page.getByLabel("Find a satellite or a shell").fill("1234");
    await page.keyboard.press("Enter");
    await page.locator(".picked").waitFor();
    const exact = await ask(service.url, "/api/twin/satellites/1234");
    for (const name of ["charge_j", "radiator_temp_k", "altitude_m", "compute_energy_j"]) {
      assert.equal(await page.locator(`.picked [data-value="${name}"]`).getAttribute("title"), String(exact[name]), name);
    }
    await page.getByLabel("Find a satellite or a shell").fill("99999");
    await page.keyboard.press("Enter");
    await page.getByText("no such satellite or shell").waitFor();
    await page.getByLabel("Close").click();
    assert.equal(await page.locator(".picked").count(), 0);
  });

  test("picks the satellite that is pressed", async () => {
    const box = await page.locator(".globe canvas").boundingBox();
    const found = await until("something to pick", async () => {
      for (let k = 0; k < 80; k++) {
        await page.mouse.click(box.x + box.width * (0.25 + 0.5 * ((k * 0.618) % 1)), box.y + box.height * (0.3 + 0.45 * ((k * 0.414) % 1)));
        if (page.url().includes("pick=")) return true;
      }
      return false;
    });
    assert.ok(found);
    await page.locator(".picked").waitFor();
    const picked = Number(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("pick"));
    const exact = await ask(service.url, `/api/twin/satellites/${picked}`);
    assert.equal(await page.locator('.picked [data-value="shell"]').textContent(), exact.shell);
  });

  test("loses a launch batch from the picked satellite, and takes it back", async () => {
    await page.getByRole("button", { name: /Lose a launch batch/ }).click();
    await until("the loss", async () => (await ask(service.url, "/api/twin")).twin.figures.n_alive < 2800);
    await until("the figure", async () => (await figure(page, "n_alive")) !== "2,800");
    await page.locator(".events summary").click();
    await page.getByRole("button", { name: "take back" }).click();
    await until("the return", async () => (await ask(service.url, "/api/twin")).twin.figures.n_alive === 2800);
  });

  test("loses a shell, and a wrong wish is answered in a sentence", async () => {
    await page.getByLabel("What happens").selectOption("lose-satellite");
    await page.getByLabel("Which").fill("nobody");
    await button(page, "Let it happen").click();
    await page.getByText("is not the number of a satellite").waitFor();
    wrongs.splice(0, wrongs.length, ...wrongs.filter((wrong) => !/422/.test(wrong)));
    await page.getByLabel("What happens").selectOption("lose-shell");
    await button(page, "Let it happen").click();
    await until("the loss", async () => (await ask(service.url, "/api/twin")).twin.figures.n_alive < 2800);
    await page.locator('[data-chart="shells"]').getByText("lost").first().waitFor();
    await page.getByRole("button", { name: "take back" }).click();
  });

  test("a chart's CSV holds what the service has", async () => {
    await until("the pause", async () => !(await ask(service.url, "/api/twin")).twin.status.is_playing);
    const [saved] = await Promise.all([page.waitForEvent("download"), page.getByTitle("Download Power as CSV").click()]);
    const rows = readFileSync(await saved.path(), "utf8").trim().split("\n").map((row) => row.split(","));
    assert.deepEqual(rows[0].slice(0, 3), ["time_s", "array_power_w", "compute_power_w"]);
    const history = (await ask(service.url, "/api/twin/history")).fleet;
    const kept = new Map(history.map((row) => [row.time_s, row]));
    const both = rows.slice(1).filter((row) => kept.has(Number(row[0])));
    assert.ok(both.length > 100); // what a seek flew through is there
    const same = both.filter((row) => Number(row[2]) === kept.get(Number(row[0])).compute_power_w);
    assert.ok(same.length >= both.length - 2, `${same.length} of ${both.length}`); // a look just after an event has the time of the one before
  });

  test("is priced when asked", async () => {
    await button(page, "Price this fleet and its build-out").click();
    await page.locator('[data-chart="cost"]').waitFor({ timeout: 60000 });
    const price = (await ask(service.url, "/api/twin/economics")).price;
    const shown = await page.locator('[data-chart="price"] tbody tr', { hasText: "ratio" }).locator("td").first().textContent();
    assert.equal(Number(shown), Number(price.ratio.toPrecision(4)));
  });

  test("a page that is loaded anew shows the same", async () => {
    await page.reload();
    await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
    assert.equal(await page.getByRole("radio", { name: "Battery charge" }).getAttribute("aria-checked"), "true");
    await page.locator(".picked").waitFor();
  });

  test("draws nothing while nothing moves, and little for a frame", async () => {
    await page.getByLabel("Close").click();
    await page.waitForTimeout(500);
    const frames = await page.evaluate(async () => {
      const before = window.__skyrack.frames();
      await new Promise((go) => setTimeout(go, 1500));
      return window.__skyrack.frames() - before;
    });
    assert.ok(frames <= 1, `${frames} frames`);
  });

  test("another fleet that somebody loads is shown here too, and its clock", async () => {
    await ask(service.url, "/api/twin", { scenario: "suncatcher-81", playing: false });
    await page.locator(".what", { hasText: "81 satellites" }).waitFor();
    await ask(service.url, "/api/twin/step", { steps: 3 });
    await page.locator(".timebar .since", { hasText: "+3 min" }).waitFor();
  });

  test("nothing went wrong meanwhile", () => assert.deepEqual(wrongs, []));
});

describe("runs", () => {
  let service, browser, page, wrongs;
  before(async () => {
    service = await startService();
    ({ browser, page, wrongs } = await openBrowser({ url: service.url }));
    await page.goto(service.url);
  });
  after(async () => {
    await browser.close();
    await service.stop();
  });

  const row = (id) => page.locator(`[data-run="${id}"]`);
  const begin = async (changes) => {
    for (const [key, value] of Object.entries(changes)) await page.locator(`[id="key-${key}"]`).fill(value);
    await button(page, "Begin the run").click();
    const said = await page.locator(".told").textContent();
    return said.split(" ")[0];
  };

  test("an empty console offers fleets", async () => {
    await page.getByText("Fly a fleet").waitFor();
    await page.getByRole("button", { name: /suncatcher-81/ }).waitFor();
  });

  test("a flight is listed with its loss and clock while it flies, and its satellites are marked", async () => {
    const folder = join(service.home, "flights", "mine");
    mkdirSync(join(folder, "ranks"), { recursive: true });
    const manifest = { kind: "flight", outcome: "running", laws: "", device: "cpu", scenario_sha256: "", title: "A flight", versions: {}, scenario: "suncatcher-81", command: ["torchrun", "train.py"], begun: new Date().toISOString() };
    writeFileSync(join(folder, "timeline.json"), JSON.stringify({ satellites: [0, 1], begin_s: 0 }));
    const log = join(folder, "ranks", "0.jsonl");
    const step = (number, loss) => JSON.stringify({ attempt: 0, step: number, time_s: 120 * number, loss }) + "\n";
    writeFileSync(log, step(1, 4.5) + step(2, 3.5));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await button(page, "Runs").click();
    const flight = page.locator('[data-flight="mine"]');
    await flight.getByText("4 min").waitFor();
    appendFileSync(log, step(3, 2.25));
    await flight.getByText("6 min").waitFor();
    assert.match(await flight.textContent(), /torchrun train\.py.*2\.25/);
    assert.equal(await flight.locator("svg.curve polyline").count(), 1);
    await flight.getByRole("button", { name: "Show on the globe" }).click();
    await page.locator(".notice.flight", { hasText: "2 satellites of flight mine" }).waitFor({ timeout: 60000 });
    await page.locator(".what", { hasText: "81 satellites" }).waitFor();
    await page.getByLabel("Hide the flight").click();
    await page.locator(".notice.flight").waitFor({ state: "detached" });
  });

  test("a wrong value is answered beside its field", async () => {
    await button(page, "Runs").click();
    await page.locator("select[name=scenario]").selectOption("spacex-pilot-2027");
    await page.locator('[id="key-span"]').waitFor();
    await page.locator("summary", { hasText: "satellite.battery" }).click();
    await page.locator('[id="key-satellite.battery.capacity"]').fill("80 kW");
    await page.getByLabel("Other keys").fill("launch");
    await button(page, "Check").click();
    await page.locator('[id="key-satellite.battery.capacity-wrong"]').waitFor();
    assert.match(await page.locator('[id="key-satellite.battery.capacity-wrong"]').textContent(), /an energy is needed/);
    wrongs.splice(0, wrongs.length, ...wrongs.filter((wrong) => !/422/.test(wrong)));
    assert.equal(await page.getByLabel("Other keys").inputValue(), "launch");
    await page.getByLabel("Other keys").fill("");
    await page.locator('[id="key-satellite.battery.capacity"]').fill("");
  });

  test("two runs are begun, followed and compared", async () => {
    const first = await begin({ span: "6 h" });
    await row(first).getByText("running").waitFor({ timeout: 30000 });
    const second = await begin({ "satellite.battery.capacity": "90 kWh" });
    await row(second).waitFor();
    await row(first).getByText("complete").waitFor({ timeout: 120000 });
    await row(second).getByText("complete").waitFor({ timeout: 120000 });
    await row(first).getByRole("button", { name: "Compare" }).click();
    await page.locator('[data-table="figures"] tbody tr').first().waitFor();
    assert.match(await page.locator("details", { hasText: "Keys of the scenarios" }).textContent(), /battery\.capacity/);
  });

  test("a replay shows the numbers of the run's folder", async () => {
    await button(page, "Runs").click();
    const [saved] = (await ask(service.url, "/api/runs")).rows;
    await row(saved.id).getByRole("button", { name: "Replay" }).click();
    await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
    const fleet = await ask(service.url, `/api/runs/${saved.id}/tables/fleet`);
    await page.locator('[data-figure="compute_power_w"]').waitFor();
    const [csv] = await Promise.all([page.waitForEvent("download"), page.getByTitle("Download Power as CSV").click()]);
    const rows = readFileSync(await csv.path(), "utf8").trim().split("\n").slice(1).map((line) => line.split(",").map(Number));
    assert.deepEqual(rows.map((line) => line[2]), fleet.compute_power_w);
    await page.getByLabel("Find a satellite or a shell").fill("1");
    await page.keyboard.press("Enter");
    await page.locator(".picked").waitFor();
    const exact = await ask(service.url, `/api/runs/${saved.id}/satellites/1`);
    assert.equal(await page.locator('.picked [data-value="radiator_temp_max_k"]').getAttribute("title"), String(exact.radiator_temp_max_k));
  });

  test("series that hardly change, are zero, empty or a single point are drawn", async () => {
    const [saved] = (await ask(service.url, "/api/runs")).rows;
    const path = `/api/runs/${saved.id}/tables/fleet`;
    const fleet = await ask(service.url, path);
    const kinds = {
      constant: () => 1,
      zero: () => 0,
      "constant to 1e-7": (_, k) => 1 - 1e-7 * (k % 3),
      "constant to rounding": (_, k) => 1 - 1e-16 * (k % 2),
      "large and constant to 1e-7": (_, k) => 116_123.456 * (1 + 1e-7 * (k % 3)),
      null: () => null,
    };
    const changed = Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, Object.fromEntries(Object.entries(fleet).map(([column, values]) => [column, column === "time_s" ? values : values.map(kind)]))]),
    );
    changed["a single point"] = Object.fromEntries(Object.entries(fleet).map(([column, values]) => [column, values.slice(0, 1)]));
    changed.nothing = Object.fromEntries(Object.keys(fleet).map((column) => [column, []]));
    for (const [name, series] of Object.entries(changed)) {
      await page.route(`${service.url}${path}*`, (asked) => asked.fulfill({ json: series }));
      await page.reload();
      await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
      const host = page.locator('[data-chart="charge"] .u-over');
      await host.waitFor();
      await host.hover();
      const said = page.locator('[data-chart="charge"] output');
      await until(`${name}: an answer to the cursor`, async () => name === "nothing" || /: .*5 %/.test(await said.textContent()));
      await page.unroute(`${service.url}${path}*`);
    }
    await page.reload();
  });

  test("the report opens", async () => {
    await button(page, "Runs").click();
    const [report] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("button", { name: "Report" }).first().click(),
    ]);
    await report.waitForLoadState();
    assert.match(await report.title(), /AI1|Skyrack|prototypes/i);
    await report.close();
  });

  test("claims stand beside what was computed", async () => {
    await button(page, "Claims").click();
    await page.locator('[data-table="claims"] tbody tr').first().waitFor();
  });

  test("a run is deleted at the second press", async () => {
    await button(page, "Runs").click();
    const [last] = (await ask(service.url, "/api/runs")).rows;
    await row(last.id).getByRole("button", { name: "Delete", exact: true }).click();
    await row(last.id).getByRole("button", { name: "Delete for good" }).click();
    await row(last.id).waitFor({ state: "detached" });
  });

  test("the description of the service works here", async () => {
    await page.goto(`${service.url}/api/docs`);
    await page.getByText("/api/runs/{id}/tables/{name}").waitFor();
  });

  test("nothing went wrong meanwhile", () => assert.deepEqual(wrongs, []));
});

describe("without WebGL, by keyboard, on a phone", () => {
  let service;
  before(async () => {
    service = await startService("--scenario", "suncatcher-81");
    await until("the twin", async () => (await ask(service.url, "/api/twin")).twin);
  });
  after(() => service.stop());

  test("a flat map stands in, with a notice, and every panel is there", async () => {
    const { browser, page, wrongs } = await openBrowser({ url: service.url, noWebGL: true });
    await page.goto(service.url);
    await page.getByText("This browser has no WebGL").waitFor();
    await page.locator("canvas.map").waitFor();
    await until("figures", async () => (await figure(page, "n_alive")) === "81");
    assert.equal(await page.locator('[data-chart="power"]').count(), 1);
    assert.deepEqual(wrongs.filter((wrong) => !/WebGL/.test(wrong)), []);
    await browser.close();
  });

  test("all can be done with keys alone", async () => {
    const { browser, page, wrongs } = await openBrowser({ url: service.url });
    await page.goto(service.url);
    await page.waitForFunction(() => performance.getEntriesByName("skyrack-fleet").length > 0);
    await page.keyboard.press("Space");
    await until("the pause", async () => !(await ask(service.url, "/api/twin")).twin.status.is_playing);
    const before = (await ask(service.url, "/api/twin")).twin.status.time_s;
    await page.keyboard.press(".");
    await until("a step", async () => (await ask(service.url, "/api/twin")).twin.status.time_s > before);
    await page.keyboard.press("3");
    assert.match(page.url(), /colour=radiator/);
    await page.keyboard.press("/");
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await page.locator(".picked").waitFor();
    await page.locator(".near circle").first().waitFor();
    assert.equal(await page.locator(".near circle").count(), 81);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".picked").count(), 0);
    await page.keyboard.press("r");
    await page.getByRole("heading", { name: "Begin a run" }).waitFor();
    await page.keyboard.press("g");
    await page.locator(".globe").focus();
    const still = await page.locator(".globe canvas").screenshot();
    await page.keyboard.press("ArrowLeft");
    await until("the globe to turn", async () => !still.equals(await page.locator(".globe canvas").screenshot()));
    assert.deepEqual(wrongs, []);
    await browser.close();
  });

  test("a narrow window is read from top to bottom", async () => {
    const { browser, page, wrongs } = await openBrowser({ url: service.url, width: 390, height: 800, scheme: "light" });
    await page.goto(service.url);
    await page.locator('[data-chart="power"]').scrollIntoViewIfNeeded();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} pixels wide`);
    assert.deepEqual(wrongs, []);
    await browser.close();
  });
});

// How many colours the globe's picture has: read from a screenshot through a canvas of the page.
async function coloursOf(page) {
  const png = (await page.locator(".globe canvas").screenshot()).toString("base64");
  return page.evaluate(async (data) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.width;
    canvas.height = picture.height;
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size;
  }, png);
}
