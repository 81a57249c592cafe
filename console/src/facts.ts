// Made by `npm run types` from skyrack.api.names; not to be written by hand.
export const EVENT_KINDS = [
  {"name":"lose-satellite","label":"Lose a satellite","target":"satellite","is_loss":true},
  {"name":"lose-shell","label":"Lose a shell","target":"shell","is_loss":true},
  {"name":"lose-batch","label":"Lose a launch batch","target":"launch batch","is_loss":true},
  {"name":"solar-storm","label":"Solar storm","target":"storm level","is_loss":false},
  {"name":"site-down","label":"Ground site down","target":"ground site","is_loss":false},
] as const;

export const TABLES = [
  "fleet",
  "shells",
  "satellites",
  "sampled",
  "conditions",
  "city_latency",
  "routes",
  "paths",
  "link_use",
  "downlink",
] as const;

export const DOCUMENTS = [
  "summary",
  "manifest",
  "assumptions",
  "growth",
  "network",
  "radiation",
  "workload",
] as const;

export const STUDY_METHODS = [
  "sobol",
  "latin-hypercube",
  "tornado",
  "sobol-indices",
  "grid",
  "pareto",
] as const;

export const SPEED_LIMITS = [
  1,
  10000,
] as const;

export const UNITS = {
  "m": {"symbol":"m","scales":[[1000,"km"],[1,"m"]],"shown_zero":0,"difference":""},
  "m2": {"symbol":"m²","scales":[],"shown_zero":0,"difference":""},
  "m3": {"symbol":"m³","scales":[],"shown_zero":0,"difference":""},
  "w": {"symbol":"W","scales":[[1000000000000,"TW"],[1000000000,"GW"],[1000000,"MW"],[1000,"kW"],[1,"W"]],"shown_zero":0,"difference":""},
  "j": {"symbol":"J","scales":[[3600000000000000,"TWh"],[3600000000000,"GWh"],[3600000000,"MWh"],[3600000,"kWh"],[1,"J"]],"shown_zero":0,"difference":""},
  "k": {"symbol":"°C","scales":[],"shown_zero":273.15,"difference":"k_difference"},
  "s": {"symbol":"s","scales":[[86400,"d"],[3600,"h"],[60,"min"],[1,"s"]],"shown_zero":0,"difference":""},
  "kg": {"symbol":"kg","scales":[[1000000000,"Mt"],[1000000,"kt"],[1000,"t"],[1,"kg"]],"shown_zero":0,"difference":""},
  "w_per_kg": {"symbol":"kW/t","scales":[],"shown_zero":0,"difference":""},
  "m_per_s": {"symbol":"m/s","scales":[],"shown_zero":0,"difference":""},
  "gy": {"symbol":"Gy","scales":[],"shown_zero":0,"difference":""},
  "rad": {"symbol":"°","scales":[[0.017453292519943295,"°"]],"shown_zero":0,"difference":""},
  "j_per_k": {"symbol":"J/K","scales":[],"shown_zero":0,"difference":""},
  "w_per_k": {"symbol":"W/K","scales":[],"shown_zero":0,"difference":""},
  "w_per_m2": {"symbol":"W/m²","scales":[],"shown_zero":0,"difference":""},
  "per_k": {"symbol":"/K","scales":[],"shown_zero":0,"difference":""},
  "per_year_frac": {"symbol":"%/year","scales":[[0.01,"%/year"]],"shown_zero":0,"difference":""},
  "per_cycle_frac": {"symbol":"%/cycle","scales":[[0.01,"%/cycle"]],"shown_zero":0,"difference":""},
  "frac": {"symbol":"%","scales":[[0.01,"%"]],"shown_zero":0,"difference":""},
  "per_hour": {"symbol":"/h","scales":[],"shown_zero":0,"difference":""},
  "usd": {"symbol":"USD","scales":[[1000000000000,"tn USD"],[1000000000,"bn USD"],[1000000,"M USD"],[1,"USD"]],"shown_zero":0,"difference":""},
  "usd_per_w": {"symbol":"USD/W","scales":[],"shown_zero":0,"difference":""},
  "usd_per_kg": {"symbol":"USD/kg","scales":[],"shown_zero":0,"difference":""},
  "usd_per_kwh": {"symbol":"USD/kWh","scales":[],"shown_zero":0,"difference":""},
  "usd_per_m2": {"symbol":"USD/m²","scales":[],"shown_zero":0,"difference":""},
  "usd_per_m3": {"symbol":"USD/m³","scales":[],"shown_zero":0,"difference":""},
  "usd_per_hour": {"symbol":"USD/h","scales":[],"shown_zero":0,"difference":""},
  "l_per_kwh": {"symbol":"L/kWh","scales":[],"shown_zero":0,"difference":""},
  "g_per_kwh": {"symbol":"g/kWh","scales":[],"shown_zero":0,"difference":""},
  "bit_per_s": {"symbol":"bit/s","scales":[[1000000000000000,"Pbit/s"],[1000000000000,"Tbit/s"],[1000000000,"Gbit/s"],[1000000,"Mbit/s"],[1,"bit/s"]],"shown_zero":0,"difference":""},
  "bytes": {"symbol":"B","scales":[[1073741824,"GiB"],[1048576,"MiB"],[1,"B"]],"shown_zero":0,"difference":""},
  "hz": {"symbol":"Hz","scales":[[1000000000,"GHz"],[1000000,"MHz"],[1,"Hz"]],"shown_zero":0,"difference":""},
  "rad_per_s": {"symbol":"rad/s","scales":[],"shown_zero":0,"difference":""},
  "": {"symbol":"","scales":[],"shown_zero":0,"difference":""},
  "k_difference": {"symbol":"K","scales":[],"shown_zero":0,"difference":""},
  "ms": {"symbol":"ms","scales":[],"shown_zero":0,"difference":""},
  "per_s": {"symbol":"/s","scales":[],"shown_zero":0,"difference":""},
  "per_m2_s": {"symbol":"/m²/s","scales":[],"shown_zero":0,"difference":""},
  "tokens_per_s": {"symbol":"tokens/s","scales":[[1000000000000,"tn tokens/s"],[1000000000,"bn tokens/s"],[1000000,"M tokens/s"],[1,"tokens/s"]],"shown_zero":0,"difference":""},
  "tokens_per_j": {"symbol":"tokens/J","scales":[],"shown_zero":0,"difference":""},
  "m_per_s_per_year_km": {"symbol":"m/s a year and km","scales":[],"shown_zero":0,"difference":""},
  "usd_per_mwh": {"symbol":"USD/MWh","scales":[],"shown_zero":0,"difference":""},
  "usd_per_kw_year": {"symbol":"USD/kW-year","scales":[],"shown_zero":0,"difference":""},
  "usd_per_gpu_hour": {"symbol":"USD/GPU-h","scales":[],"shown_zero":0,"difference":""},
  "usd_per_pflop_day": {"symbol":"USD/PFLOP-day","scales":[],"shown_zero":0,"difference":""},
  "usd_per_mtoken": {"symbol":"USD/Mtoken","scales":[],"shown_zero":0,"difference":""},
} as const;
