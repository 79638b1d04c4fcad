/**
 * `npm run bench`: each figure beside its limit or its peer in the same run. Parts run one after another, each in a
 * process of its own; `npm run bench -- landing cycles` runs some. `LOADCYCLE_TEST_DATABASE_URL` adds a native store.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

interface Part {
  readonly file: string;
  readonly what: string;
}

const PARTS: Record<string, Part> = {
  validate: { file: 'validate/validate.ts', what: 'decode and validate, on one core' },
  cycles: { file: 'cycles/speed.ts', what: 'segmenter and metrics, on one core' },
  anomalies: {
    file: 'anomalies/faults.ts',
    what: 'generated faults: missed, delay, false alarms a signal-day',
  },
  rules: { file: 'anomalies/rules.ts', what: 'robust rules on generated faults, and what rules cost' },
  machines: {
    file: 'cycles/machines.ts',
    what: 'cycles found and invented in recordings like those of machines',
  },
  accuracy: { file: 'cycles/accuracy.ts', what: 'segmentation against the best possible' },
  log: { file: 'log/log.ts', what: 'event log: append and consume, adapters side by side' },
  landing: { file: 'landing/landing.ts', what: 'log records to rows, beside a bare binary COPY' },
  pipeline: { file: 'pipeline/embedded.ts', what: 'the whole embedded system, agent to queryable row' },
  backfill: { file: 'rollups/backfill.ts', what: 'a day of history beside a live signal: when it shows' },
  completeness: { file: 'rollups/completeness.ts', what: 'the accounts of a day and of a year' },
  store: { file: 'store/main.ts', what: '20 million rows: memory and write-ahead log' },
  bridge: { file: 'bridge/bridge.ts', what: 'one sample a message, beside what the broker alone passes' },
  outage: {
    file: 'bridge/outage.ts',
    what: 'what the broker holds while the bridge is away, and its memory',
  },
  cloud: { file: 'cloud/cloud.ts', what: 'MQTT to Kafka to queryable row, on real engines' },
  backlog: {
    file: 'backlog/backlog.ts',
    what: 'memory of landing and cycles while a backlog drains, against 400 MB',
  },
  agent: { file: 'agent/memory.ts', what: 'memory of the edge agent, with a day’s outbox on disk' },
  api: { file: 'api/api.ts', what: 'the dashboard’s queries and exports' },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0 || asked.includes('--help')) {
  console.error(`usage: npm run bench -- [${Object.keys(PARTS).join('|')} …]`);
  process.exit(2);
}
let failed = false;
for (const [name, { file, what }] of Object.entries(PARTS)) {
  const path = join(import.meta.dirname, file);
  if ((asked.length > 0 && !asked.includes(name)) || !existsSync(path)) continue;
  console.log(`\n── ${name}: ${what}`);
  failed = spawnSync(process.execPath, [path], { stdio: 'inherit' }).status !== 0 || failed;
}
process.exitCode = failed ? 1 : 0;
