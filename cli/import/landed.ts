import { ApiError, dataOf, type LoadcycleClient, UnreachableError } from '@loadcycle/client';
import { formatUs, LOG_TOPICS, type SignalPath } from '@loadcycle/contract';

/** What the store's accounts say of a signal, over the whole time of the file and over the time of the import. */
export interface Accounts {
  /** samples of the file's time range */
  readonly samples: number;
  /** batches that came over the wire while the import ran */
  readonly received: number;
  readonly duplicates: number;
  readonly deadLettered: number;
}

const NONE: Accounts = { samples: 0, received: 0, duplicates: 0, deadLettered: 0 };

export interface AccountsRange {
  readonly fromUs: number;
  readonly toUs: number;
  /** when the import began */
  readonly sinceUs: number;
}

/** Where an API that goes away in the middle of an import is waited for. */
export interface Patience {
  readonly patienceMs: number;
  /** told that it is away */
  readonly away: () => void;
}

/** Asks again while the API is away, for as long as patience lasts. */
export async function onceThere<T>({ patienceMs, away }: Patience, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const gone = error instanceof UnreachableError || (error instanceof ApiError && error.status >= 502);
      if (!gone || performance.now() > end) throw error;
      away();
      await new Promise((resolve) => setTimeout(resolve, AWAY_POLL_MS));
    }
  }
}

const AWAY_POLL_MS = 1_000;

/** A signal that is not there has nothing. */
export async function accountsOf(
  client: LoadcycleClient,
  path: SignalPath,
  range: AccountsRange,
): Promise<Accounts> {
  const between = async (fromUs: number, toUs: number) =>
    dataOf(
      await client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/completeness', {
        params: { path: { ...path }, query: { from: formatUs(fromUs), to: formatUs(toUs) } },
      }),
    );
  try {
    const { total } = await between(range.fromUs, range.toUs);
    const { receipts } = await between(range.sinceUs, Date.now() * 1000 + 1_000_000);
    const { received, duplicates, deadLettered } = receipts;
    return { samples: total.landed, received, duplicates, deadLettered };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return NONE;
    throw error;
  }
}

export const difference = (after: Accounts, before: Accounts): Accounts => ({
  samples: after.samples - before.samples,
  received: after.received - before.received,
  duplicates: after.duplicates - before.duplicates,
  deadLettered: after.deadLettered - before.deadLettered,
});

const POLL_MS = 250;

/** Batches of this import. */
export interface OwnBatches {
  readonly sent: number;
  /** how many of them landing has taken, duplicates and dead letters included */
  readonly received: () => Promise<number>;
}

/**
 * Waits until landing has worked off the log up to where it ends now. Throws where that takes longer than its patience
 * without a step forward, or where the API stays away for as long.
 */
export async function waitForLanding(
  client: LoadcycleClient,
  patience: Patience,
  progress: (left: number) => void,
  own: OwnBatches,
): Promise<void> {
  const look = async () => {
    const { log, consumers } = dataOf(await onceThere(patience, () => client.GET('/v1/pipeline')));
    const topic = log.topics.find((t) => t.topic === LOG_TOPICS.samples);
    // who is not told how far the whole log has come counts its own batches
    if (topic === undefined) return { end: own.sent, at: await own.received() };
    const { end } = topic;
    const lag = consumers.find((c) => c.consumer === 'landing' && c.topic === LOG_TOPICS.samples)?.lag ?? end;
    return { end, at: end - lag };
  };
  const { end: goal, at: begun } = await look();
  let best = begun;
  let movedAt = performance.now();
  for (let at = begun; at < goal; ) {
    progress(goal - at);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    at = (await look()).at;
    if (at > best) {
      best = at;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > patience.patienceMs) {
      throw new Error(`landing stands still, ${goal - at} records behind; the log has the whole file`);
    }
  }
}
