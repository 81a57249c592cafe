// Made by `npm run types` from the service's OpenAPI description; not to be written by hand.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthz
         * @description Return the health of the service; the status is 200 as long as it responds at all.
         */
        get: operations["service_healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Return the health of the service; the status is 503 if something that it needs is missing.
         */
        get: operations["service_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Version
         * @description Return the versions of Skyrack and Python.
         */
        get: operations["service_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Return the metrics for Prometheus.
         */
        get: operations["service_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/scenarios": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scenarios
         * @description Return the built-in scenarios.
         */
        get: operations["scenarios_scenarios"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/scenarios/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scenario
         * @description Return a built-in scenario with its shells, and every number with source, range and confidence.
         */
        get: operations["scenarios_scenario"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/scenarios/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check
         * @description Check a scenario, and return the size of its run.
         */
        post: operations["scenarios_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schema
         * @description Return the JSON Schema of a scenario.
         */
        get: operations["scenarios_schema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Channels
         * @description Return every quantity that a run writes: name, unit, label, and the files that hold it.
         */
        get: operations["scenarios_channels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Facts
         * @description Return the facts of the catalogue that match every word: value, range, source, date, confidence, disputes.
         */
        get: operations["scenarios_facts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Doctor
         * @description Return what this machine has, and what is missing for which feature.
         */
        get: operations["scenarios_doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs
         * @description Return all runs, newest first.
         */
        get: operations["runs_runs"];
        put?: never;
        /**
         * Begin
         * @description Begin a run: it is checked now, and simulated by a worker process as soon as one is free.
         */
        post: operations["runs_begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Run
         * @description Return one run.
         */
        get: operations["runs_run"];
        put?: never;
        post?: never;
        /**
         * Remove
         * @description Delete a run and its folder.
         */
        delete: operations["runs_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop
         * @description Stop a queued or running run; it can be resumed.
         */
        post: operations["runs_stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Resume an interrupted, stopped or failed run.
         */
        post: operations["runs_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/documents/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document
         * @description Return one of the JSON files of a complete run.
         */
        get: operations["runs_document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/scenario": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scenario
         * @description Return the scenario of a run as YAML, with every default.
         */
        get: operations["runs_scenario"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report
         * @description Return the report of a complete run: one self-contained page.
         */
        get: operations["runs_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export
         * @description Return the whole folder of a complete run as a zip file.
         */
        get: operations["runs_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/tables/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Table
         * @description Return a table of a complete run as JSON (column by column), CSV or Parquet: all of it, or some columns and rows.
         *
         *     The header `Content-Range` says which rows of how many the response holds.
         */
        get: operations["runs_table"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/latency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Latency
         * @description Return the RTT from the cities to the nearest compute satellite by snapshot.
         */
        get: operations["runs_latency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/satellites/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Satellite
         * @description Return all results of one satellite of a run.
         */
        get: operations["runs_satellite"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/satellites/{number}/neighbours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Neighbours
         * @description Return the satellites within 100 km of one at a time, itself first, nearest first; at most 400.
         */
        get: operations["runs_neighbours"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Frame Channels
         * @description Return the channels by which the satellites of a run can be coloured.
         */
        get: operations["runs_frame_channels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/frames/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Satellite Frame
         * @description Return one channel as a byte of every satellite (see `skyrack.web.encoding`).
         */
        get: operations["runs_satellite_frame"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/elements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Elements
         * @description Return the orbits of a run's satellites (see `skyrack.web.encoding`).
         */
        get: operations["runs_elements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare
         * @description Return the differences between two complete runs, the important ones first.
         */
        get: operations["runs_compare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Studies
         * @description Return all studies, newest first.
         */
        get: operations["studies_studies"];
        put?: never;
        /**
         * Begin
         * @description Begin a study of a built-in scenario.
         */
        post: operations["studies_begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Study
         * @description Return one study.
         */
        get: operations["studies_study"];
        put?: never;
        post?: never;
        /**
         * Remove
         * @description Delete a study and its folder.
         */
        delete: operations["studies_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result
         * @description Return the results of a complete study.
         */
        get: operations["studies_result"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report
         * @description Return the report of a complete study.
         */
        get: operations["studies_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop
         * @description Stop a study; it can be resumed.
         */
        post: operations["studies_stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Resume an interrupted, stopped or failed study.
         */
        post: operations["studies_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/flights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flights
         * @description Return all flights, newest first; those under way with their loss and virtual time so far.
         */
        get: operations["flights_flights"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/flights/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report
         * @description Return the report of a finished flight: one self-contained page.
         */
        get: operations["flights_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Twin
         * @description Return the live twin if one is loaded: clock, figures, events, channels.
         */
        get: operations["twin_twin"];
        put?: never;
        /**
         * Load
         * @description Load a scenario as the live twin, in place of the present one.
         *
         *     The scenario that was loaded last continues from its saved state, at its own speed, unless `anew`; another one
         *     begins at its epoch.
         */
        post: operations["twin_load"];
        /**
         * Unload
         * @description Stop the twin and delete what it saved.
         */
        delete: operations["twin_unload"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play
         * @description Start the clock.
         */
        post: operations["twin_play"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description Stop the clock and any seek.
         */
        post: operations["twin_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/speed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Speed
         * @description Set the speed (simulated seconds per second).
         */
        post: operations["twin_speed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Step
         * @description Stop the clock and simulate some steps.
         */
        post: operations["twin_step"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/seek": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Seek
         * @description Go to a time: forward by simulating, back from an earlier checkpoint.
         */
        post: operations["twin_seek"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Inject
         * @description Inject an event now.
         */
        post: operations["twin_inject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/events/{position}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget
         * @description Remove an event, as if it had not happened.
         */
        delete: operations["twin_forget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * History
         * @description Return the figures of the fleet and of its network over time.
         */
        get: operations["twin_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/economics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Economics
         * @description Return price and build-out of the twin's scenario, as `skyrack price` and `skyrack build` compute them.
         */
        get: operations["twin_economics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/elements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Elements
         * @description Return the orbits of the twin's satellites (see `skyrack.web.encoding`).
         */
        get: operations["twin_elements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/frames/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Satellite Frame
         * @description Return the present values of one channel as a byte of every satellite (see `skyrack.web.encoding`).
         */
        get: operations["twin_satellite_frame"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/satellites/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Satellite
         * @description Return the present exact values of one satellite.
         */
        get: operations["twin_satellite"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/satellites/{number}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Links
         * @description Return the present laser links of one satellite.
         */
        get: operations["twin_links"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/twin/satellites/{number}/neighbours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Neighbours
         * @description Return the satellites within 100 km of one satellite now, itself first, nearest first.
         */
        get: operations["twin_neighbours"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * CheckBody
         * @description Scenario to be checked, given as `scenario` or `yaml`.
         */
        CheckBody: {
            /** Scenario */
            scenario?: (string | {
                [key: string]: unknown;
            }) | null;
            /**
             * Yaml
             * @description A scenario as YAML text.
             */
            yaml?: string | null;
            /**
             * Overrides
             * @description Dotted paths and what shall stand there.
             * @example {
             *       "satellite.battery.capacity": "80 kWh"
             *     }
             */
            overrides?: {
                [key: string]: string | number | boolean | unknown[] | {
                    [key: string]: unknown;
                } | null;
            };
        };
        /**
         * Checked
         * @description Size of the run of a scenario.
         */
        Checked: {
            /** Name */
            name: string;
            /** N Sats */
            n_sats: number;
            /** N Steps */
            n_steps: number;
            /** Sat Steps */
            sat_steps: number;
            /** Memory Bytes */
            memory_bytes: number;
        };
        /**
         * Comparison
         * @description Comparison of two runs.
         */
        Comparison: {
            /** First */
            first: string;
            /** Second */
            second: string;
            /** Figures */
            figures: {
                [key: string]: number | string | boolean | null;
            }[];
            /** Keys */
            keys: {
                [key: string]: string;
            }[];
            /** N Equal */
            n_equal: number;
        };
        /**
         * EventBody
         * @description Event to inject now.
         */
        EventBody: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "lose-satellite" | "lose-shell" | "lose-batch" | "solar-storm" | "site-down";
            /**
             * Target
             * @description Number of a satellite or batch, name of a shell or site, level of a storm.
             * @example 0
             */
            target: string;
            /** Lasts S */
            lasts_s?: number | null;
        };
        /**
         * EventRow
         * @description Event of the twin.
         */
        EventRow: {
            /** Kind */
            kind: string;
            /** Target */
            target: string;
            /** Begins S */
            begins_s: number;
            /** Ends S */
            ends_s: number | null;
        };
        /**
         * FlightRow
         * @description Flight of a user's own job in a list, finished or under way.
         */
        FlightRow: {
            /** Id */
            id: string;
            /** Scenario */
            scenario: string;
            /** Title */
            title: string;
            /** Command */
            command: string;
            /**
             * State
             * @enum {string}
             */
            state: "running" | "complete" | "failed" | "interrupted";
            /** Begun */
            begun: string;
            /** Ended */
            ended: string | null;
            /** Problem */
            problem: string | null;
            /**
             * Satellites
             * @description Numbers of the flown satellites, by rank.
             */
            satellites: number[];
            /**
             * Begin S
             * @description Time since the epoch at which the virtual clock starts.
             */
            begin_s: number;
            /**
             * Virtual S
             * @description Virtual time that rank 0 has reached.
             */
            virtual_s: number;
            /**
             * Step
             * @description Optimiser steps of rank 0, repeated ones included.
             */
            step: number;
            /** Restarts */
            restarts: number;
            /**
             * Loss
             * @description Loss of the last step of rank 0.
             */
            loss: number | null;
            /**
             * Time S
             * @description Virtual time of some steps of rank 0.
             */
            time_s: number[];
            /**
             * Losses
             * @description Loss of these steps.
             */
            losses: (number | null)[];
        };
        /**
         * FrameChannel
         * @description Quantity of every satellite, sent as one byte: value = low + byte / 253 * (high - low).
         */
        FrameChannel: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** Unit */
            unit: string;
            /** Low */
            low: number;
            /** High */
            high: number;
            /** Sentence */
            sentence: string;
        };
        /**
         * Health
         * @description Health of the service.
         */
        Health: {
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "degraded";
            /** Database */
            database: boolean;
            /** Runs Writable */
            runs_writable: boolean;
            /**
             * Twin
             * @enum {string}
             */
            twin: "none" | "loading" | "flying" | "stopped";
            /** Console */
            console: boolean;
        };
        /**
         * History
         * @description Figures of the twin over time, decimated as they become many.
         */
        History: {
            /** Fleet */
            fleet: {
                [key: string]: unknown;
            }[];
            /**
             * Ground
             * @description Network snapshots: latency, reachability, downlink.
             */
            ground: {
                [key: string]: unknown;
            }[];
        };
        /**
         * Link
         * @description Present laser link of one satellite.
         */
        Link: {
            /** Number */
            number: number;
            /** Is Compute */
            is_compute: boolean;
            /** Range M */
            range_m: number;
            /** Is Up */
            is_up: boolean;
            /** Rate Bit Per S */
            rate_bit_per_s: number;
        };
        /**
         * LoadBody
         * @description Scenario to be loaded as the live twin.
         */
        LoadBody: {
            /**
             * Scenario
             * @description Name of a built-in scenario, or the keys of one (it may `extends:` a built-in one).
             * @example suncatcher-81
             */
            scenario: string | {
                [key: string]: unknown;
            };
            /**
             * Overrides
             * @description Dotted paths and what shall stand there.
             * @example {
             *       "satellite.battery.capacity": "80 kWh"
             *     }
             */
            overrides?: {
                [key: string]: string | number | boolean | unknown[] | {
                    [key: string]: unknown;
                } | null;
            };
            /**
             * Speed
             * @default 60
             * @example 600
             */
            speed: number;
            /**
             * Playing
             * @default true
             */
            playing: boolean;
            /**
             * Anew
             * @description Begin at the epoch, even where this scenario flew here last.
             * @default false
             */
            anew: boolean;
        };
        /**
         * Neighbour
         * @description Satellite near another one.
         */
        Neighbour: {
            /** Number */
            number: number;
            /** Range M */
            range_m: number;
            /**
             * Along M
             * @description Ahead along the orbit.
             */
            along_m: number;
            /**
             * Up M
             * @description Away from the Earth.
             */
            up_m: number;
            /**
             * Across M
             * @description Across the orbit, along its normal.
             */
            across_m: number;
        };
        /**
         * Problem
         * @description Reason for which a request was refused.
         */
        Problem: {
            /**
             * Error
             * @description One sentence: what, where, what would be accepted.
             */
            error: string;
            /**
             * Field
             * @description Path of the scenario's key that is wrong, where it is one.
             */
            field?: string | null;
        };
        /**
         * Progress
         * @description Progress of a worker.
         */
        Progress: {
            /** Stage */
            stage: string;
            /** Done */
            done: number;
            /** Total */
            total: number;
            /** Elapsed S */
            elapsed_s: number;
            /** Pid */
            pid: number;
        };
        /**
         * Row
         * @description Run or study in a list.
         */
        Row: {
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "run" | "study";
            /** Scenario */
            scenario: string;
            /** Title */
            title: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "complete" | "failed" | "cancelled" | "interrupted";
            /** Begun */
            begun: string;
            /** Ended */
            ended: string | null;
            /**
             * Figures
             * @description Some figures of the summary of a complete run.
             */
            figures: {
                [key: string]: number | string | boolean | null;
            } | null;
            progress: components["schemas"]["Progress"] | null;
            /** Error */
            error: string | null;
            /** Can Resume */
            can_resume: boolean;
        };
        /**
         * Rows
         * @description List of all runs or studies, newest first.
         */
        Rows: {
            /** Rows */
            rows: components["schemas"]["Row"][];
            /**
             * Source
             * @description Where the list is from: 'folders' while the database is gone.
             * @enum {string}
             */
            source: "index" | "folders";
        };
        /**
         * RunBody
         * @description Run to be simulated.
         */
        RunBody: {
            /** Scenario */
            scenario?: (string | {
                [key: string]: unknown;
            }) | null;
            /**
             * Yaml
             * @description A scenario as YAML text.
             */
            yaml?: string | null;
            /**
             * Overrides
             * @description Dotted paths and what shall stand there.
             * @example {
             *       "satellite.battery.capacity": "80 kWh"
             *     }
             */
            overrides?: {
                [key: string]: string | number | boolean | unknown[] | {
                    [key: string]: unknown;
                } | null;
            };
            /**
             * Span
             * @example 24 h
             */
            span?: string | null;
            /**
             * Step
             * @example 60 s
             */
            step?: string | null;
            /**
             * Output
             * @example 30 min
             */
            output?: string | null;
        };
        /**
         * Satellite
         * @description Present exact values of one satellite of the twin; null if it is lost, and before the first step.
         */
        Satellite: {
            /** Number */
            number: number;
            /** Shell */
            shell: string;
            /** Plane */
            plane: number;
            /** Altitude M */
            altitude_m: number;
            /** Inclination Rad */
            inclination_rad: number;
            /** Raan Rad */
            raan_rad: number;
            /** Phase Rad */
            phase_rad: number;
            /** Is Alive */
            is_alive: boolean;
            /** Is Down */
            is_down: boolean;
            /** Launch Batch */
            launch_batch: number;
            /** Age S */
            age_s: number;
            /** Charge J */
            charge_j: number | null;
            /** Charge Frac */
            charge_frac: number | null;
            /** Electronics Temp K */
            electronics_temp_k: number | null;
            /** Radiator Temp K */
            radiator_temp_k: number | null;
            /** Sunlit Frac */
            sunlit_frac: number | null;
            /** Array Power W */
            array_power_w: number | null;
            /** Compute Power W */
            compute_power_w: number | null;
            /** Compute Energy J */
            compute_energy_j: number;
        };
        /**
         * ScenarioRow
         * @description Built-in scenario.
         */
        ScenarioRow: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** N Sats */
            n_sats: number;
            /** N Claims */
            n_claims: number;
        };
        /**
         * SeekBody
         * @description Time to go to.
         */
        SeekBody: {
            /**
             * Time S
             * @description Seconds since the scenario's epoch.
             * @example 86400
             */
            time_s: number;
        };
        /**
         * SpeedBody
         * @description Speed of the clock (simulated seconds per second).
         */
        SpeedBody: {
            /**
             * Speed
             * @example 600
             */
            speed: number;
        };
        /**
         * StepBody
         * @description Number of steps to simulate now.
         */
        StepBody: {
            /**
             * Steps
             * @default 1
             * @example 10
             */
            steps: number;
        };
        /**
         * StudyBody
         * @description Study to be computed.
         */
        StudyBody: {
            /**
             * Scenario
             * @example suncatcher-81
             */
            scenario: string;
            /**
             * Method
             * @default sobol
             * @enum {string}
             */
            method: "sobol" | "latin-hypercube" | "tornado" | "sobol-indices" | "grid" | "pareto";
            /**
             * Samples
             * @default 4096
             */
            samples: number;
            /**
             * Seed
             * @default 1
             */
            seed: number;
        };
        /**
         * Twin
         * @description Live twin.
         */
        Twin: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** Epoch */
            epoch: string;
            /** N Sats */
            n_sats: number;
            /** N Batches */
            n_batches: number;
            /** Storm Levels */
            storm_levels: string[];
            /** Sites */
            sites: string[];
            status: components["schemas"]["TwinStatus"];
            /** Figures */
            figures: {
                [key: string]: number | null;
            };
            /** Sunlit By Shell */
            sunlit_by_shell: (number | null)[];
            /** Events */
            events: components["schemas"]["EventRow"][];
            /** Channels */
            channels: components["schemas"]["FrameChannel"][];
        };
        /**
         * TwinOrNone
         * @description Live twin, if one is loaded.
         */
        TwinOrNone: {
            twin: components["schemas"]["Twin"] | null;
            /** Is Loading */
            is_loading: boolean;
            /** Trouble */
            trouble: string | null;
        };
        /**
         * TwinStatus
         * @description State of the twin's clock.
         */
        TwinStatus: {
            /**
             * Sequence
             * @description Grows with each view: of two, the one with the larger is the later.
             */
            sequence: number;
            /** Time S */
            time_s: number;
            /** Speed */
            speed: number;
            /**
             * Held Speed
             * @description Speed that was reached; below `speed` where the machine is too slow.
             */
            held_speed: number;
            /** Is Playing */
            is_playing: boolean;
            /**
             * Seeks S
             * @description Where a seek is going to.
             */
            seeks_s: number | null;
            /** N Events */
            n_events: number;
            /** Trouble */
            trouble: string | null;
        };
        /**
         * Version
         * @description Versions of Skyrack and Python.
         */
        Version: {
            /** Skyrack */
            skyrack: string;
            /** Python */
            python: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    service_healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    service_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    service_version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    service_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    scenarios_scenarios: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScenarioRow"][];
                };
            };
        };
    };
    scenarios_scenario: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the built-in ones. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    scenarios_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checked"];
                };
            };
        };
    };
    scenarios_schema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    scenarios_channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    }[];
                };
            };
        };
    };
    scenarios_facts: {
        parameters: {
            query?: {
                /** @description All of them must match. */
                words?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    }[];
                };
            };
        };
    };
    scenarios_doctor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    }[];
                };
            };
        };
    };
    runs_runs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rows"];
                };
            };
        };
    };
    runs_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    runs_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    runs_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    runs_stop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    runs_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    runs_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
                name: "summary" | "manifest" | "assumptions" | "growth" | "network" | "radiation" | "workload";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    } | unknown[];
                };
            };
        };
    };
    runs_scenario: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": Record<string, never>;
                };
            };
        };
    };
    runs_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    runs_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    runs_table: {
        parameters: {
            query?: {
                /** @description Names with commas; by default all. */
                columns?: string | null;
                /** @description Row to begin with, counted from 0. */
                first?: number;
                /** @description How many rows at most; by default all. */
                rows?: number | null;
                format?: "json" | "csv" | "parquet";
            };
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
                name: "fleet" | "shells" | "satellites" | "sampled" | "conditions" | "city_latency" | "routes" | "paths" | "link_use" | "downlink";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Rows that the answer holds, and how many the table has: `rows FIRST-LAST/TOTAL`, counted from 0; `rows *\/TOTAL` where it holds none. */
                    "Content-Range"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown[];
                    };
                    "text/csv": string;
                    "application/vnd.apache.parquet": string;
                };
            };
        };
    };
    runs_latency: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: (number | null)[];
                    };
                };
            };
        };
    };
    runs_satellite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
                /** @description Number of the satellite, as in satellites.parquet. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    runs_neighbours: {
        parameters: {
            query?: {
                /** @description Seconds since the epoch. */
                time_s?: number;
            };
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
                /** @description Number of the satellite, as in satellites.parquet. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Neighbour"][];
                };
            };
        };
    };
    runs_frame_channels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FrameChannel"][];
                };
            };
        };
    };
    runs_satellite_frame: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
                /** @description One of the channels that are listed. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    runs_elements: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    runs_compare: {
        parameters: {
            query: {
                first: string;
                second: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
        };
    };
    studies_studies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rows"];
                };
            };
        };
    };
    studies_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StudyBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    studies_study: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    studies_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    studies_result: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    studies_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    studies_stop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    studies_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Row"];
                };
            };
        };
    };
    flights_flights: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlightRow"][];
                };
            };
        };
    };
    flights_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of its folder. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    twin_twin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinOrNone"];
                };
            };
        };
    };
    twin_load: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoadBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Twin"];
                };
            };
        };
    };
    twin_unload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    twin_play: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinStatus"];
                };
            };
        };
    };
    twin_pause: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinStatus"];
                };
            };
        };
    };
    twin_speed: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SpeedBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinStatus"];
                };
            };
        };
    };
    twin_step: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StepBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinStatus"];
                };
            };
        };
    };
    twin_seek: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeekBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TwinStatus"];
                };
            };
        };
    };
    twin_inject: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventRow"];
                };
            };
        };
    };
    twin_forget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the event, counted from 0. */
                position: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    twin_history: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
        };
    };
    twin_economics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    twin_elements: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    twin_satellite_frame: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the channels that are listed. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    twin_satellite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the satellite, as in satellites.parquet. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Satellite"];
                };
            };
        };
    };
    twin_links: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the satellite, as in satellites.parquet. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"][];
                };
            };
        };
    };
    twin_neighbours: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the satellite, as in satellites.parquet. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Neighbour"][];
                };
            };
        };
    };
}
