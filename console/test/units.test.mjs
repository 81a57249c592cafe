// Quantities for people, in the units of the engine's table.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./source.mjs";

const { quantity, suffixOf, unitOf } = await load("units.ts");
const { UNITS } = await load("facts.ts");

test("values are shown in the scales of the engine's table", () => {
  for (const [value, suffix, text] of [
    [116_123.456, "w", "116.1 kW"],
    [0, "w", "0 W"],
    [-2.5e6, "w", "-2.5 MW"],
    [300, "k", "26.9 °C"],
    [5, "k_difference", "5 K"],
    [0.9234, "frac", "92.34 %"],
    [0.001, "frac", "0.1 %"],
    [3.6e6, "j", "1 kWh"],
    [1e9, "bit_per_s", "1 Gbit/s"],
    [650e3, "m", "650 km"],
    [Math.PI, "rad", "180°"],
    [90, "s", "90 s"],
    [2.5, "per_m2_s", "2.5 /m²/s"],
    [1234, "", "1,234"],
    [7, "furlongs", "7 furlongs"],
    [null, "w", "–"],
    [NaN, "w", "–"],
  ])
    assert.equal(quantity(value, suffix), text, `${value} ${suffix}`);
});

test("every unit has a symbol beside a number, but for counts", () => {
  for (const suffix of Object.keys(UNITS)) assert.equal(/[^\d.,\s–-]/.test(quantity(1, suffix)), suffix !== "", suffix);
});

test("a name ends in its unit", () => {
  for (const [name, suffix] of Object.entries({ compute_power_mean_w: "w", proton_flux_mean_per_m2_s: "per_m2_s", charge_frac: "frac", n_sats: "", eclipses: "", raan_rad: "rad", downlink_bit_per_s: "bit_per_s" })) assert.equal(suffixOf(name), suffix, name);
  assert.equal(unitOf("K").symbol, unitOf("k").symbol);
});
