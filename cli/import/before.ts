/** What is looked at before the first row is sent: nothing goes out that would not stay, or would be refused as a whole. */
import { ApiError, dataOf, type LoadcycleClient } from '@loadcycle/client';
import { encodeBatch } from '@loadcycle/codecs';
import {
  type DevicePath,
  formatUs,
  isErrorCode,
  LoadcycleError,
  type SignalPath,
  samplesTopic,
} from '@loadcycle/contract';
import type { CsvFile } from '@loadcycle/csv/file';
import { durationUs } from '../times.ts';
import { FileBatches, type SignalBatch } from './file-batches.ts';
import type { ImportColumn } from './options.ts';

/** Refuses a file with rows that are older than the store keeps them: they would land, and be gone with the next look. */
export async function refuseOld(
  client: LoadcycleClient,
  { fromUs }: { readonly fromUs: number },
  file: string,
): Promise<void> {
  const { store } = dataOf(await client.GET('/v1/pipeline'));
  const keptS = store.rawRetentionS;
  if (keptS === null || fromUs >= Date.now() * 1000 - keptS * 1e6) return;
  throw new LoadcycleError(
    'request.unprocessable',
    `${file} begins at ${formatUs(fromUs)}, and the store keeps samples for ${days(keptS)} only`,
    {
      hint: `say --keep (--keep 20y): retention leaves this stretch alone; or --anyway: what is older is dropped again`,
    },
  );
}

/** Keeps the file's stretch from retention for each of its signals, before anything is sent; `until` null: for ever. */
export async function holdFor(
  client: LoadcycleClient,
  paths: readonly SignalPath[],
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  untilUs: number | null,
): Promise<void> {
  const body = {
    ...{ from: formatUs(fromUs), to: formatUs(toUs) },
    ...(untilUs === null ? {} : { until: formatUs(untilUs) }),
  };
  for (const path of paths) {
    const params = { path: { ...path } };
    await client.POST('/v1/sites/{site}/devices/{device}/signals/{signal}/holds', { params, body });
  }
}

/** `20y`, `400d`, or nothing for ever → the end, µs. */
export function keepUntil(text: string | true, nowUs: number): number | null {
  if (text === true || text === 'forever') return null;
  const years = /^(\d{1,4})y$/.exec(text)?.[1];
  return nowUs + (years === undefined ? durationUs('--keep', text) : Number(years) * 365.25 * 86_400e6);
}

const days = (s: number): string =>
  s >= 172_800 ? `${Math.floor(s / 86_400)} days` : `${Math.floor(s / 3600)} hours`;

/** The first batch of each column, as they are going to be sent. */
export async function firstBatches(
  csv: CsvFile,
  session: string,
  columns: readonly ImportColumn[],
): Promise<SignalBatch[]> {
  const batches = new FileBatches(session, columns);
  for await (const row of csv.rows(() => {})) {
    const full = batches.add(row);
    if (full.length > 0) return full;
  }
  return batches.take();
}

/**
 * Asks what would become of each signal's first batch, and throws the first refusal with its own code: a signal that is
 * never registered, or has another unit, leaves no dead letters behind, however often the import is repeated.
 */
export async function refuseRefused(
  client: LoadcycleClient,
  device: DevicePath,
  batches: readonly SignalBatch[],
): Promise<void> {
  for (const { signal, batch } of batches) {
    const body = {
      topic: samplesTopic({ ...device, signal }),
      payload: Buffer.from(encodeBatch(batch)).toString('base64'),
      encoding: 'base64' as const,
    };
    let result: {
      outcome: string;
      reason?: string | undefined;
      detail?: string | undefined;
      hint?: string | undefined;
    };
    try {
      result = dataOf(await client.POST('/v1/validate', { body }));
    } catch (error) {
      // who may not ask is told by landing
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return;
      throw error;
    }
    if (result.outcome !== 'dead-lettered') continue;
    const code = isErrorCode(result.reason ?? '')
      ? (result.reason as LoadcycleError['code'])
      : 'request.unprocessable';
    throw new LoadcycleError(
      code,
      `${device.site}/${device.device}/${signal} would be refused, and nothing was sent: ${result.detail} (${code})`,
      result.hint === undefined ? {} : { hint: result.hint },
    );
  }
}
