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
  "city_latency",
  "routes",
  "link_use",
  "downlink",
  "paths",
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
