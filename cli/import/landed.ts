import { ApiError, dataOf, type LoadcycleClient } from '@loadcycle/client';
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

/**
 * Waits until landing has worked off the log up to where it ends now. Throws where that takes longer than `limitMs`
 * without a step forward.
 */
export async function waitForLanding(
  client: LoadcycleClient,
  limitMs: number,
  progress: (left: number) => void,
): Promise<void> {
  const look = async () => {
    const { log, consumers } = dataOf(await client.GET('/v1/pipeline'));
    const end = log.topics.find((t) => t.topic === LOG_TOPICS.samples)?.end ?? 0;
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
    } else if (performance.now() - movedAt > limitMs) {
      throw new Error(`landing stands still, ${goal - at} records behind; the log has the whole file`);
    }
  }
}
