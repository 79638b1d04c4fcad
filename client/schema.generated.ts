// Made by client/generate.ts from the API's OpenAPI document. Do not edit.

export interface paths {
    readonly "/.well-known/jwks.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Public keys that tokens are signed with (RFC 7517)
         * @description Public keys that tokens are signed with (RFC 7517)
         */
        readonly get: operations["keySet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Is the process alive?
         */
        readonly get: operations["isAlive"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/oauth/revoke": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Takes a token of the client back (RFC 7009)
         * @description Takes a token of the client back (RFC 7009)
         */
        readonly post: operations["revokeToken"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/oauth/token": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Token for a client (OAuth 2.0 client credentials)
         * @description Token for a client (OAuth 2.0 client credentials)
         */
        readonly post: operations["issueToken"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/problems/{code}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What a problem type means
         * @description What a problem type means
         */
        readonly get: operations["explainProblem"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Can it serve? Asks each engine behind it
         * @description Can it serve? Asks each engine behind it
         */
        readonly get: operations["isReady"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/access-log": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Who did what, when, from where, and how it ended
         * @description Who did what, when, from where, and how it ended
         *
         *     Scope: `admin`.
         */
        readonly get: operations["getAccessLog"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clients": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Clients of the API
         * @description Clients of the API
         *
         *     Scope: `admin`.
         */
        readonly get: operations["listClients"];
        readonly put?: never;
        /**
         * Makes a client and its secret
         * @description Makes a client and its secret
         *
         *     Scope: `admin`.
         */
        readonly post: operations["createClient"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clients/{client}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One client
         * @description One client
         *
         *     Scope: `admin`.
         */
        readonly get: operations["getClient"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Removes a client; its tokens are no longer valid
         * @description Removes a client; its tokens are no longer valid
         *
         *     Scope: `admin`.
         */
        readonly delete: operations["deleteClient"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Changes what a client may do, or disables it; its tokens so far are no longer valid
         * @description Changes what a client may do, or disables it; its tokens so far are no longer valid
         *
         *     Scope: `admin`.
         */
        readonly patch: operations["changeClient"];
        readonly trace?: never;
    };
    readonly "/v1/clients/{client}/revoke": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Takes all tokens of a client back; it can get new ones
         * @description Takes all tokens of a client back; it can get new ones
         *
         *     Scope: `admin`.
         */
        readonly post: operations["revokeClientTokens"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/clients/{client}/secret": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * A new secret; the one before stays valid until the next change
         * @description A new secret; the one before stays valid until the next change
         *
         *     Scope: `admin`.
         */
        readonly post: operations["rotateClientSecret"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/keys/rotate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Changes the signing key without an outage
         * @description The first call publishes the next key; a call at least two minutes later lets it sign, and the one before verifies until its last token has run out.
         *
         *     Scope: `admin`.
         */
        readonly post: operations["rotateKeys"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/operations/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * An operation, with each device's answer
         * @description An operation, with each device's answer
         *
         *     Scope: `pipeline:control` or `samples:read` or `cycles:read`.
         */
        readonly get: operations["getOperation"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/pipeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Each stage's state, rates and lag
         * @description Devices are those that the token reaches; rates are means over ten seconds.
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control`.
         */
        readonly get: operations["getPipeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/pipeline/configure": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Changes what devices sample
         * @description Changes what devices sample
         *
         *     Scope: `pipeline:control`.
         */
        readonly post: operations["configurePipeline"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/pipeline/start": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Starts sampling on devices
         * @description Starts sampling on devices
         *
         *     Scope: `pipeline:control`.
         */
        readonly post: operations["startPipeline"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/pipeline/stop": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Stops sampling on devices
         * @description Stops sampling on devices
         *
         *     Scope: `pipeline:control`.
         */
        readonly post: operations["stopPipeline"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/samples": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Several signals on one grid of time
         * @description Mean, least, greatest and number of the samples that are not bad, by bucket of time.
         *
         *     Scope: `samples:read`.
         */
        readonly get: operations["getAlignedSamples"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Sites that the token reaches
         * @description Sites that the token reaches
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        readonly get: operations["listSites"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Devices of a site
         * @description Devices of a site
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        readonly get: operations["listDevices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One device and its last status
         * @description One device and its last status
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        readonly get: operations["getDevice"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}/signals": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Signals of a device, with their definitions
         * @description Signals of a device, with their definitions
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        readonly get: operations["listSignals"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}/signals/{signal}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One signal and its definition
         * @description One signal and its definition
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        readonly get: operations["getSignal"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}/signals/{signal}/cycles": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Load cycles of a signal, with their metrics
         * @description Cycles that began in the range; the last 15 minutes where it is absent.
         *
         *     Scope: `cycles:read`.
         */
        readonly get: operations["getCycles"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}/signals/{signal}/cycles/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Cycles' metrics by bucket of time
         * @description Count, mean, standard deviation, least and greatest of each metric of the complete cycles.
         *
         *     Scope: `cycles:read`.
         */
        readonly get: operations["getCycleMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sites/{site}/devices/{device}/signals/{signal}/samples": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Samples of a signal
         * @description Ascending in time, `from` inclusive, `to` exclusive; the last 15 minutes where both are absent. NDJSON, CSV and Arrow stream the whole range where no `limit` is given; JSON comes in pages.
         *
         *     Scope: `samples:read`.
         */
        readonly get: operations["getSamples"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly AccessEntry: {
            readonly address: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly at: string;
            readonly client: string | null;
            readonly code: string | null;
            readonly durationMs: number;
            readonly method: string;
            readonly path: string;
            readonly requestId: string;
            readonly route: string | null;
            readonly status: number;
            /** @description The token's id (jti), never the token */
            readonly token: string | null;
        };
        /** @description By column: the i-th value of each belongs to the i-th time */
        readonly AlignedSamples: {
            readonly bucketS: number;
            readonly series: readonly {
                readonly count: readonly number[];
                readonly max: readonly (number | null)[];
                readonly mean: readonly (number | null)[];
                readonly min: readonly (number | null)[];
                readonly signal: components["schemas"]["SignalHead"];
            }[];
            /** @enum {string} */
            readonly source: "raw" | "1s" | "1m" | "1h";
            /** @description Starts of the buckets that hold samples of any of the signals */
            readonly t: readonly string[];
        };
        readonly Client: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly createdAt: string;
            readonly disabled: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly disabledAt: string | null;
            readonly grants: readonly string[];
            readonly id: string;
            readonly name: string;
            readonly scopes: readonly string[];
            /** @description Secrets that are valid now: two after a change */
            readonly secrets: number;
        };
        readonly ClientSecret: {
            readonly id: string;
            /** @description Shown this once */
            readonly secret: string;
        };
        /** @description Rate, signals, and settings of a simulated waveform */
        readonly Configure: {
            readonly changes: readonly {
                readonly batchSize?: number;
                readonly enabled?: boolean;
                readonly rateHz?: number;
                readonly signal?: string;
                readonly simulate?: {
                    readonly [key: string]: unknown;
                };
            }[];
            /** @description These devices; without it all of the site, without both all that the token reaches */
            readonly devices?: readonly string[];
            /** @description Devices that have not answered by then never carry it out; 60 where it is absent */
            readonly expiresInS?: number;
            /** @example motor1 */
            readonly site?: string;
        };
        readonly Cycle: {
            /** @description State level s1: the mean of the base plateau, transitions set aside; the signal's unit */
            readonly baseLevel: number | null;
            /** @description Greatest sample of the base plateau; the signal's unit */
            readonly baseMax: number | null;
            /** @description Mean of the base plateau; the signal's unit */
            readonly baseMean: number | null;
            /** @description Least sample of the base plateau; the signal's unit */
            readonly baseMin: number | null;
            /** @description Root mean square of the base plateau; the signal's unit */
            readonly baseRms: number | null;
            /** @description Standard deviation on the base plateau; the signal's unit */
            readonly baseStd: number | null;
            readonly complete: boolean;
            /** @description Share of the samples due that are there, 0 to 1; 1 */
            readonly completeness: number | null;
            /** @description Peak over RMS; 1 */
            readonly crestFactor: number | null;
            /** @description Share of the period under load, 0 to 1; 1 */
            readonly dutyCycle: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly endedAt: string;
            /** @description Slope of the return to base; a bound where the transition is shorter than a sample; signal-per-s */
            readonly fallSlewPerS: number | null;
            /** @description Transition duration of the return to base, 90 % to 10 %; s */
            readonly fallTimeS: number | null;
            /** @description Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing; signal-s */
            readonly integral: number | null;
            /** @description Greatest sample of the cycle, outliers set aside; the signal's unit */
            readonly max: number | null;
            /** @description Time average over the cycle; the signal's unit */
            readonly mean: number | null;
            /** @description Least sample of the cycle, outliers set aside; the signal's unit */
            readonly min: number | null;
            /** @description Samples that are missing: null, of bad quality, or in a hole in time; count */
            readonly missingCount: number | null;
            /**
             * Format: date-time
             * @description The return to base; null where it was not seen
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly offsetAt: string | null;
            /** @description Samples set aside: alone, beyond both levels by more than the outlier gate; count */
            readonly outlierCount: number | null;
            /** @description How far the signal goes beyond the load level just after the onset, of the amplitude; % */
            readonly overshootPct: number | null;
            /** @description Range of the cycle; the signal's unit */
            readonly peakToPeak: number | null;
            /** @description Time from this onset to the next one; s */
            readonly periodS: number | null;
            /** @description Time under load: from the onset to the 50 % crossing of the return to base; s */
            readonly pulseWidthS: number | null;
            /** @description 1 at first; each correction that changes the cycle counts on */
            readonly revision: number;
            /** @description Peak-to-peak ripple on the load plateau, transitions and outliers set aside; the signal's unit */
            readonly ripple: number | null;
            /** @description Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample; signal-per-s */
            readonly riseSlewPerS: number | null;
            /** @description Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that; s */
            readonly riseTimeS: number | null;
            /** @description Root mean square over the cycle; the signal's unit */
            readonly rms: number | null;
            /** @description Good samples of the cycle, outliers included; count */
            readonly sampleCount: number | null;
            /** @description Time at base: from the end of the load to the next onset; s */
            readonly separationS: number | null;
            /** @description Time from the onset until the signal has entered the band around the load level and stays; s */
            readonly settlingTimeS: number | null;
            /** @description Integral of the square: energy at a resistance of one; signal2-s */
            readonly squareIntegral: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly startedAt: string;
            /** @description State level s2: the mean of the load plateau, transitions set aside; the signal's unit */
            readonly topLevel: number | null;
            /** @description Greatest sample of the load plateau; the signal's unit */
            readonly topMax: number | null;
            /** @description Mean of the load plateau; the signal's unit */
            readonly topMean: number | null;
            /** @description Least sample of the load plateau; the signal's unit */
            readonly topMin: number | null;
            /** @description Root mean square of the load plateau; the signal's unit */
            readonly topRms: number | null;
            /** @description Standard deviation on the load plateau; the signal's unit */
            readonly topStd: number | null;
            /** @description How far the signal goes beyond the base level just after the return to base, of the amplitude; % */
            readonly undershootPct: number | null;
        };
        readonly CycleMetricsByBucket: {
            readonly buckets: readonly {
                readonly complete: number;
                readonly cycles: number;
                readonly incomplete: number;
                /** @description Of the complete cycles */
                readonly metrics: {
                    readonly [key: string]: {
                        readonly count: number;
                        readonly max: number | null;
                        readonly mean: number | null;
                        readonly min: number | null;
                        readonly std: number | null;
                    };
                };
                readonly missing: number;
                readonly outliers: number;
                readonly samples: number;
                /**
                 * Format: date-time
                 * @description Start of the bucket
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                readonly t: string;
            }[];
            readonly bucketS: number;
            readonly signal: components["schemas"]["SignalHead"];
            /**
             * @description UCUM code of each metric
             * @example {
             *       "periodS": "s"
             *     }
             */
            readonly units: {
                readonly [key: string]: string;
            };
        };
        readonly Cycles: {
            readonly cycles: readonly components["schemas"]["Cycle"][];
            /** @description `cursor` of the next page; null: the end */
            readonly next: string | null;
            readonly signal: components["schemas"]["SignalHead"];
            /**
             * @description UCUM code of each metric
             * @example {
             *       "periodS": "s"
             *     }
             */
            readonly units: {
                readonly [key: string]: string;
            };
        };
        readonly Device: {
            readonly device: string;
            readonly sampling: boolean | null;
            readonly signals: number;
            readonly site: string;
            /** @enum {string} */
            readonly state: "online" | "offline" | "unknown";
            /** @description The last status that the device published, or its last will */
            readonly status: {
                readonly [key: string]: unknown;
            } | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly statusAt: string | null;
        };
        readonly NewClient: components["schemas"]["Client"] & {
            readonly secret: string;
        };
        /** @description RFC 6749, 5.2 */
        readonly OAuthError: {
            /** @enum {string} */
            readonly error: "invalid_request" | "invalid_client" | "unsupported_grant_type" | "invalid_scope" | "unsupported_token_type";
            readonly error_description?: string;
        };
        readonly Operation: {
            /** @enum {string} */
            readonly action: "start" | "stop" | "configure";
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly createdAt: string;
            readonly devices: readonly {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                readonly answeredAt: string | null;
                readonly attempts: number;
                readonly code: string | null;
                readonly detail: string | null;
                readonly device: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                readonly sentAt: string | null;
                readonly site: string;
                /** @enum {string} */
                readonly state: "pending" | "sent" | "accepted" | "done" | "failed" | "expired";
            }[];
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly expiresAt: string;
            /** Format: uuid */
            readonly id: string;
            /**
             * @description failed: a device failed, or ran out of time
             * @enum {string}
             */
            readonly state: "running" | "done" | "failed";
        };
        readonly Pipeline: {
            readonly consumers: readonly {
                readonly consumer: string;
                /** @description Records of the log that it has not worked off */
                readonly lag: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                readonly movedAt: string | null;
                readonly perSecond: number;
                /** @enum {string} */
                readonly state: "ok" | "behind" | "stalled";
                readonly topic: string;
            }[];
            readonly devices: {
                readonly dropped: number;
                readonly list: readonly components["schemas"]["Device"][];
                readonly offline: number;
                readonly online: number;
                /** @description Batches that wait on the devices */
                readonly outboxBatches: number;
                readonly sampling: number;
                readonly unknown: number;
            };
            readonly log: {
                /** @enum {string} */
                readonly state: "ok" | "unavailable";
                readonly topics: readonly {
                    readonly end: number;
                    readonly partitions: number;
                    readonly perSecond: number;
                    /** @description Records kept */
                    readonly records: number;
                    readonly topic: string;
                }[];
            };
            /** @description What this process's parts say of themselves */
            readonly parts: {
                readonly [key: string]: {
                    readonly code?: string;
                    /** @description ms since the epoch */
                    readonly since: number;
                    /** @enum {string} */
                    readonly state: "ok" | "waiting" | "failing";
                };
            };
            /**
             * @description The worst of the stages
             * @enum {string}
             */
            readonly state: "ok" | "behind" | "stalled" | "failing";
            readonly store: {
                /** @description Samples */
                readonly landedPerSecond: number;
                readonly lastDay: {
                    readonly batches: number;
                    readonly deadLettered: number;
                    readonly duplicates: number;
                    readonly samples: number;
                };
            };
        };
        /** @description RFC 9457 problem details */
        readonly Problem: {
            /** @description Stable; the same code shows in logs, metrics and dead letters */
            readonly code: string;
            readonly detail?: string;
            readonly errors?: readonly {
                readonly detail: string;
                readonly parameter?: string;
                readonly pointer?: string;
            }[];
            readonly hint?: string;
            readonly requestId?: string;
            readonly status: number;
            readonly title: string;
            /** @example /problems/request.invalid */
            readonly type: string;
        };
        readonly Readiness: {
            readonly checks: {
                readonly [key: string]: {
                    readonly code?: string;
                    readonly ms: number;
                    /** @enum {string} */
                    readonly state: "ok" | "failing";
                };
            };
            /** @enum {string} */
            readonly status: "ok" | "not-ready";
        };
        readonly Sample: {
            /**
             * @description Absent where the samples are downsampled
             * @enum {string}
             */
            readonly quality?: "good" | "uncertain" | "bad";
            /** @description Why it is not good */
            readonly reason?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly t: string;
            /** @description null: the sensor gave none */
            readonly value: number | null;
        };
        readonly Samples: {
            /** @description How, where `points` was asked for */
            readonly downsampled?: {
                readonly bucketS: number;
                /** @enum {string} */
                readonly method: "minmax" | "m4" | "lttb";
                /**
                 * @description The rows themselves, or a rollup
                 * @enum {string}
                 */
                readonly source: "raw" | "1s" | "1m" | "1h";
            };
            /** @description `cursor` of the next page; null: the end */
            readonly next: string | null;
            readonly samples: readonly components["schemas"]["Sample"][];
            readonly signal: components["schemas"]["SignalHead"];
        };
        readonly Signal: {
            /** @description Registered by its first message */
            readonly automatic: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly changedAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            readonly createdAt: string;
            readonly definition: components["schemas"]["SignalDefinition"];
            readonly device: string;
            readonly signal: string;
            readonly site: string;
            readonly unit: string;
            readonly version: number;
        };
        /** @description What is known and expected of a signal */
        readonly SignalDefinition: {
            readonly clockSkewUs: number | null;
            readonly component: string | null;
            readonly cycles: {
                readonly [key: string]: unknown;
            } | null;
            readonly expectedPeriodUs: number | null;
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly maxRatePerS: number | null;
            readonly quantity: string;
            readonly stuckAfterUs: number | null;
            /**
             * @description UCUM code
             * @example V
             */
            readonly unit: string;
            readonly validMax: number | null;
            readonly validMin: number | null;
        };
        readonly SignalHead: {
            readonly device: string;
            readonly quantity: string;
            readonly signal: string;
            readonly site: string;
            readonly unit: string;
        };
        readonly Targets: {
            /** @description These devices; without it all of the site, without both all that the token reaches */
            readonly devices?: readonly string[];
            /** @description Devices that have not answered by then never carry it out; 60 where it is absent */
            readonly expiresInS?: number;
            /** @example motor1 */
            readonly site?: string;
        };
        readonly Token: {
            readonly access_token: string;
            /** @description Seconds */
            readonly expires_in: number;
            readonly scope: string;
            /** @enum {string} */
            readonly token_type: "Bearer";
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
    readonly keySet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The key set */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly keys: readonly ({
                            readonly alg: string;
                            readonly kid: string;
                            readonly kty: string;
                        } & {
                            readonly [key: string]: unknown;
                        })[];
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly isAlive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @enum {string} */
                        readonly status: "ok";
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly revokeToken: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": string;
            };
        };
        readonly responses: {
            /** @description The token is not, or no longer, valid */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description RFC 6749 error */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description Unknown client or wrong secret */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly issueToken: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": string;
            };
        };
        readonly responses: {
            /** @description A short-lived bearer token */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Token"];
                };
            };
            /** @description RFC 6749 error */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description Unknown client or wrong secret */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly explainProblem: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly code: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The problem type */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly code: string;
                        /** @enum {string} */
                        readonly kind: "transient" | "standing" | "poison";
                        readonly status: number;
                        readonly title: string;
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly isReady: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It can */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It can not */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    readonly getAccessLog: {
        readonly parameters: {
            readonly query?: {
                readonly client?: string;
                /** @description Opaque: `next` of the answer before. It stays right while data arrive */
                readonly cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                readonly from?: string;
                /** @description Entries in one answer at most; 1000 where it is absent */
                readonly limit?: number;
                /** @description Only this status */
                readonly status?: number;
                /** @description End, exclusive; now where it is absent */
                readonly to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, of day buckets, and of times answered */
                readonly tz?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Entries, ascending in time */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly entries: readonly components["schemas"]["AccessEntry"][];
                        /** @description `cursor` of the next page; null: the end */
                        readonly next: string | null;
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listClients: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Clients */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly clients: readonly components["schemas"]["Client"][];
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly createClient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly grants: readonly string[];
                    readonly id: string;
                    readonly name: string;
                    readonly scopes: readonly ("samples:read" | "cycles:read" | "signals:write" | "pipeline:control" | "anomalies:write" | "admin")[];
                };
            };
        };
        readonly responses: {
            /** @description The client and its secret */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NewClient"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getClient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly client: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The client */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Client"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteClient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                readonly client: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Removed */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly changeClient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                readonly client: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly disabled?: boolean;
                    readonly grants?: readonly string[];
                    readonly name?: string;
                    readonly scopes?: readonly ("samples:read" | "cycles:read" | "signals:write" | "pipeline:control" | "anomalies:write" | "admin")[];
                };
            };
        };
        readonly responses: {
            /** @description The client */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Client"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly revokeClientTokens: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                readonly client: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No token that was issued until now is valid */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly rotateClientSecret: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                readonly client: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The new secret */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ClientSecret"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly rotateKeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What was done */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @enum {string} */
                        readonly outcome: "published" | "switched";
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOperation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The operation */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getPipeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The pipeline */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly configurePipeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["Configure"];
            };
        };
        readonly responses: {
            /** @description Accepted; poll the operation */
            readonly 202: {
                headers: {
                    /** @description Where to poll */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly startPipeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["Targets"];
            };
        };
        readonly responses: {
            /** @description Accepted; poll the operation */
            readonly 202: {
                headers: {
                    /** @description Where to poll */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly stopPipeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["Targets"];
            };
        };
        readonly responses: {
            /** @description Accepted; poll the operation */
            readonly 202: {
                headers: {
                    /** @description Where to poll */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getAlignedSamples: {
        readonly parameters: {
            readonly query: {
                /** @description 1s where it is absent */
                readonly bucket?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                readonly from?: string;
                /** @description `site/device/signal`; repeat it for several */
                readonly signal: readonly string[];
                /** @description End, exclusive; now where it is absent */
                readonly to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, of day buckets, and of times answered */
                readonly tz?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The signals */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlignedSamples"];
                    readonly "text/csv": string;
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listSites: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Sites */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly sites: readonly {
                            readonly devices: number;
                            readonly online: number;
                            readonly site: string;
                        }[];
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listDevices: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Devices */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly devices: readonly components["schemas"]["Device"][];
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getDevice: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The device */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Device"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listSignals: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Signals */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly signals: readonly components["schemas"]["Signal"][];
                    };
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getSignal: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly signal: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The signal; its ETag is its version */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Signal"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getCycles: {
        readonly parameters: {
            readonly query?: {
                /** @description Only complete, or only incomplete ones */
                readonly complete?: "true" | "false";
                /** @description Opaque: `next` of the answer before. It stays right while data arrive */
                readonly cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                readonly from?: string;
                /** @description Cycles in one answer at most; 100 where it is absent */
                readonly limit?: number;
                /** @description A metric or `startedAt`; `-` in front: descending */
                readonly sort?: "startedAt" | "periodS" | "pulseWidthS" | "separationS" | "dutyCycle" | "riseTimeS" | "fallTimeS" | "riseSlewPerS" | "fallSlewPerS" | "overshootPct" | "undershootPct" | "settlingTimeS" | "baseLevel" | "topLevel" | "baseStd" | "topStd" | "mean" | "rms" | "min" | "max" | "peakToPeak" | "crestFactor" | "integral" | "squareIntegral" | "ripple" | "baseMean" | "baseMin" | "baseMax" | "baseRms" | "topMean" | "topMin" | "topMax" | "topRms" | "sampleCount" | "missingCount" | "outlierCount" | "completeness" | "-startedAt" | "-periodS" | "-pulseWidthS" | "-separationS" | "-dutyCycle" | "-riseTimeS" | "-fallTimeS" | "-riseSlewPerS" | "-fallSlewPerS" | "-overshootPct" | "-undershootPct" | "-settlingTimeS" | "-baseLevel" | "-topLevel" | "-baseStd" | "-topStd" | "-mean" | "-rms" | "-min" | "-max" | "-peakToPeak" | "-crestFactor" | "-integral" | "-squareIntegral" | "-ripple" | "-baseMean" | "-baseMin" | "-baseMax" | "-baseRms" | "-topMean" | "-topMin" | "-topMax" | "-topRms" | "-sampleCount" | "-missingCount" | "-outlierCount" | "-completeness";
                /** @description End, exclusive; now where it is absent */
                readonly to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, of day buckets, and of times answered */
                readonly tz?: string;
                /** @description Conditions on metrics, all of which hold */
                readonly where?: readonly string[];
            };
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly signal: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Cycles */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Cycles"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getCycleMetrics: {
        readonly parameters: {
            readonly query?: {
                /** @description Whole minutes; 1m where it is absent */
                readonly bucket?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                readonly from?: string;
                /** @description Only these; all where it is absent */
                readonly metric?: readonly ("periodS" | "pulseWidthS" | "separationS" | "dutyCycle" | "riseTimeS" | "fallTimeS" | "overshootPct" | "undershootPct" | "settlingTimeS" | "baseLevel" | "topLevel" | "mean" | "rms" | "min" | "max" | "peakToPeak" | "crestFactor" | "ripple" | "baseStd" | "topStd")[];
                /** @description End, exclusive; now where it is absent */
                readonly to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, of day buckets, and of times answered */
                readonly tz?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly signal: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Metrics by bucket */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CycleMetricsByBucket"];
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getSamples: {
        readonly parameters: {
            readonly query?: {
                /** @description Opaque: `next` of the answer before. It stays right while data arrive */
                readonly cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                readonly from?: string;
                /** @description Samples in one answer at most; in JSON 1000 where it is absent */
                readonly limit?: number;
                /** @description How `points` are chosen: `minmax` (the default; from a rollup where one is fine enough), `m4`, or `lttb` */
                readonly method?: "minmax" | "m4" | "lttb";
                /** @description Downsample to this many points at most, extremes kept */
                readonly points?: number;
                /** @description Only samples of these classes; repeat it for several */
                readonly quality?: readonly ("good" | "uncertain" | "bad")[];
                /** @description End, exclusive; now where it is absent */
                readonly to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, of day buckets, and of times answered */
                readonly tz?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly device: string;
                readonly signal: string;
                readonly site: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Samples */
            readonly 200: {
                headers: {
                    /** @description rel="next" where a page of a stream type ends early */
                    readonly Link?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Samples"];
                    readonly "application/vnd.apache.arrow.stream": string;
                    readonly "application/x-ndjson": string;
                    readonly "text/csv": string;
                };
            };
            /** @description The request is malformed */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            readonly 406: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
