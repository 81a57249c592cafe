// A service on folders of its own and a real Chromium before it, for the tests and for screenshots.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const ROOT = join(import.meta.dirname, "../..");
const PYTHON = process.env.PYTHON ?? join(ROOT, ".venv/bin/python");
const CHROMIUM = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function startService(...more) {
  const home = mkdtempSync(join(tmpdir(), "skyrack-browser-"));
  const child = spawn(PYTHON, ["-m", "skyrack.web", "up", "--port", "0", "--runs", join(home, "runs"), "--studies", join(home, "studies"), "--flights", join(home, "flights"), ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((give, fail) => {
    let said = "";
    child.stdout.on("data", (part) => {
      said += part;
      const found = /http:\/\/[\d.:]+/.exec(said);
      if (found) give(found[0]);
    });
    child.on("exit", (code) => fail(new Error(`the service ended with ${code}: ${said}`)));
  });
  const stop = async () => {
    child.removeAllListeners("exit");
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await gone;
    rmSync(home, { recursive: true, force: true });
  };
  return { url, home, stop };
}

// What the page says wrongly is kept: errors on its console, errors of scripts, answers of 400 and above, foreign requests.
export async function openBrowser({ url, width = 1280, height = 800, scheme = "dark", noWebGL = false }) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: noWebGL ? FLAGS.slice(0, 1).concat("--disable-gpu", "--disable-3d-apis") : FLAGS });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000); // no test depends on how fast the machine is
  const wrongs = [];
  page.on("console", (message) => message.type() === "error" && wrongs.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrongs.push(`script: ${error.stack}`));
  page.on("response", (answer) => answer.status() >= 400 && wrongs.push(`${answer.status()} ${answer.url()}`));
  page.on("request", (request) => !/^(data|blob):/.test(request.url()) && !request.url().startsWith(url) && wrongs.push(`foreign: ${request.url()}`));
  return { browser, page, wrongs };
}

export async function ask(url, path, body) {
  const answer = await fetch(url + path, body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

export async function until(what, condition, seconds = 300) {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((go) => setTimeout(go, 150));
  }
}
