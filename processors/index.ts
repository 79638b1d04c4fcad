/**
 * processors: what becomes of the log's records. The mathematics is pure, the workers around it do the I/O.
 *
 * Pure: `validation/` (what each sample is worth), `cycles/` (samples → cycles),
 * `anomalies/detector.ts` (cycles → what is out of line), `catalogue/` (definitions as files).
 * Workers, each a program (`main.ts`) and a function: `landing/` (records → rows), `cycles-worker/` (records → cycles
 * and anomalies), `notify/` (anomalies → MQTT, webhooks and e-mail). What they share stands in `work/`: one group of records is
 * one transaction with the consumer's offsets in it, which name the value that they expect.
 * For the API: `completeness/` (what is there and what is not), `jobs.ts` (ranges cut or judged again), `replay.ts`
 * (the way out of quarantine).
 */
export * from './completeness/index.ts';
export * from './jobs.ts';
export * from './replay.ts';
