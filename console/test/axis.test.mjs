// Axes of charts: a series of any kind gets a range that is wide enough and a few distinct ticks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "./source.mjs";

const { drawable, tickLabels, ticks, xRange, yRange } = await load("axis.ts");
const INTERVALS = 4;
const UNITS = ["w", "k", "frac", "ms", "bit_per_s", "usd", ""];

const ends = (column) => {
  const numbers = drawable(column).filter((value) => value !== null);
  return numbers.length === 0 ? [null, null] : [Math.min(...numbers), Math.max(...numbers)];
};

const LEVELS = [0, 1e-12, 1e-6, 1e-3, 0.5, 1, 26.85, 300, 1234.5678, 116_123.456, 1e9, 9.8e10, 1e15, 1e20];
const SERIES = {
  ...Object.fromEntries(LEVELS.flatMap((level) => [level, -level]).map((level) => [`constant ${level}`, [level, level, level]])),
  ...Object.fromEntries(
    LEVELS.flatMap((level) => [1e-2, 1e-4, 1e-7, 1e-9, 1e-12, 2.3e-16].map((change) => [`${level} constant to ${change}`, [level, level * (1 - change), level * (1 - 2 * change), level]])),
  ),
  "around zero": [1e-7, -1e-7, 0],
  "rounding about zero": [0, 1e-16, 0, 1e-16],
  "from 0 to 1e-6": [0, 1e-6, 0],
  "all null": [null, null, null],
  "all NaN": [NaN, NaN],
  "all infinite": [Infinity, -Infinity],
  "gaps of NaN and null": [NaN, 1, null, 1],
  "a single point": [42.5],
  "a single null": [null],
  nothing: [],
  "a wide range": [0, 1e12],
  "beyond all bounds": [1e308, -1e308, 3],
};

for (const unit of UNITS) {
  describe(`vertical axis in ${unit || "counts"}`, () => {
    for (const [name, column] of Object.entries(SERIES)) {
      test(name, () => {
        const [low, high] = ends(column);
        const [bottom, top] = yRange(low, high, unit);
        assert.ok(Number.isFinite(bottom) && Number.isFinite(top) && bottom < top, `${bottom} to ${top}`);
        if (low !== null) {
          const slack = unit === "frac" ? 1e-3 : 0;
          assert.ok(bottom <= low + slack && top >= high - slack, `${low} to ${high} is drawn on ${bottom} to ${top}`);
          if (unit !== "frac") assert.ok(top - bottom >= 0.00999 * Math.max(Math.abs(low), Math.abs(high)));
        }
        const at = ticks(bottom, top, INTERVALS);
        assert.ok(at.length >= 2 && at.length <= INTERVALS + 1, `${at.length} ticks`);
        const labels = tickLabels(unit === "k" ? at.map((value) => value + 273.15) : at, unit);
        assert.equal(new Set(labels).size, labels.length, labels.join());
      });
    }
  });
}

test("shares have one axis, from 0 to 100 %, whatever their values", () => {
  for (const column of [[0, 0], [1, 1], [1, 1 - 1e-7], [0.2, 0.25], [null, null], [0.5], [1 + 1e-9, 0.4], [-1e-12, 0.1]]) assert.deepEqual(yRange(...ends(column), "frac"), [0, 1]);
  assert.deepEqual(tickLabels(ticks(0, 1, INTERVALS), "frac"), ["0 %", "25 %", "50 %", "75 %", "100 %"]);
  assert.ok(yRange(0.5, 1.4, "frac")[1] >= 1.4);
});

test("powers that are not negative keep zero as their lower end", () => {
  assert.equal(yRange(0, 120e3, "w")[0], 0);
  assert.equal(yRange(5e3, 120e3, "w")[0], 0);
  assert.deepEqual(yRange(0, 0, "w"), [0, 1]);
  assert.ok(yRange(100e3, 120e3, "w")[0] > 90e3);
});

test("ticks are few and finite whatever the ends", () => {
  for (const [low, high] of [[0, 0], [1, 1], [2, 1], [NaN, 1], [0, Infinity], [1, 1 + 1e-16], [-0.00000011, 1]]) assert.ok(ticks(low, high, INTERVALS).length <= INTERVALS + 1);
});

test("horizontal axis: never shorter than asked for, and never before the epoch", () => {
  assert.deepEqual(xRange([0], 600), [0, 600]);
  assert.deepEqual(xRange([36_000], 600), [35_700, 36_300]);
  assert.deepEqual(xRange([2030], 1), [2029.5, 2030.5]);
  assert.deepEqual(xRange([0, 86_400], 600), [0, 86_400]);
  assert.deepEqual(xRange([], 600), [null, null]);
  const [from, to] = xRange([60, 60 + 1e-7], 600);
  assert.ok(to - from >= 600 - 1e-6);
});
