import {
  ERROR_CODES,
  type ErrorCode,
  HEADERS,
  LOG_TOPICS,
  LoadcycleError,
  parseTopic,
} from '@loadcycle/contract';
import type { Transaction } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Catalogue } from '../work/catalogue.ts';
import type { LogWork } from '../work/log-worker.ts';
import { AccountDelta } from './accounts.ts';
import { insertLetters, type Letter } from './letters.ts';
import { probeLanding } from './probe.ts';
import { LANDING_LETTERS } from './settings.ts';

/**
 * `loadcycle.dead-letters` → `dead_letter`: what the bridge could not put on its way (no topic of ours, too large), so
 * that one quarantine holds everything. Landing's own letters, which came from the store, carry their `origin`.
 */
export class BridgeLetterWork implements LogWork<readonly Letter[]> {
  readonly name = LANDING_LETTERS;
  readonly topics = [LOG_TOPICS.deadLetters];
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  poll() {
    return { maxBytes: 4_194_304, maxRecords: 500, gatherMs: 50, waitMs: 1_000 };
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<readonly Letter[]> {
    // a letter that cannot be kept as it is: its place and why are
    const letters = [...rejected].map(([record, error]) => emptied(record, error));
    const foreign = records.filter((r) => !rejected.has(r) && r.headers[HEADERS.origin] === undefined);
    if (foreign.length === 0) return letters;
    await this.#catalogue.refresh();
    const kept = foreign.map((record) => ({
      record,
      error: errorOf(record),
      signalId: this.#signalOf(record),
    }));
    return [...letters, ...kept];
  }

  probe(tx: Transaction): Promise<void> {
    return probeLanding(tx);
  }

  async apply(tx: Transaction, letters: readonly Letter[]): Promise<undefined> {
    await insertLetters(tx, letters);
    await AccountDelta.ofLetters(letters).write(tx, new Map());
    return undefined;
  }

  #signalOf({ headers }: LogRecord): number {
    const topic = parseTopic(headers[HEADERS.mqttTopic] ?? '');
    return topic?.kind === 'samples' ? (this.#catalogue.get(topic)?.id ?? 0) : 0;
  }
}

function emptied(record: LogRecord, error: LoadcycleError): Letter {
  return { record: { ...record, key: '', value: new Uint8Array(0), headers: {} }, error, signalId: 0 };
}

function errorOf({ headers }: LogRecord): LoadcycleError {
  const reason = headers[HEADERS.reason] ?? '';
  const known = Object.hasOwn(ERROR_CODES, reason);
  const code = known ? (reason as ErrorCode) : 'message.store-rejected';
  return new LoadcycleError(code, headers[HEADERS.detail] ?? reason, {
    pointer: headers[HEADERS.pointer] ?? '',
  });
}
