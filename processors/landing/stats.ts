import { Counter, Gauge, type Registry } from '@loadcycle/service';
import type { LedgerOutcome } from './ledger.ts';
import type { Landing } from './prepare.ts';

/** What this landing worker has done since its start. */
export interface LandingStats {
  /** log records of which the work is committed */
  readonly records: number;
  readonly batches: number;
  readonly rows: number;
  readonly duplicates: number;
  readonly deadLettered: number;
  readonly transactions: number;
  /** CPU time of decoding, validation and encoding, ms */
  readonly busyMs: number;
  /** ms since the epoch; null before the first */
  readonly lastCommitMs: number | null;
}

export class LandingCounters implements LandingStats {
  records = 0;
  batches = 0;
  rows = 0;
  duplicates = 0;
  deadLettered = 0;
  transactions = 0;
  busyMs = 0;
  lastCommitMs: number | null = null;
  readonly #metrics: ReturnType<typeof metricsOf> | null;

  constructor(registry?: Registry) {
    this.#metrics = registry === undefined ? null : metricsOf(registry);
  }

  count(landing: Landing, { landed, duplicates, conflicts }: LedgerOutcome): void {
    const { letters } = landing;
    let good = 0;
    let uncertain = 0;
    let bad = 0;
    for (const e of landed) {
      good += e.good;
      uncertain += e.uncertain;
      bad += e.bad;
    }
    this.records += landing.records;
    this.batches += landed.length;
    this.rows += good + uncertain + bad;
    this.duplicates += duplicates.length;
    this.deadLettered += letters.length + conflicts.length;
    this.transactions++;
    this.lastCommitMs = Date.now();
    const m = this.#metrics;
    if (m === null) return;
    m.batches.inc({ outcome: 'landed' }, landed.length);
    m.batches.inc({ outcome: 'duplicate' }, duplicates.length);
    m.batches.inc({ outcome: 'dead-lettered' }, letters.length + conflicts.length);
    m.samples.inc({ quality: 'good' }, good);
    m.samples.inc({ quality: 'uncertain' }, uncertain);
    m.samples.inc({ quality: 'bad' }, bad);
    for (const { error } of [...letters, ...conflicts]) m.deadLetters.inc({ reason: error.code });
    m.transactions.inc();
    m.lastCommit.set(this.lastCommitMs / 1000);
  }

  snapshot(): LandingStats {
    const { records, batches, rows, duplicates, deadLettered, transactions, busyMs, lastCommitMs } = this;
    return { records, batches, rows, duplicates, deadLettered, transactions, busyMs, lastCommitMs };
  }
}

function metricsOf(registry: Registry) {
  const registers = [registry];
  return {
    batches: new Counter({
      name: 'loadcycle_landing_batches_total',
      help: 'Batches received, by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
    samples: new Counter({
      name: 'loadcycle_landing_samples_total',
      help: 'Samples landed, by class of quality',
      labelNames: ['quality'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'loadcycle_landing_dead_letters_total',
      help: 'Messages sent to quarantine, by reason',
      labelNames: ['reason'],
      registers,
    }),
    transactions: new Counter({
      name: 'loadcycle_landing_transactions_total',
      help: 'Transactions committed by landing',
      registers,
    }),
    lastCommit: new Gauge({
      name: 'loadcycle_landing_last_commit_seconds',
      help: 'When landing committed last, seconds since the epoch',
      registers,
    }),
  };
}
