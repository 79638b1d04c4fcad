// Made by client/generate.ts from the API's OpenAPI document. Do not edit.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys that tokens are signed with (RFC 7517)
         * @description Public keys that tokens are signed with (RFC 7517)
         */
        get: operations["keySet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Is the process alive?
         */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a token of the client back (RFC 7009)
         * @description Takes a token of the client back (RFC 7009)
         */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Token for a client (OAuth 2.0 client credentials)
         * @description Or for the one-time `code` of a link that signs the page in (grant type `urn:loadcycle:grant-type:sign-in-code`).
         */
        post: operations["issueToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a problem type means
         * @description What a problem type means
         */
        get: operations["explainProblem"];
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
         * Can it serve? Asks each engine behind it
         * @description It can where the store answers and tokens can be verified. Without the event log or the MQTT broker it is `degraded`, and the status is 200.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, when, from where, and how it ended
         * @description Who did what, when, from where, and how it ended
         *
         *     Scope: `admin`.
         */
        get: operations["getAccessLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analysis/cycles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Samples in, load cycles out; nothing is stored
         * @description The segmenter of the pipeline, on what is sent. CSV: lines of t,value. At most 1000000 samples, 50000 cycles and 32 MiB.
         *
         *     Scope: `cycles:read`.
         */
        post: operations["analyseCycles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analysis/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Samples and boundaries in, metrics out; nothing is stored
         * @description At most 1000000 samples, 50000 cycles and 32 MiB.
         *
         *     Scope: `cycles:read`.
         */
        post: operations["analyseMetrics"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anomalies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Anomalies, the latest first
         * @description Those that touch the range, the last day where it is absent, of what the token reaches.
         *
         *     Scope: `cycles:read` or `anomalies:write`.
         */
        get: operations["listAnomalies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anomalies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One anomaly
         * @description One anomaly
         *
         *     Scope: `cycles:read` or `anomalies:write`.
         */
        get: operations["getAnomaly"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anomalies/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says that what an open anomaly tells of is the new normal
         * @description The anomaly is acknowledged; within some seconds it is closed (`closedReason` `accepted`), and what is usual for its metric is learnt anew from the cycles since it began, or for a rule from what comes. A limit is part of the definition: change it there.
         *
         *     Scope: `anomalies:write`.
         */
        post: operations["acceptAnomaly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anomalies/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledges an anomaly; the first acknowledgement counts
         * @description Acknowledges an anomaly; the first acknowledgement counts
         *
         *     Scope: `anomalies:write`.
         */
        post: operations["acknowledgeAnomaly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anomalies/{id}/shelve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tells nobody of one anomaly until a time; where it is still open then, it is told
         * @description Tells nobody of one anomaly until a time; where it is still open then, it is told
         *
         *     Scope: `anomalies:write` or `notify:write`.
         */
        post: operations["shelveAnomaly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Applies a catalogue file (YAML); again it changes nothing
         * @description `dryRun=true` answers the difference and changes nothing. Problems name their line, the first 50 at most. At most 5000 signals and 100 YAML aliases.
         *
         *     Scope: `signals:write`.
         */
        post: operations["applyCatalogue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Clients of the API
         * @description Clients of the API
         *
         *     Scope: `admin`.
         */
        get: operations["listClients"];
        put?: never;
        /**
         * Makes a client and its secret
         * @description Makes a client and its secret
         *
         *     Scope: `admin`.
         */
        post: operations["createClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{client}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One client
         * @description One client
         *
         *     Scope: `admin`.
         */
        get: operations["getClient"];
        put?: never;
        post?: never;
        /**
         * Removes a client; its tokens are no longer valid
         * @description Removes a client; its tokens are no longer valid
         *
         *     Scope: `admin`.
         */
        delete: operations["deleteClient"];
        options?: never;
        head?: never;
        /**
         * Changes what a client may do, or disables it; its tokens so far are no longer valid
         * @description Changes what a client may do, or disables it; its tokens so far are no longer valid
         *
         *     Scope: `admin`.
         */
        patch: operations["changeClient"];
        trace?: never;
    };
    "/v1/clients/{client}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes all tokens of a client back; it can get new ones
         * @description Takes all tokens of a client back; it can get new ones
         *
         *     Scope: `admin`.
         */
        post: operations["revokeClientTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{client}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new secret; the one before stays valid until the next change
         * @description A new secret; the one before stays valid until the next change
         *
         *     Scope: `admin`.
         */
        post: operations["rotateClientSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages that did not pass, with their reasons
         * @description Messages that did not pass, with their reasons
         *
         *     Scope: `admin`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        /**
         * Removes dead letters of a reason, or before a time, for good
         * @description Removes dead letters of a reason, or before a time, for good
         *
         *     Scope: `admin`.
         */
        delete: operations["purgeDeadLetters"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One dead letter, with its payload
         * @description One dead letter, with its payload
         *
         *     Scope: `admin`.
         */
        get: operations["getDeadLetter"];
        put?: never;
        post?: never;
        /**
         * Removes a dead letter for good; the accounts keep its count
         * @description Removes a dead letter for good; the accounts keep its count
         *
         *     Scope: `admin`.
         */
        delete: operations["purgeDeadLetter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a dead letter into the log again; twice changes nothing
         * @description With a body, its payload (and topic) are sent in place of what came. What came is kept as it is, what was sent beside it. `POST /v1/validate` says beforehand what would become of it.
         *
         *     Scope: `admin`.
         */
        post: operations["replayDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends all held dead letters of a reason into the log again
         * @description Sends all held dead letters of a reason into the log again
         *
         *     Scope: `admin`.
         */
        post: operations["replayDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far a job has come
         * @description How far a job has come
         *
         *     Scope: `signals:write` or `cycles:read` or `samples:read`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Changes the signing key without an outage
         * @description The first call publishes the next key; a call at least two minutes later lets it sign, and the one before verifies until its last token has run out.
         *
         *     Scope: `admin`.
         */
        post: operations["rotateKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Samples, cycles, anomalies and device status as they come
         * @description Server-Sent Events, fed from the tail of the event log.
         *
         *     - `samples`: `{"signal":"site/device/signal","unit":"V","t":[µs, …],"v":[number or null, …]}`, brought down to `rate`
         *       points a second with least and greatest kept; only of signals that are named, in their unit or in `unit`;
         *     - `cycles`: what the cycles worker has committed: `{"event":"cycle","revision":1,"cycle":{…}, …}`, or `cycle-removed`;
         *     - `anomalies`: an anomaly that opened or closed;
         *     - `status`: `{"site":…,"device":…,"status":{…}}` as the device published it;
         *     - `hello` at the start, `gap` where a resumed stream could not give all, `end` before the server closes.
         *
         *     An event's id says where the log stood: with it as `Last-Event-ID` (or `lastEventId`) the stream goes on from there; a
         *     point may come twice then, none is missing. A comment comes at least every 15 seconds. A reader that does not keep up is
         *     dropped. A browser's EventSource, which can send no header, brings a `ticket` from `POST /v1/live/tickets`.
         *
         *     Scope: `samples:read` or `cycles:read` or `anomalies:write` or `pipeline:control`.
         */
        get: operations["liveStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A ticket that opens the live stream once
         * @description A ticket that opens the live stream once
         *
         *     Scope: `samples:read` or `cycles:read` or `anomalies:write` or `pipeline:control`.
         */
        post: operations["issueLiveTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/log-replacements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Event logs that were lost, the latest first
         * @description What was in a lost log only is missing: its holes in seq have the reason log.replaced in completeness.
         *
         *     Scope: `pipeline:control`.
         */
        get: operations["listLogReplacements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/log-replacements/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledges that a log was lost, so that health and the pipeline no longer say so
         * @description Acknowledges that a log was lost, so that health and the pipeline no longer say so
         *
         *     Scope: `pipeline:control`.
         */
        post: operations["acknowledgeLogReplacement"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notify/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is not told for a while, the latest first
         * @description Those within the client's grants, shelved anomalies among them.
         *
         *     Scope: `cycles:read` or `anomalies:write` or `notify:write`.
         */
        get: operations["listSilences"];
        put?: never;
        /**
         * Tells nobody of anomalies for a while
         * @description Of a site, device, signal or kind; of everything where none is given, which needs the grant `*`. What is silenced is still recorded and shown. When the silence ends, what is still open is told.
         *
         *     Scope: `anomalies:write` or `notify:write`.
         */
        post: operations["createSilence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notify/silences/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a silence now; what is still open is told
         * @description Ends a silence now; what is still open is told
         *
         *     Scope: `anomalies:write` or `notify:write`.
         */
        post: operations["endSilence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notify/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is told of anomalies
         * @description Those within the client's grants. The ones of the settings of notify are told of everything, and are read-only.
         *
         *     Scope: `notify:write`.
         */
        get: operations["listNotifyTargets"];
        put?: never;
        /**
         * Makes a target; it is told of what comes from now on
         * @description notify takes it up within seconds. The client must be granted all that the target is told of.
         *
         *     Scope: `notify:write`.
         */
        post: operations["createNotifyTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notify/targets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One target
         * @description One target
         *
         *     Scope: `notify:write`.
         */
        get: operations["getNotifyTarget"];
        /**
         * Changes a target; what is secret and absent stays as it is
         * @description It goes on where it was. Its kind stays.
         *
         *     Scope: `notify:write`.
         */
        put: operations["changeNotifyTarget"];
        post?: never;
        /**
         * Removes a target; it is told no longer
         * @description Removes a target; it is told no longer
         *
         *     Scope: `notify:write`.
         */
        delete: operations["removeNotifyTarget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notify/targets/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a target one test message, and answers what came of it
         * @description notify sends it, once, from where it sends anomalies. Its signal is `test/test/test`. `notify.unavailable`: no process of notify has answered.
         *
         *     Scope: `notify:write`.
         */
        post: operations["testNotifyTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Operations, the latest first
         * @description Those that concern a device which the token reaches. They are kept for 30 days.
         *
         *     Scope: `pipeline:control` or `samples:read` or `cycles:read`.
         */
        get: operations["listOperations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An operation, with each device's answer
         * @description An operation, with each device's answer
         *
         *     Scope: `pipeline:control` or `samples:read` or `cycles:read`.
         */
        get: operations["getOperation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Each stage's state, rates and lag
         * @description Devices are those that the token reaches; rates are means over ten seconds. Rates and counts of the whole deployment are null without the grant `*`.
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control`.
         */
        get: operations["getPipeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipeline/configure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Changes what devices sample
         * @description Changes what devices sample
         *
         *     Scope: `pipeline:control`.
         */
        post: operations["configurePipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipeline/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts sampling on devices
         * @description Starts sampling on devices
         *
         *     Scope: `pipeline:control`.
         */
        post: operations["startPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pipeline/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stops sampling on devices
         * @description Stops sampling on devices
         *
         *     Scope: `pipeline:control`.
         */
        post: operations["stopPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready-made definitions by quantity
         * @description Ready-made definitions by quantity
         *
         *     Scope: `signals:write` or `samples:read` or `cycles:read`.
         */
        get: operations["listPresets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reprocess": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cuts the cycles of a range again, in the background
         * @description Cuts the cycles of a range again, in the background
         *
         *     Scope: `signals:write`.
         */
        post: operations["reprocess"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/revalidate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Judges a range's samples again by the definitions of today, in the background
         * @description Judges a range's samples again by the definitions of today, in the background
         *
         *     Scope: `signals:write`.
         */
        post: operations["revalidate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Several signals on one grid of time
         * @description Mean, least, greatest and number of the samples that are not bad, by bucket of time.
         *
         *     Scope: `samples:read`.
         */
        get: operations["getAlignedSamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sites that the token reaches
         * @description Sites that the token reaches
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        get: operations["listSites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Devices of a site
         * @description Devices of a site
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One device and its last status
         * @description One device and its last status
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        get: operations["getDevice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * A device's user name and a new password at the MQTT broker
         * @description The password before is no longer valid at the next connect. The device need not be known yet. The answer comes when the change is kept; the broker knows of it at once (embedded) or when it looks next (Mosquitto: 2 s).
         *
         *     Scope: `admin`.
         */
        put: operations["setDeviceCredentials"];
        post?: never;
        /**
         * Takes a device's password at the MQTT broker away
         * @description The broker knows of it as for a new one. A certificate stays good: `device:enrol --revoke` takes that back too.
         *
         *     Scope: `admin`.
         */
        delete: operations["removeDeviceCredentials"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signals of a device, with their definitions
         * @description Signals of a device, with their definitions
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        get: operations["listSignals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One signal and its definition
         * @description One signal and its definition
         *
         *     Scope: `samples:read` or `cycles:read` or `pipeline:control` or `signals:write`.
         */
        get: operations["getSignal"];
        /**
         * Defines a signal, or changes its definition
         * @description Each change is a new version. `If-Match` with the ETag refuses (412) where it was changed in the meantime, `If-None-Match: *` where it is there. A signal that has data keeps its unit (409). Conditions look at signals within the grants alone (403).
         *
         *     Scope: `signals:write`.
         */
        put: operations["defineSignal"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/completeness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What of a signal is there, and exactly what is not
         * @description To the sample, whatever the range: expected = landed + missing + deadLettered, landed = good + uncertain + bad. `holes` are those that reach into the range, each as a whole.
         *
         *     Scope: `samples:read`.
         */
        get: operations["getCompleteness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/cycles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Load cycles of a signal, with their metrics
         * @description Cycles that began in the range; the last 15 minutes where it is absent.
         *
         *     Scope: `cycles:read`.
         */
        get: operations["getCycles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/cycles/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cycles' metrics by bucket of time
         * @description Count, mean, standard deviation, least and greatest of each metric of the complete cycles. With `tz` the buckets follow the wall's clock: a day is 23 or 25 hours long where it changes; of buckets of an hour or less, an hour that comes twice is two.
         *
         *     Scope: `cycles:read`.
         */
        get: operations["getCycleMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stretches of time that are kept from retention for this signal
         * @description Stretches of time that are kept from retention for this signal
         *
         *     Scope: `signals:write` or `samples:read`.
         */
        get: operations["listHolds"];
        put?: never;
        /**
         * Keeps a stretch of time from retention, for an archive that is brought in
         * @description Before the samples come. Chunks that reach into the stretch stay as they are, with what other signals have in them. Where the signal has rollups of that time and no rows any more, it is refused (409). The same stretch again changes `until`.
         *
         *     Scope: `signals:write`.
         */
        post: operations["holdSamples"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/holds/{id}": {
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
         * Lets retention have a stretch again
         * @description Lets retention have a stretch again
         *
         *     Scope: `signals:write`.
         */
        delete: operations["endHold"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Samples of a signal
         * @description Ascending in time, `from` inclusive, `to` exclusive; the last 15 minutes where both are absent. NDJSON, CSV and Arrow stream the whole range where no `limit` is given; JSON comes in pages.
         *
         *     Scope: `samples:read`.
         */
        get: operations["getSamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/unit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a signal that has data another unit
         * @description `relabel`: the unit was written wrongly (`C` where `Cel` was meant); every number stays as it is, and batches in the unit before are refused (`message.unit-mismatch`) unless `senderStays`. `convert`: all that is stored is answered in the new unit, limits and settings of the definition are converted, and batches in the unit before go on to be taken. A new version either way; `If-Match` as for a definition.
         *
         *     Scope: `signals:write`.
         */
        post: operations["correctUnit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{site}/devices/{device}/signals/{signal}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every definition that a signal ever had, and who made it
         * @description Every definition that a signal ever had, and who made it
         *
         *     Scope: `signals:write` or `samples:read` or `cycles:read`.
         */
        get: operations["listSignalVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would happen to a message
         * @description By the functions that landing itself runs. Says nothing of duplicates, which only the ledger knows.
         *
         *     Scope: `signals:write` or `samples:read`.
         */
        post: operations["validateMessage"];
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
        AccessEntry: {
            address: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            at: string;
            client: string | null;
            code: string | null;
            durationMs: number;
            method: string;
            path: string;
            requestId: string;
            route: string | null;
            status: number;
            /** @description The token's id (jti), never the token */
            token: string | null;
        };
        /** @description By column: the i-th value of each belongs to the i-th time */
        AlignedSamples: {
            bucketS: number;
            partial: components["schemas"]["Partial"];
            series: {
                count: number[];
                max: (number | null)[];
                mean: (number | null)[];
                min: (number | null)[];
                signal: components["schemas"]["SignalHead"];
            }[];
            /** @enum {string} */
            source: "raw" | "1s" | "1m" | "1h";
            /** @description Starts of the buckets that hold samples of any of the signals */
            t: string[];
        };
        AnalysedCycle: {
            /** @description State level s1: the mean of the base plateau, transitions set aside; the signal's unit */
            baseLevel: number | null;
            /** @description Greatest sample of the base plateau; the signal's unit */
            baseMax: number | null;
            /** @description Mean of the base plateau; the signal's unit */
            baseMean: number | null;
            /** @description Least sample of the base plateau; the signal's unit */
            baseMin: number | null;
            /** @description Root mean square of the base plateau; the signal's unit */
            baseRms: number | null;
            /** @description Standard deviation on the base plateau; the signal's unit */
            baseStd: number | null;
            complete: boolean;
            /** @description Share of the samples due that are there, 0 to 1; 1 */
            completeness: number | null;
            /** @description Peak over RMS; 1 */
            crestFactor: number | null;
            /** @description Share of the period under load, 0 to 1; 1 */
            dutyCycle: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            endedAt: string;
            /** @description Slope of the return to base; a bound where the transition is shorter than a sample; signal-per-s */
            fallSlewPerS: number | null;
            /** @description Transition duration of the return to base, 90 % to 10 %; s */
            fallTimeS: number | null;
            /** @description Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing; signal-s */
            integral: number | null;
            /** @description Greatest sample of the cycle, outliers set aside; the signal's unit */
            max: number | null;
            /** @description Time average over the cycle; the signal's unit */
            mean: number | null;
            /** @description Least sample of the cycle, outliers set aside; the signal's unit */
            min: number | null;
            /** @description Samples that are missing: null, of bad quality, or in a hole in time; count */
            missingCount: number | null;
            /**
             * Format: date-time
             * @description The return to base; null where it was not seen
             * @example 2026-11-24T10:00:00.000000Z
             */
            offsetAt: string | null;
            /** @description Samples set aside: alone, beyond both levels by more than the outlier gate; count */
            outlierCount: number | null;
            /** @description How far the signal goes beyond the load level just after the onset, of the amplitude; % */
            overshootPct: number | null;
            /** @description Range of the cycle; the signal's unit */
            peakToPeak: number | null;
            /** @description Time from this onset to the next one; s */
            periodS: number | null;
            /** @description Time under load: from the onset to the 50 % crossing of the return to base; s */
            pulseWidthS: number | null;
            /** @description Peak-to-peak ripple on the load plateau, transitions and outliers set aside; the signal's unit */
            ripple: number | null;
            /** @description Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample; signal-per-s */
            riseSlewPerS: number | null;
            /** @description Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that; s */
            riseTimeS: number | null;
            /** @description Root mean square over the cycle; the signal's unit */
            rms: number | null;
            /** @description Good samples of the cycle, outliers included; count */
            sampleCount: number | null;
            /** @description Time at base: from the end of the load to the next onset; s */
            separationS: number | null;
            /** @description Time from the onset until the signal has entered the band around the load level and stays; s */
            settlingTimeS: number | null;
            /** @description Integral of the square: energy at a resistance of one; signal2-s */
            squareIntegral: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            startedAt: string;
            /** @description State level s2: the mean of the load plateau, transitions set aside; the signal's unit */
            topLevel: number | null;
            /** @description Greatest sample of the load plateau; the signal's unit */
            topMax: number | null;
            /** @description Mean of the load plateau; the signal's unit */
            topMean: number | null;
            /** @description Least sample of the load plateau; the signal's unit */
            topMin: number | null;
            /** @description Root mean square of the load plateau; the signal's unit */
            topRms: number | null;
            /** @description Standard deviation on the load plateau; the signal's unit */
            topStd: number | null;
            /** @description How far the signal goes beyond the base level just after the return to base, of the amplitude; % */
            undershootPct: number | null;
        };
        AnalysedCycles: {
            cycles: components["schemas"]["AnalysedCycle"][];
            /** @description With includeOpen */
            open?: {
                /**
                 * Format: date-time
                 * @description Its metrics are of the samples up to here; null is what only the end decides
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                asOf: string;
                /** @description State level s1: the mean of the base plateau, transitions set aside; the signal's unit */
                baseLevel: number | null;
                /** @description Greatest sample of the base plateau; the signal's unit */
                baseMax: number | null;
                /** @description Mean of the base plateau; the signal's unit */
                baseMean: number | null;
                /** @description Least sample of the base plateau; the signal's unit */
                baseMin: number | null;
                /** @description Root mean square of the base plateau; the signal's unit */
                baseRms: number | null;
                /** @description Standard deviation on the base plateau; the signal's unit */
                baseStd: number | null;
                /** @enum {boolean} */
                complete: false;
                /** @description Share of the samples due that are there, 0 to 1; 1 */
                completeness: number | null;
                /** @description Peak over RMS; 1 */
                crestFactor: number | null;
                /** @description Share of the period under load, 0 to 1; 1 */
                dutyCycle: number | null;
                /** @description It has not ended */
                endedAt: null;
                /** @description Slope of the return to base; a bound where the transition is shorter than a sample; signal-per-s */
                fallSlewPerS: number | null;
                /** @description Transition duration of the return to base, 90 % to 10 %; s */
                fallTimeS: number | null;
                /** @description Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing; signal-s */
                integral: number | null;
                /** @description Greatest sample of the cycle, outliers set aside; the signal's unit */
                max: number | null;
                /** @description Time average over the cycle; the signal's unit */
                mean: number | null;
                /** @description Least sample of the cycle, outliers set aside; the signal's unit */
                min: number | null;
                /** @description Samples that are missing: null, of bad quality, or in a hole in time; count */
                missingCount: number | null;
                /**
                 * Format: date-time
                 * @description The return to base; null where it was not seen
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                offsetAt: string | null;
                /** @description Samples set aside: alone, beyond both levels by more than the outlier gate; count */
                outlierCount: number | null;
                /** @description How far the signal goes beyond the load level just after the onset, of the amplitude; % */
                overshootPct: number | null;
                /** @description Range of the cycle; the signal's unit */
                peakToPeak: number | null;
                /** @description Time from this onset to the next one; s */
                periodS: number | null;
                /** @description Time under load: from the onset to the 50 % crossing of the return to base; s */
                pulseWidthS: number | null;
                /** @description Peak-to-peak ripple on the load plateau, transitions and outliers set aside; the signal's unit */
                ripple: number | null;
                /** @description Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample; signal-per-s */
                riseSlewPerS: number | null;
                /** @description Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that; s */
                riseTimeS: number | null;
                /** @description Root mean square over the cycle; the signal's unit */
                rms: number | null;
                /** @description Good samples of the cycle, outliers included; count */
                sampleCount: number | null;
                /** @description Time at base: from the end of the load to the next onset; s */
                separationS: number | null;
                /** @description Time from the onset until the signal has entered the band around the load level and stays; s */
                settlingTimeS: number | null;
                /** @description Integral of the square: energy at a resistance of one; signal2-s */
                squareIntegral: number | null;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                startedAt: string;
                /** @description State level s2: the mean of the load plateau, transitions set aside; the signal's unit */
                topLevel: number | null;
                /** @description Greatest sample of the load plateau; the signal's unit */
                topMax: number | null;
                /** @description Mean of the load plateau; the signal's unit */
                topMean: number | null;
                /** @description Least sample of the load plateau; the signal's unit */
                topMin: number | null;
                /** @description Root mean square of the load plateau; the signal's unit */
                topRms: number | null;
                /** @description Standard deviation on the load plateau; the signal's unit */
                topStd: number | null;
                /** @description How far the signal goes beyond the base level just after the return to base, of the amplitude; % */
                undershootPct: number | null;
            } | null;
            units: {
                [key: string]: string;
            };
        };
        Anomaly: {
            /**
             * Format: date-time
             * @description When somebody said that this is the new normal
             * @example 2026-11-24T10:00:00.000000Z
             */
            acceptedAt: string | null;
            acceptedBy: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            acknowledgedAt: string | null;
            acknowledgedBy: string | null;
            /**
             * @description returned: it is in line again; accepted: somebody said that this is the new normal; definition: what the definition says now counts; history: found in samples that came long after they were measured, nobody was told
             * @enum {string|null}
             */
            closedReason: "returned" | "accepted" | "definition" | "history" | null;
            device: string;
            expected: number | null;
            id: number;
            /** @enum {string} */
            kind: "outlier" | "regime" | "limit" | "missing-cycles" | "stuck-load" | "no-data" | "high-high" | "high" | "low" | "low-low" | "rate-of-change" | "stuck-value" | "value-outlier" | "drift" | "condition";
            /** @description Of a cycle; of a rule its name; null where none is concerned */
            metric: string | null;
            note: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            notedAt: string;
            /** @description In words, with value, limit and unit; null where the fields say all */
            reason: string | null;
            /** @description Robust standard deviations between the two */
            score: number | null;
            signal: string;
            /**
             * Format: date-time
             * @description Nobody is told of it until then: silenced, or shelved
             * @example 2026-11-24T10:00:00.000000Z
             */
            silencedUntil: string | null;
            /**
             * Format: date-time
             * @description By the time of measurement; of no-data: when the cloud heard the signal last
             * @example 2026-11-24T10:00:00.000000Z
             */
            since: string;
            site: string;
            /**
             * @description withdrawn: late data have shown that it was none
             * @enum {string}
             */
            state: "open" | "closed" | "withdrawn";
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            until: string | null;
            /** @description The one furthest from what was expected */
            value: number | null;
        };
        CatalogueDiff: {
            applied: boolean;
            changed: {
                fields: {
                    after?: unknown;
                    before?: unknown;
                    field: string;
                }[];
                signal: string;
            }[];
            created: string[];
            unchanged: string[];
            /** @description Conditions that look at a signal that is not there yet, and judge nothing before it is */
            unknown: {
                looksAt: string;
                rule: string;
                signal: string;
            }[];
        };
        Client: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            disabled: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            disabledAt: string | null;
            grants: string[];
            id: string;
            name: string;
            scopes: string[];
            /** @description Secrets that are valid now: two after a change */
            secrets: number;
        };
        ClientSecret: {
            id: string;
            /** @description Shown this once */
            secret: string;
        };
        Completeness: {
            buckets: {
                bad: number;
                /** @description Landed ones that begin in the stretch */
                batches: number;
                /** @description In the dead letters that can be read and have not landed since, those from before the signal was registered included */
                deadLettered: number;
                /** @description landed + missing + deadLettered */
                expected: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                from: string;
                good: number;
                /** @description good + uncertain + bad */
                landed: number;
                /** @description In the holes of seq */
                missing: number;
                /** @description Of the holes that begin in the stretch */
                missingBatches: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                to: string;
                uncertain: number;
            }[];
            /** @description By the definition's sampling period */
            expectedByPeriod: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            from: string;
            holes: {
                /** @description About so many: the sampling is irregular, or the session's beginning is missing */
                estimated: boolean;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                from: string;
                fromSeq: number;
                /**
                 * @description log.replaced: they were in an event log that was lost; null: not known here
                 * @enum {string|null}
                 */
                reason: "log.replaced" | null;
                samples: number;
                session: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                to: string;
                toSeq: number;
            }[];
            /** @description What came over the wire, in batches, by whole hours of receipt */
            receipts: {
                deadLettered: number;
                duplicates: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                from: string;
                landed: number;
                received: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                to: string;
            };
            signal: components["schemas"]["SignalHead"];
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            to: string;
            total: {
                bad: number;
                /** @description Landed ones that begin in the stretch */
                batches: number;
                /** @description In the dead letters that can be read and have not landed since, those from before the signal was registered included */
                deadLettered: number;
                /** @description landed + missing + deadLettered */
                expected: number;
                good: number;
                /** @description good + uncertain + bad */
                landed: number;
                /** @description In the holes of seq */
                missing: number;
                /** @description Of the holes that begin in the stretch */
                missingBatches: number;
                uncertain: number;
            };
        };
        /** @description Rate, signals, and settings of a simulated waveform */
        Configure: {
            changes: {
                batchSize?: number;
                enabled?: boolean;
                rateHz?: number;
                signal?: string;
                simulate?: {
                    [key: string]: unknown;
                };
            }[];
            /** @description These devices; without it all of the site, without both all that the token reaches */
            devices?: string[];
            /** @description Devices that have not answered by then never carry it out; 60 where it is absent */
            expiresInS?: number;
            /** @example motor1 */
            site?: string;
        };
        Cycle: {
            /** @description State level s1: the mean of the base plateau, transitions set aside; the signal's unit */
            baseLevel: number | null;
            /** @description Greatest sample of the base plateau; the signal's unit */
            baseMax: number | null;
            /** @description Mean of the base plateau; the signal's unit */
            baseMean: number | null;
            /** @description Least sample of the base plateau; the signal's unit */
            baseMin: number | null;
            /** @description Root mean square of the base plateau; the signal's unit */
            baseRms: number | null;
            /** @description Standard deviation on the base plateau; the signal's unit */
            baseStd: number | null;
            complete: boolean;
            /** @description Share of the samples due that are there, 0 to 1; 1 */
            completeness: number | null;
            /** @description Peak over RMS; 1 */
            crestFactor: number | null;
            /** @description Share of the period under load, 0 to 1; 1 */
            dutyCycle: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            endedAt: string;
            /** @description Slope of the return to base; a bound where the transition is shorter than a sample; signal-per-s */
            fallSlewPerS: number | null;
            /** @description Transition duration of the return to base, 90 % to 10 %; s */
            fallTimeS: number | null;
            /** @description Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing; signal-s */
            integral: number | null;
            /** @description Greatest sample of the cycle, outliers set aside; the signal's unit */
            max: number | null;
            /** @description Time average over the cycle; the signal's unit */
            mean: number | null;
            /** @description Least sample of the cycle, outliers set aside; the signal's unit */
            min: number | null;
            /** @description Samples that are missing: null, of bad quality, or in a hole in time; count */
            missingCount: number | null;
            /**
             * Format: date-time
             * @description The return to base; null where it was not seen
             * @example 2026-11-24T10:00:00.000000Z
             */
            offsetAt: string | null;
            /** @description Samples set aside: alone, beyond both levels by more than the outlier gate; count */
            outlierCount: number | null;
            /** @description How far the signal goes beyond the load level just after the onset, of the amplitude; % */
            overshootPct: number | null;
            /** @description Range of the cycle; the signal's unit */
            peakToPeak: number | null;
            /** @description Time from this onset to the next one; s */
            periodS: number | null;
            /** @description Time under load: from the onset to the 50 % crossing of the return to base; s */
            pulseWidthS: number | null;
            /** @description 1 at first; each correction that changes the cycle counts on */
            revision: number;
            /** @description Peak-to-peak ripple on the load plateau, transitions and outliers set aside; the signal's unit */
            ripple: number | null;
            /** @description Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample; signal-per-s */
            riseSlewPerS: number | null;
            /** @description Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that; s */
            riseTimeS: number | null;
            /** @description Root mean square over the cycle; the signal's unit */
            rms: number | null;
            /** @description Good samples of the cycle, outliers included; count */
            sampleCount: number | null;
            /** @description Time at base: from the end of the load to the next onset; s */
            separationS: number | null;
            /** @description Time from the onset until the signal has entered the band around the load level and stays; s */
            settlingTimeS: number | null;
            /** @description Integral of the square: energy at a resistance of one; signal2-s */
            squareIntegral: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            startedAt: string;
            /** @description State level s2: the mean of the load plateau, transitions set aside; the signal's unit */
            topLevel: number | null;
            /** @description Greatest sample of the load plateau; the signal's unit */
            topMax: number | null;
            /** @description Mean of the load plateau; the signal's unit */
            topMean: number | null;
            /** @description Least sample of the load plateau; the signal's unit */
            topMin: number | null;
            /** @description Root mean square of the load plateau; the signal's unit */
            topRms: number | null;
            /** @description Standard deviation on the load plateau; the signal's unit */
            topStd: number | null;
            /** @description How far the signal goes beyond the base level just after the return to base, of the amplitude; % */
            undershootPct: number | null;
        };
        CycleMetricsByBucket: {
            buckets: {
                complete: number;
                cycles: number;
                incomplete: number;
                /** @description Of the complete cycles */
                metrics: {
                    [key: string]: {
                        count: number;
                        max: number | null;
                        mean: number | null;
                        min: number | null;
                        std: number | null;
                    };
                };
                missing: number;
                outliers: number;
                samples: number;
                /**
                 * Format: date-time
                 * @description Start of the bucket
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                t: string;
            }[];
            bucketS: number;
            signal: components["schemas"]["SignalHead"];
            /**
             * @description UCUM code of each metric
             * @example {
             *       "periodS": "s"
             *     }
             */
            units: {
                [key: string]: string;
            };
        };
        Cycles: {
            cycles: components["schemas"]["Cycle"][];
            /**
             * @description How it is cut into cycles at present. off: not at all, by its definition; learning: its levels are not known yet; none: it has shown no two levels so far, and is looked at on and on; cut
             * @enum {string}
             */
            cycleState: "off" | "learning" | "none" | "cut";
            /** @description `cursor` of the next page; null: the end */
            next: string | null;
            /** @description With includeOpen: the cycle under way; null where none has begun in the range */
            open?: {
                /**
                 * Format: date-time
                 * @description Its metrics are of the samples up to here; null is what only the end decides
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                asOf: string;
                /** @description State level s1: the mean of the base plateau, transitions set aside; the signal's unit */
                baseLevel: number | null;
                /** @description Greatest sample of the base plateau; the signal's unit */
                baseMax: number | null;
                /** @description Mean of the base plateau; the signal's unit */
                baseMean: number | null;
                /** @description Least sample of the base plateau; the signal's unit */
                baseMin: number | null;
                /** @description Root mean square of the base plateau; the signal's unit */
                baseRms: number | null;
                /** @description Standard deviation on the base plateau; the signal's unit */
                baseStd: number | null;
                /** @enum {boolean} */
                complete: false;
                /** @description Share of the samples due that are there, 0 to 1; 1 */
                completeness: number | null;
                /** @description Peak over RMS; 1 */
                crestFactor: number | null;
                /** @description Share of the period under load, 0 to 1; 1 */
                dutyCycle: number | null;
                /** @description It has not ended */
                endedAt: null;
                /** @description Slope of the return to base; a bound where the transition is shorter than a sample; signal-per-s */
                fallSlewPerS: number | null;
                /** @description Transition duration of the return to base, 90 % to 10 %; s */
                fallTimeS: number | null;
                /** @description Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing; signal-s */
                integral: number | null;
                /** @description Greatest sample of the cycle, outliers set aside; the signal's unit */
                max: number | null;
                /** @description Time average over the cycle; the signal's unit */
                mean: number | null;
                /** @description Least sample of the cycle, outliers set aside; the signal's unit */
                min: number | null;
                /** @description Samples that are missing: null, of bad quality, or in a hole in time; count */
                missingCount: number | null;
                /**
                 * Format: date-time
                 * @description The return to base; null where it was not seen
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                offsetAt: string | null;
                /** @description Samples set aside: alone, beyond both levels by more than the outlier gate; count */
                outlierCount: number | null;
                /** @description How far the signal goes beyond the load level just after the onset, of the amplitude; % */
                overshootPct: number | null;
                /** @description Range of the cycle; the signal's unit */
                peakToPeak: number | null;
                /** @description Time from this onset to the next one; s */
                periodS: number | null;
                /** @description Time under load: from the onset to the 50 % crossing of the return to base; s */
                pulseWidthS: number | null;
                /** @description Peak-to-peak ripple on the load plateau, transitions and outliers set aside; the signal's unit */
                ripple: number | null;
                /** @description Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample; signal-per-s */
                riseSlewPerS: number | null;
                /** @description Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that; s */
                riseTimeS: number | null;
                /** @description Root mean square over the cycle; the signal's unit */
                rms: number | null;
                /** @description Good samples of the cycle, outliers included; count */
                sampleCount: number | null;
                /** @description Time at base: from the end of the load to the next onset; s */
                separationS: number | null;
                /** @description Time from the onset until the signal has entered the band around the load level and stays; s */
                settlingTimeS: number | null;
                /** @description Integral of the square: energy at a resistance of one; signal2-s */
                squareIntegral: number | null;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                startedAt: string;
                /** @description State level s2: the mean of the load plateau, transitions set aside; the signal's unit */
                topLevel: number | null;
                /** @description Greatest sample of the load plateau; the signal's unit */
                topMax: number | null;
                /** @description Mean of the load plateau; the signal's unit */
                topMean: number | null;
                /** @description Least sample of the load plateau; the signal's unit */
                topMin: number | null;
                /** @description Root mean square of the load plateau; the signal's unit */
                topRms: number | null;
                /** @description Standard deviation on the load plateau; the signal's unit */
                topStd: number | null;
                /** @description How far the signal goes beyond the base level just after the return to base, of the amplitude; % */
                undershootPct: number | null;
            } | null;
            signal: components["schemas"]["SignalHead"];
            /**
             * @description UCUM code of each metric
             * @example {
             *       "periodS": "s"
             *     }
             */
            units: {
                [key: string]: string;
            };
        };
        DeadLetter: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            at: string;
            bytes: number;
            contentType: string | null;
            detail: string;
            /** @description Another payload was sent in place of what came */
            edited: boolean;
            id: number;
            key: string;
            mqttTopic: string | null;
            origin: {
                offset: number;
                partition: number;
                topic: string;
            };
            /** @description JSON Pointer to the place in the message */
            pointer: string | null;
            /** @example message.invalid-field */
            reason: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            receivedAt: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            replayedAt: string | null;
            replayedBy: string | null;
            /** @enum {string} */
            state: "held" | "replayed";
        };
        /** @description What was sent in its place */
        DeadLetterEdit: {
            /**
             * @description Of `payload`; utf8 where it is absent
             * @enum {string}
             */
            encoding?: "utf8" | "base64";
            payload: string;
            /** @description MQTT topic; as it came where it is absent */
            topic?: string;
        } | null;
        DeadLetterWithPayload: components["schemas"]["DeadLetter"] & {
            /**
             * Format: byte
             * @description Base64, byte for byte
             */
            payload: string;
            sent: components["schemas"]["DeadLetterEdit"];
            /** @description The payload, where it is UTF-8 */
            text: string | null;
        };
        Device: {
            /** @description The device's clock, by the median of its latest messages */
            clock: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                measuredAt: string;
                /** @description So far the clock is ahead of the cloud; negative: behind */
                offsetS: number;
                /**
                 * @description What it was measured by; batches only tell that a clock is ahead
                 * @enum {string}
                 */
                source: "status" | "batches";
            } | null;
            device: string;
            /** @description What the cloud sees of it that it can not see itself */
            problems: {
                /** @enum {string} */
                code: "device.duplicate-identity";
                detail: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                lastSeen: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                since: string;
            }[];
            sampling: boolean | null;
            signals: number;
            site: string;
            /**
             * @description silent: it said that it is online, and has not been heard for three times the interval of its status (at least 30 s)
             * @enum {string}
             */
            state: "online" | "silent" | "offline" | "unknown";
            /** @description The last status that the device published, or its last will */
            status: {
                [key: string]: unknown;
            } | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            statusAt: string | null;
        };
        DeviceCredentials: {
            password: string;
            username: string;
        };
        Inspection: {
            batches: {
                bad: number;
                count: number;
                firstIssues: {
                    /** @enum {string} */
                    class: "good" | "uncertain" | "bad";
                    index: number;
                    reason: string;
                    /**
                     * Format: date-time
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-11-24T10:00:00.000000Z
                     */
                    t: string;
                    value: number | null;
                }[];
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                from: string;
                good: number;
                registered: boolean;
                seq: number;
                session: string;
                signal: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                to: string;
                uncertain: number;
                unit: string;
            }[];
            detail?: string;
            hint?: string;
            /** @enum {string} */
            outcome: "landed" | "registered" | "dead-lettered";
            pointer?: string;
            reason?: string;
        };
        Job: {
            /** Format: uuid */
            id: string;
            jobs: {
                /** @description Cycles, or samples, that are other than before */
                changed: number;
                error: string | null;
                /** @enum {string} */
                kind: "reprocess" | "revalidation";
                progress: number;
                signal: string;
                /** @enum {string} */
                state: "waiting" | "running" | "done" | "failed";
            }[];
            progress: number;
            /** @enum {string} */
            state: "running" | "done" | "failed";
        };
        LiveTicket: {
            expiresInS: number;
            ticket: string;
        };
        LogReplacement: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            acknowledgedAt: string | null;
            acknowledgedBy: string | null;
            consumers: {
                consumer: string;
                /** @description Where it started in the new one */
                goesOnAt: number;
                /** @description Up to where it had read the old log */
                next: number;
                partition: number;
            }[];
            id: number;
            /**
             * @description another-log: it was lost and made anew; records-lost: its newest records are gone
             * @enum {string}
             */
            kind: "another-log" | "records-lost";
            note: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            noticedAt: string;
            topic: string;
        };
        MessageToValidate: {
            contentType?: string;
            /**
             * @description Of a payload that is text; utf8 where absent
             * @enum {string}
             */
            encoding?: "utf8" | "base64";
            /** @description The message: JSON as it is, or its text */
            payload: string | {
                [key: string]: unknown;
            } | unknown[];
            /**
             * Format: date-time
             * @description As if it had come then; now where absent
             */
            receivedAt?: string;
            /** @description As a dead letter that is replayed, out of its order (Sparkplug) */
            replayed?: boolean;
            /** @example loadcycle/v1/plant1/motor1/samples/motor-voltage */
            topic: string;
        };
        NewClient: components["schemas"]["Client"] & {
            secret: string;
        };
        NewSilence: {
            /** @example motor1 */
            device?: string;
            kind?: string;
            note?: string;
            /** @example motor1 */
            signal?: string;
            /** @example motor1 */
            site?: string;
            /**
             * @description Its end: a date and time, or a duration from now as `+2h`; a year ahead at most
             * @example +2h
             */
            until: string;
        };
        NotifyTarget: {
            afterS: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            changedAt: string | null;
            changedBy: string | null;
            code: string | null;
            /** @description Its name in the pipeline and in metrics */
            consumer: string;
            createdBy: string | null;
            delivered: number;
            /** @description What it answers, where it is not ok */
            detail: string | null;
            failed: number;
            gatherS: number | null;
            grants: string[];
            /** @description null: of the settings of notify, and read-only */
            id: number | null;
            /** @enum {string} */
            kind: "webhook" | "mqtt" | "email";
            lastFailure: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                at: string;
                code: string | null;
                detail: string | null;
            } | null;
            /** @enum {string|null} */
            mqttVersion: "5" | "3.1.1" | null;
            name: string;
            readOnly: boolean;
            /** @description webhook: what is posted is signed with its own key */
            signed: boolean | null;
            /**
             * Format: date-time
             * @description It is told of what came after
             * @example 2026-11-24T10:00:00.000000Z
             */
            since: string | null;
            /**
             * @description unknown: no process of notify has said that it runs it
             * @enum {string}
             */
            state: "ok" | "waiting" | "failing" | "unknown";
            to: string[] | null;
            username: string | null;
        };
        NotifyTargetInput: {
            /**
             * @description Escalation: it is told of what is still open and not acknowledged so long after the others were
             * @default 0
             */
            afterS: number;
            /** @description Of which sites and devices it is told; within the client's own grants */
            grants: string[];
            /** @enum {string} */
            kind: "webhook";
            /** @example motor1 */
            name: string;
            /** @description Key of the HMAC-SHA-256 in x-loadcycle-signature. Never answered; absent in a change: as it is; null: none */
            signingSecret?: string | null;
            /** @description Where it is posted to. Never answered; absent in a change: as it is */
            url?: string;
        } | {
            /**
             * @description Escalation: it is told of what is still open and not acknowledged so long after the others were
             * @default 0
             */
            afterS: number;
            /** @description Of which sites and devices it is told; within the client's own grants */
            grants: string[];
            /** @enum {string} */
            kind: "mqtt";
            /**
             * @default 5
             * @enum {string}
             */
            mqttVersion: "5" | "3.1.1";
            /** @example motor1 */
            name: string;
            /** @description Never answered; absent in a change: as it is; null: none */
            password?: string | null;
            /** @description The broker. Never answered; absent in a change: as it is */
            url?: string;
            /** @default null */
            username: string | null;
        } | {
            /**
             * @description Escalation: it is told of what is still open and not acknowledged so long after the others were
             * @default 0
             */
            afterS: number;
            /**
             * @description What comes within so long after a first anomaly is one mail
             * @default 10
             */
            gatherS: number;
            /** @description Of which sites and devices it is told; within the client's own grants */
            grants: string[];
            /** @enum {string} */
            kind: "email";
            /** @example motor1 */
            name: string;
            to: string[];
        };
        NotifyTest: {
            code: string | null;
            /** @description What the other side said, or why it was not reached */
            detail: string;
            taken: boolean;
        };
        /** @description RFC 6749, 5.2 */
        OAuthError: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_client" | "invalid_grant" | "unsupported_grant_type" | "invalid_scope" | "unsupported_token_type";
            error_description?: string;
        };
        Operation: {
            /** @enum {string} */
            action: "start" | "stop" | "configure";
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            devices: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                answeredAt: string | null;
                attempts: number;
                code: string | null;
                detail: string | null;
                device: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                sentAt: string | null;
                site: string;
                /** @enum {string} */
                state: "pending" | "sent" | "accepted" | "done" | "failed" | "expired";
            }[];
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            expiresAt: string;
            /** Format: uuid */
            id: string;
            /**
             * @description failed: a device failed, or ran out of time
             * @enum {string}
             */
            state: "running" | "done" | "failed";
        };
        OperationSummary: {
            /** @enum {string} */
            action: "start" | "stop" | "configure";
            /** @description Who asked for it */
            clientId: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            /** @description How many of those that the token reaches stand where */
            devices: {
                accepted: number;
                done: number;
                expired: number;
                failed: number;
                pending: number;
                sent: number;
            };
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            expiresAt: string;
            /** Format: uuid */
            id: string;
            /**
             * @description failed: a device failed, or ran out of time
             * @enum {string}
             */
            state: "running" | "done" | "failed";
        };
        /** @description What the answer leaves out: `rollups.behind`: rows have landed there that no rollup holds yet, too many to be read for one answer; ask again. Null: all that has landed is in the answer */
        Partial: {
            ranges: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                from: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                to: string;
            }[];
            /** @enum {string} */
            reason: "rollups.behind";
        } | null;
        Pipeline: {
            bridge: {
                /**
                 * Format: date-time
                 * @description When something came last, as far as this process has looked
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                heardAt: string | null;
                /** @description Records of samples and status */
                perSecond: number | null;
                /**
                 * @description silent: devices are online, and nothing has come from any of them for half a minute
                 * @enum {string}
                 */
                state: "ok" | "silent";
            };
            /** @description What Mosquitto counts of itself, for a token with a grant over all sites */
            broker: {
                /** @description Messages that it had acknowledged and then threw away, for a queue was full, since it started; null where it does not tell */
                dropped: number | null;
                /**
                 * Format: date-time
                 * @description When that was heard last, within an hour
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                droppedAt: string | null;
                storedBytes: number | null;
                /** @description Messages that it holds */
                storedMessages: number | null;
            } | null;
            consumers: {
                consumer: string;
                /** @description Records of the log that it has not worked off */
                lag: number | null;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                movedAt: string | null;
                perSecond: number | null;
                /** @enum {string} */
                state: "ok" | "behind" | "stalled";
                topic: string;
                why: components["schemas"]["Why"] & (Record<string, never> | null);
            }[];
            devices: {
                dropped: number;
                /** @description Devices with whose name two agents run */
                duplicated: number;
                list: components["schemas"]["Device"][];
                offline: number;
                online: number;
                /** @description Batches that wait on the devices */
                outboxBatches: number;
                sampling: number;
                /** @description Said that they are online, and are not heard any more */
                silent: number;
                unknown: number;
            };
            log: {
                /** @description The topics that were, until it is acknowledged */
                lost: string[];
                /**
                 * @description replaced: it was lost and made anew, and nobody has acknowledged it (log-replacements)
                 * @enum {string}
                 */
                state: "ok" | "unavailable" | "replaced";
                /** @description None for a token without the grant `*` */
                topics: {
                    end: number;
                    partitions: number;
                    perSecond: number;
                    /** @description Records kept */
                    records: number;
                    topic: string;
                }[];
            };
            /** @description Who is told of anomalies, for a token with a grant over all sites */
            notify: {
                consumer: string;
                delivered: number;
                /** @description Events that were given up */
                failed: number;
                lastFailure: components["schemas"]["Why"] & ({
                    /**
                     * Format: date-time
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-11-24T10:00:00.000000Z
                     */
                    at: string;
                } | null);
                /**
                 * Format: date-time
                 * @description First configured; told of what came after
                 * @example 2026-11-24T10:00:00.000000Z
                 */
                since: string;
            }[];
            /** @description What this process's parts say of themselves */
            parts: {
                [key: string]: {
                    code?: string;
                    /** @description ms since the epoch */
                    since: number;
                    /** @enum {string} */
                    state: "ok" | "waiting" | "failing";
                };
            };
            /**
             * @description The worst of the stages
             * @enum {string}
             */
            state: "ok" | "behind" | "stalled" | "failing";
            store: {
                /** @description Samples */
                landedPerSecond: number | null;
                lastDay: {
                    batches: number;
                    deadLettered: number;
                    duplicates: number;
                    samples: number;
                } | null;
                /** @description How long raw samples are kept, s; null: for ever, or not known yet */
                rawRetentionS: number | null;
            };
            /** @description Each stage that is stalled or failing, by name, and why */
            trouble: (components["schemas"]["Why"] & {
                stage: string;
                /** @enum {string} */
                state: "stalled" | "failing";
            })[];
        };
        /** @description RFC 9457 problem details */
        Problem: {
            /** @description Stable; the same code shows in logs, metrics and dead letters */
            code: string;
            detail?: string;
            errors?: {
                detail: string;
                parameter?: string;
                pointer?: string;
            }[];
            hint?: string;
            requestId?: string;
            status: number;
            title: string;
            /** @example /problems/request.invalid */
            type: string;
        };
        Readiness: {
            checks: {
                [key: string]: {
                    code?: string;
                    ms: number;
                    /** @enum {string} */
                    state: "ok" | "failing";
                };
            };
            /** @description What else in this process is not well, such as the store's maintenance */
            parts: {
                [key: string]: {
                    code?: string;
                    /** @enum {string} */
                    state: "waiting" | "failing";
                };
            };
            /**
             * @description degraded: reads are served, and something beside them is away (see checks and parts)
             * @enum {string}
             */
            status: "ok" | "degraded" | "not-ready";
        };
        Reprocess: {
            /** @description Inclusive: a date and time, `now`, or `-15m` */
            from: string;
            /** @description Cycle settings for this range; those of the catalogue where absent */
            settings?: {
                [key: string]: unknown;
            };
            /** @description Or those of an earlier version */
            settingsVersion?: number;
            signals: string[];
            /** @description Exclusive, in the same ways */
            to: string;
        };
        /** @description A stretch of time of which nothing goes by retention */
        RetentionHold: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            createdBy: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            from: string;
            id: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            to: string;
            /**
             * Format: date-time
             * @description null: for ever
             * @example 2026-11-24T10:00:00.000000Z
             */
            until: string | null;
        };
        Revalidate: {
            /** @description Inclusive: a date and time, `now`, or `-15m` */
            from: string;
            signals: string[];
            /** @description Exclusive, in the same ways */
            to: string;
        };
        Sample: {
            /**
             * @description Absent where the samples are downsampled
             * @enum {string}
             */
            quality?: "good" | "uncertain" | "bad";
            /** @description Why it is not good */
            reason?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            t: string;
            /** @description null: the sensor gave none */
            value: number | null;
        };
        Samples: {
            /** @description How, where `points` was asked for */
            downsampled?: {
                bucketS: number;
                /** @enum {string} */
                method: "minmax" | "m4" | "lttb";
                partial: components["schemas"]["Partial"];
                /**
                 * @description The rows themselves, or a rollup
                 * @enum {string}
                 */
                source: "raw" | "1s" | "1m" | "1h";
            };
            /** @description `cursor` of the next page; null: the end */
            next: string | null;
            samples: components["schemas"]["Sample"][];
            signal: components["schemas"]["SignalHead"];
        };
        /**
         * @description Exactly one of dt and offsets
         * @example {
         *       "t0": 1790000000000000,
         *       "dt": 1000,
         *       "unit": "V",
         *       "values": [
         *         230,
         *         230.1,
         *         null,
         *         270
         *       ]
         *     }
         */
        SamplesToCut: {
            /** @description Sampling period, µs */
            dt?: number;
            /** @description The cycle under way at the end as well, as `open` of a JSON answer */
            includeOpen?: boolean;
            /** @description µs from t0, ascending */
            offsets?: number[];
            /** @description Cycle settings */
            settings?: {
                [key: string]: unknown;
            };
            /** @description µs since the epoch, of the first value */
            t0: number;
            unit?: string;
            /** @description null: missing */
            values: (number | null)[];
        };
        SamplesToMeasure: {
            boundaries: {
                /** @description µs since the epoch, or RFC 3339 */
                endedAt: number | string;
                /** @description µs since the epoch, or RFC 3339 */
                offsetAt?: number | string | null;
                /** @description µs since the epoch, or RFC 3339 */
                startedAt: number | string;
            }[];
            /** @description Sampling period, µs */
            dt?: number;
            /** @description µs from t0, ascending */
            offsets?: number[];
            /** @description Cycle settings */
            settings?: {
                [key: string]: unknown;
            };
            /** @description µs since the epoch, of the first value */
            t0: number;
            unit?: string;
            /** @description null: missing */
            values: (number | null)[];
        };
        Shelve: {
            note?: string;
            /**
             * @description Its end: a date and time, or a duration from now as `+2h`; a year ahead at most
             * @example +2h
             */
            until: string;
        };
        Signal: {
            /** @description Registered by its first message */
            automatic: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            changedAt: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            /**
             * @description How it is cut into cycles at present. off: not at all, by its definition; learning: its levels are not known yet; none: it has shown no two levels so far, and is looked at on and on; cut
             * @enum {string}
             */
            cycleState: "off" | "learning" | "none" | "cut";
            definition: components["schemas"]["SignalDefinition"];
            device: string;
            signal: string;
            site: string;
            unit: string;
            version: number;
        };
        /** @description What is known and expected of a signal */
        SignalDefinition: {
            clockSkewUs: number | null;
            component: string | null;
            /** @description Settings of the segmenter; `off`: the signal is not cut into cycles */
            cycles: {
                [key: string]: unknown;
            } | "off" | null;
            /** @description A change of less says nothing: the deadband of its alarms where a rule has none of its own */
            deadband?: number;
            expectedPeriodUs: number | null;
            labels: {
                [key: string]: string;
            };
            maxRatePerS: number | null;
            quantity: string;
            /** @description What is an alarm of its samples, by name */
            rules?: {
                [key: string]: unknown;
            };
            stuckAfterUs: number | null;
            /**
             * @description UCUM code
             * @example V
             */
            unit: string;
            validMax: number | null;
            validMin: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description The fields of SignalDefinition, `preset` for what they do not say, and `stuckAfter`, `expectedPeriod`, `clockSkew` as durations
         * @example {
         *       "preset": "voltage",
         *       "validMax": 480,
         *       "stuckAfter": "30s",
         *       "labels": {
         *         "owner": "maintenance"
         *       }
         *     }
         */
        SignalDefinitionInput: {
            [key: string]: unknown;
        };
        SignalHead: {
            device: string;
            quantity: string;
            signal: string;
            site: string;
            unit: string;
        };
        Silence: {
            active: boolean;
            /** @description The one anomaly that is shelved */
            anomaly: number | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            createdAt: string;
            createdBy: string;
            device: string | null;
            /**
             * Format: date-time
             * @description Before its time
             * @example 2026-11-24T10:00:00.000000Z
             */
            endedAt: string | null;
            endedBy: string | null;
            id: number;
            kind: string | null;
            note: string | null;
            signal: string | null;
            /** @description null: any; so of the others */
            site: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC, microseconds
             * @example 2026-11-24T10:00:00.000000Z
             */
            until: string;
        };
        Targets: {
            /** @description These devices; without it all of the site, without both all that the token reaches */
            devices?: string[];
            /** @description Devices that have not answered by then never carry it out; 60 where it is absent */
            expiresInS?: number;
            /** @example motor1 */
            site?: string;
        };
        Token: {
            access_token: string;
            /** @description Seconds */
            expires_in: number;
            scope: string;
            /** @enum {string} */
            token_type: "Bearer";
        };
        Why: {
            /** @description A stable code, where an error is what it waits for */
            code: string | null;
            /** @description In words, for a token with a grant over all sites */
            detail: string | null;
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
    keySet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: ({
                            alg: string;
                            kid: string;
                            kty: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Or both in HTTP Basic */
                    client_id?: string;
                    client_secret?: string;
                    token: string;
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description The token is not, or no longer, valid */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description RFC 6749 error */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description Unknown client or wrong secret */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    issueToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Or both in HTTP Basic */
                    client_id?: string;
                    client_secret?: string;
                    code?: string;
                    /** @enum {string} */
                    grant_type: "client_credentials" | "urn:loadcycle:grant-type:sign-in-code";
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description A short-lived bearer token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description RFC 6749 error */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description Unknown client or wrong secret */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problem type */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        /**
                         * @description transient: it passes by itself; standing: until somebody acts; poison: this message or request never passes as it is
                         * @enum {string}
                         */
                        kind: "transient" | "standing" | "poison";
                        meaning: string;
                        /** @description What to do */
                        next: string;
                        status: number;
                        title: string;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It can not */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    getAccessLog: {
        parameters: {
            query?: {
                client?: string;
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description Entries in one answer at most; 1000 where it is absent */
                limit?: number;
                /** @description Only this status */
                status?: number;
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Entries, ascending in time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: components["schemas"]["AccessEntry"][];
                        /** @description `cursor` of the next page; null: the end */
                        next: string | null;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    analyseCycles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SamplesToCut"];
                "text/csv": string;
            };
        };
        responses: {
            /** @description Cycles with their metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysedCycles"];
                    "text/csv": string;
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    analyseMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SamplesToMeasure"];
            };
        };
        responses: {
            /** @description Cycles with their metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysedCycles"];
                    "text/csv": string;
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAnomalies: {
        parameters: {
            query?: {
                acknowledged?: "true" | "false";
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                device?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                kind?: "outlier" | "regime" | "limit" | "missing-cycles" | "stuck-load" | "no-data" | "high-high" | "high" | "low" | "low-low" | "rate-of-change" | "stuck-value" | "value-outlier" | "drift" | "condition";
                /** @description 100 where it is absent */
                limit?: number;
                signal?: string;
                site?: string;
                state?: "open" | "closed" | "withdrawn";
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Anomalies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        anomalies: components["schemas"]["Anomaly"][];
                        /** @description `cursor` of the next page; null: the end */
                        next: string | null;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAnomaly: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The anomaly */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Anomaly"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptAnomaly: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The anomaly */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Anomaly"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledgeAnomaly: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The anomaly */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Anomaly"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    shelveAnomaly: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Shelve"];
            };
        };
        responses: {
            /** @description The silence, of this anomaly alone */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applyCatalogue: {
        parameters: {
            query?: {
                dryRun?: "true" | "false";
            };
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-yaml": string;
                "application/yaml": string;
                "text/yaml": string;
            };
        };
        responses: {
            /** @description The difference */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueDiff"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listClients: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clients */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        clients: components["schemas"]["Client"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createClient: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    grants: string[];
                    id: string;
                    name: string;
                    scopes: ("samples:read" | "cycles:read" | "signals:write" | "pipeline:control" | "anomalies:write" | "notify:write" | "admin")[];
                };
            };
        };
        responses: {
            /** @description The client and its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewClient"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The client */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Client"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteClient: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeClient: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                client: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    disabled?: boolean;
                    grants?: string[];
                    name?: string;
                    scopes?: ("samples:read" | "cycles:read" | "signals:write" | "pipeline:control" | "anomalies:write" | "notify:write" | "admin")[];
                };
            };
        };
        responses: {
            /** @description The client */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Client"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeClientTokens: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No token that was issued until now is valid */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateClientSecret: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientSecret"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description 100 where it is absent */
                limit?: number;
                /** @description Only of this reason */
                reason?: string;
                state?: "held" | "replayed";
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Dead letters, oldest first; the last 30 days where no range is given */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        counts: {
                            held: number;
                            reason: string;
                            replayed: number;
                        }[];
                        deadLetters: components["schemas"]["DeadLetter"][];
                        /** @description `cursor` of the next page; null: the end */
                        next: string | null;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purgeDeadLetters: {
        parameters: {
            query?: {
                /** @description End, exclusive; now where it is absent */
                before?: string;
                /** @description Only of this reason */
                reason?: string;
            };
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        purged: number;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The dead letter */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterWithPayload"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purgeDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeadLetterEdit"];
            };
        };
        responses: {
            /** @description How many were sent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        replayed: number;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    limit?: number;
                    reason: string;
                };
            };
        };
        responses: {
            /** @description How many were sent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        replayed: number;
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKeys: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        outcome: "published" | "switched";
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    liveStream: {
        parameters: {
            query?: {
                /** @description Only these; all that the token may have */
                event?: ("samples" | "cycles" | "anomalies" | "status")[];
                lastEventId?: string;
                /** @description Points a second of each signal; 50 where it is absent */
                rate?: number;
                /** @description `site/device/signal`; repeat it for several */
                signal?: string[];
                ticket?: string;
                /** @description UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same */
                unit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    issueLiveTicket: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ticket, for ?ticket= */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveTicket"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLogReplacements: {
        parameters: {
            query?: {
                acknowledged?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The latest hundred */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        replacements: components["schemas"]["LogReplacement"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledgeLogReplacement: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The lost log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogReplacement"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSilences: {
        parameters: {
            query?: {
                /** @description Those that have ended too; they are kept for 90 days */
                all?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The latest thousand */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        silences: components["schemas"]["Silence"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSilence: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description The silence */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSilence: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The silence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNotifyTargets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Targets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        targets: components["schemas"]["NotifyTarget"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createNotifyTarget: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotifyTargetInput"];
            };
        };
        responses: {
            /** @description The target */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotifyTarget"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNotifyTarget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The target */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotifyTarget"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeNotifyTarget: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotifyTargetInput"];
            };
        };
        responses: {
            /** @description The target */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotifyTarget"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeNotifyTarget: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testNotifyTarget: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotifyTest"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOperations: {
        parameters: {
            query?: {
                action?: "start" | "stop" | "configure";
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                /** @description 100 where it is absent */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Operations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description `cursor` of the next page; null: the end */
                        next: string | null;
                        operations: components["schemas"]["OperationSummary"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOperation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The operation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPipeline: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    configurePipeline: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Configure"];
            };
        };
        responses: {
            /** @description Accepted; poll the operation */
            202: {
                headers: {
                    /** @description Where to poll */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startPipeline: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Targets"];
            };
        };
        responses: {
            /** @description Accepted; poll the operation */
            202: {
                headers: {
                    /** @description Where to poll */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopPipeline: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Targets"];
            };
        };
        responses: {
            /** @description Accepted; poll the operation */
            202: {
                headers: {
                    /** @description Where to poll */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPresets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Presets by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        presets: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reprocess: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reprocess"];
            };
        };
        responses: {
            /** @description Accepted; poll the job */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such signal */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revalidate: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Revalidate"];
            };
        };
        responses: {
            /** @description Accepted; poll the job */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such signal */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlignedSamples: {
        parameters: {
            query: {
                /** @description 1s where it is absent */
                bucket?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description `site/device/signal`; repeat it for several */
                signal: string[];
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
                /** @description UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same */
                unit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlignedSamples"];
                    "text/csv": string;
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description One of the signals is not known */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sites */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sites: {
                            devices: number;
                            online: number;
                            site: string;
                        }[];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Devices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        devices: components["schemas"]["Device"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setDeviceCredentials: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Shown this once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceCredentials"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeDeviceCredentials: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSignals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        signals: components["schemas"]["Signal"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSignal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signal; its ETag is its version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    defineSignal: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignalDefinitionInput"];
            };
        };
        responses: {
            /** @description The signal, changed or as it was */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            /** @description The signal, new */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was changed in the meantime */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCompleteness: {
        parameters: {
            query?: {
                /** @description Also by buckets of this width */
                bucket?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
            };
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Completeness */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completeness"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCycles: {
        parameters: {
            query?: {
                /** @description Only complete, or only incomplete ones */
                complete?: "true" | "false";
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description The cycle under way as well, as `open`; conditions and pages do not apply to it */
                includeOpen?: "true" | "false";
                /** @description Cycles in one answer at most; 100 where it is absent */
                limit?: number;
                /** @description A metric or `startedAt`; `-` in front: descending */
                sort?: "startedAt" | "periodS" | "pulseWidthS" | "separationS" | "dutyCycle" | "riseTimeS" | "fallTimeS" | "riseSlewPerS" | "fallSlewPerS" | "overshootPct" | "undershootPct" | "settlingTimeS" | "baseLevel" | "topLevel" | "baseStd" | "topStd" | "mean" | "rms" | "min" | "max" | "peakToPeak" | "crestFactor" | "integral" | "squareIntegral" | "ripple" | "baseMean" | "baseMin" | "baseMax" | "baseRms" | "topMean" | "topMin" | "topMax" | "topRms" | "sampleCount" | "missingCount" | "outlierCount" | "completeness" | "-startedAt" | "-periodS" | "-pulseWidthS" | "-separationS" | "-dutyCycle" | "-riseTimeS" | "-fallTimeS" | "-riseSlewPerS" | "-fallSlewPerS" | "-overshootPct" | "-undershootPct" | "-settlingTimeS" | "-baseLevel" | "-topLevel" | "-baseStd" | "-topStd" | "-mean" | "-rms" | "-min" | "-max" | "-peakToPeak" | "-crestFactor" | "-integral" | "-squareIntegral" | "-ripple" | "-baseMean" | "-baseMin" | "-baseMax" | "-baseRms" | "-topMean" | "-topMin" | "-topMax" | "-topRms" | "-sampleCount" | "-missingCount" | "-outlierCount" | "-completeness";
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
                /** @description UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same */
                unit?: string;
                /** @description Conditions on metrics, all of which hold */
                where?: string[];
            };
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cycles */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cycles"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCycleMetrics: {
        parameters: {
            query?: {
                /** @description Whole minutes; 1m where it is absent */
                bucket?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description Only these; all where it is absent */
                metric?: ("periodS" | "pulseWidthS" | "separationS" | "dutyCycle" | "riseTimeS" | "fallTimeS" | "overshootPct" | "undershootPct" | "settlingTimeS" | "baseLevel" | "topLevel" | "mean" | "rms" | "min" | "max" | "peakToPeak" | "crestFactor" | "ripple" | "baseStd" | "topStd")[];
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
                /** @description UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same */
                unit?: string;
            };
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics by bucket */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CycleMetricsByBucket"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listHolds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The holds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        holds: components["schemas"]["RetentionHold"][];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    holdSamples: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    from: string;
                    to: string;
                    /** @description For ever where it is absent */
                    until?: string;
                };
            };
        };
        responses: {
            /** @description The hold */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionHold"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endHold: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                id: number;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It goes with the next run of retention */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSamples: {
        parameters: {
            query?: {
                /** @description Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page */
                cursor?: string;
                /** @description Start, inclusive: a date and time, `now`, or a duration before now as `-15m` */
                from?: string;
                /** @description Samples in one answer at most; in JSON 1000 where it is absent */
                limit?: number;
                /** @description How `points` are chosen: `minmax` (the default; from a rollup where one is fine enough), `m4` (four points at least), or `lttb` */
                method?: "minmax" | "m4" | "lttb";
                /** @description Downsample to this many points at most, extremes kept */
                points?: number;
                /** @description Only samples of these classes; repeat it for several */
                quality?: ("good" | "uncertain" | "bad")[];
                /** @description End, exclusive; now where it is absent */
                to?: string;
                /** @description IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC */
                tz?: string;
                /** @description UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same */
                unit?: string;
            };
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Samples */
            200: {
                headers: {
                    /** @description rel="next" where a page of a stream type ends early */
                    Link?: string;
                    /** @description Of `points` in a stream type: why not all that has landed is there, as in `partial` */
                    "Loadcycle-Partial"?: string;
                    /** @description Of a stream type: UCUM code that the values are in */
                    "Loadcycle-Unit"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Samples"];
                    "application/vnd.apache.arrow.stream": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correctUnit: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    how: "relabel" | "convert";
                    /** @description Where it is absent: as before, or `unknown` where the new unit does not measure that */
                    quantity?: string;
                    /** @description Of `relabel`: the sender goes on saying the unit before, and means the new one */
                    senderStays?: boolean;
                    /**
                     * @description UCUM code
                     * @example kV
                     */
                    unit: string;
                };
            };
        };
        responses: {
            /** @description The signal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was changed in the meantime */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSignalVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
                signal: string;
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Versions, oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: {
                            /**
                             * Format: date-time
                             * @description RFC 3339, UTC, microseconds
                             * @example 2026-11-24T10:00:00.000000Z
                             */
                            changedAt: string;
                            changedBy: string;
                            /**
                             * @description How its unit was corrected; null: it was not
                             * @enum {string|null}
                             */
                            correction: "relabel" | "convert" | null;
                            definition: components["schemas"]["SignalDefinition"];
                            version: number;
                        }[];
                    };
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validateMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageToValidate"];
            };
        };
        responses: {
            /** @description What would happen */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Inspection"];
                };
            };
            /** @description The request is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope or the grant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None of the accepted media types can be produced */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflicts with the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The media type is not understood */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well-formed, but it can not be used */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says when to come again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An engine behind the API is away; the request can be sent again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
