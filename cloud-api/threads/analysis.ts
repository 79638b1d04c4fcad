import { formatUs, parseTimeUs, UcumCode } from '@loadcycle/contract';
import { CYCLE_METRICS, type Cycle, unitOf } from '@loadcycle/contract/cycle';
import { type CycleSettings, CycleSettingsSchema } from '@loadcycle/contract/cycle-settings';
import {
  type Boundaries,
  cutUnfinished,
  measure,
  type OpenCycle,
  type SampleChunk,
} from '@loadcycle/processors/cycles/index';
import { z } from 'zod';
import { checked, unprocessable } from '../http/check.ts';
import { type JsonLimits, parseJson } from '../http/json-body.ts';
import { CSV } from '../http/media.ts';
import { METRIC_NAMES } from '../retrieval/cycle-sql.ts';
import { openRow } from '../retrieval/open-cycle.ts';
import { ANALYSIS_LIMITS } from './analysis-limits.ts';
import { readCsv } from './samples-csv.ts';

export interface AnalysisInput {
  readonly bytes: Uint8Array;
  /** media type of the bytes */
  readonly type: string;
  /** media type of the answer */
  readonly accept: string;
}

const LARGEST_US = 9e15;

/** What a body holds besides its long arrays, which are checked by plain loops: a schema makes a copy of each. */
const head = {
  t0: z.int().min(0).max(LARGEST_US),
  dt: z.int().min(1).max(86_400_000_000).optional(),
  unit: UcumCode.optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  values: z.unknown(),
  offsets: z.unknown().optional(),
};
const CyclesBody = z.strictObject({ ...head, includeOpen: z.boolean().optional() });
const MetricsBody = z.strictObject({ ...head, boundaries: z.unknown() });
const Boundary = z.strictObject({
  startedAt: z.union([z.int().min(0).max(LARGEST_US), z.string().max(64)]),
  offsetAt: z.union([z.int().min(0).max(LARGEST_US), z.string().max(64)]).nullish(),
  endedAt: z.union([z.int().min(0).max(LARGEST_US), z.string().max(64)]),
});

const { samples: MOST, boundaries: MOST_BOUNDARIES } = ANALYSIS_LIMITS;
/** values and offsets, and the rest: counted before anything is parsed */
const CYCLES_JSON: JsonLimits = { values: 2 * MOST + 1000, members: 500, strings: 1000 };
const METRICS_JSON: JsonLimits = {
  values: 2 * MOST + 4 * MOST_BOUNDARIES + 1000,
  members: 3 * MOST_BOUNDARIES + 500,
  strings: 6 * MOST_BOUNDARIES + 1000,
};

/** The cycles of what was sent, as the bytes of an answer. */
export function analyseCycles({ bytes, type, accept }: AnalysisInput): Uint8Array {
  const body = type === CSV ? readCsv(bytes) : checked(CyclesBody, parseJson(bytes, CYCLES_JSON, true));
  const settings = settingsOf(body.settings);
  const { cycles, segmenter } = cutUnfinished(chunkOf(body), settings);
  const all = cycles.concat(segmenter.flush());
  return answer(accept, body.unit ?? '1', all, body.includeOpen === true ? segmenter.openCycle : undefined);
}

/** The metrics between the boundaries that were sent. */
export function analyseMetrics({ bytes, accept }: AnalysisInput): Uint8Array {
  const body = checked(MetricsBody, parseJson(bytes, METRICS_JSON, true));
  const settings = settingsOf(body.settings);
  const boundaries = boundariesOf(body.boundaries);
  const chunk = chunkOf(body);
  demandApart(chunk, boundaries);
  try {
    return answer(accept, body.unit ?? '1', measure(chunk, boundaries, settings));
  } catch (error) {
    if (error instanceof RangeError) throw unprocessable('/boundaries', error.message);
    throw error;
  }
}

interface Samples {
  readonly t0: number;
  readonly dt?: number | undefined;
  readonly values?: unknown;
  readonly offsets?: unknown;
}

function arrayOf(value: unknown, pointer: string, most: number, least = 0): readonly unknown[] {
  if (!Array.isArray(value)) throw unprocessable(pointer, 'an array');
  if (value.length < least || value.length > most)
    throw unprocessable(pointer, `from ${least} to ${most} elements`);
  return value;
}

function chunkOf({ t0, dt, offsets: o, values: v }: Samples): SampleChunk {
  if ((dt === undefined) === (o === undefined)) throw unprocessable('/dt', 'exactly one of dt and offsets');
  const given = arrayOf(v, '/values', MOST, 1);
  const values = new Float64Array(given.length);
  for (let i = 0; i < given.length; i++) {
    const value = given[i];
    if (value === null) values[i] = Number.NaN;
    else if (typeof value === 'number' && Number.isFinite(value)) values[i] = value;
    else throw unprocessable(`/values/${i}`, 'a number, or null where it is missing');
  }
  const offsetsUs = o === undefined ? null : arrayOf(o, '/offsets', MOST);
  if (offsetsUs === null) return { t0Us: t0, dtUs: dt!, offsetsUs: null, values };
  if (offsetsUs.length !== given.length) throw unprocessable('/offsets', 'as many as values');
  for (let i = 0; i < offsetsUs.length; i++) {
    const at = offsetsUs[i];
    if (!Number.isSafeInteger(at) || (at as number) < 0 || (at as number) > LARGEST_US)
      throw unprocessable(`/offsets/${i}`, 'whole µs from t0');
    if (i > 0 && (at as number) <= (offsetsUs[i - 1] as number))
      throw unprocessable(`/offsets/${i}`, 'offsets must ascend');
  }
  return { t0Us: t0, dtUs: null, offsetsUs: offsetsUs as readonly number[], values };
}

function settingsOf(input: Record<string, unknown> | undefined): CycleSettings {
  return checked(CycleSettingsSchema, input ?? {}, '/settings');
}

function boundariesOf(input: unknown): Boundaries[] {
  return arrayOf(input, '/boundaries', MOST_BOUNDARIES).map((x, i) => {
    const pointer = `/boundaries/${i}`;
    const b = checked(Boundary, x, pointer);
    return {
      startedAtUs: timeOf(b.startedAt, `${pointer}/startedAt`),
      offsetAtUs:
        b.offsetAt === null || b.offsetAt === undefined ? null : timeOf(b.offsetAt, `${pointer}/offsetAt`),
      endedAtUs: timeOf(b.endedAt, `${pointer}/endedAt`),
    };
  });
}

/** Samples are looked at once for each cycle that spans them. */
const MOST_OVERLAP = 8;

function demandApart(
  { t0Us, dtUs, offsetsUs, values }: SampleChunk,
  boundaries: readonly Boundaries[],
): void {
  const lastUs = t0Us + (dtUs === null ? (offsetsUs?.[values.length - 1] ?? 0) : (values.length - 1) * dtUs);
  const spans = boundaries.map((b) => Math.min(b.endedAtUs, lastUs) - Math.max(b.startedAtUs, t0Us));
  const us = spans.reduce((sum, span) => sum + Math.max(0, span), 0);
  if (us > MOST_OVERLAP * Math.max(1, lastUs - t0Us)) throw unprocessable('/boundaries', 'overlap too much');
}

function timeOf(t: number | string, pointer: string): number {
  if (typeof t === 'number') return t;
  try {
    return parseTimeUs(t);
  } catch {
    throw unprocessable(pointer, 'no date and time');
  }
}

const answerOf = ({ startedAtUs, endedAtUs, offsetAtUs, complete, ...metrics }: Cycle) => ({
  startedAt: formatUs(startedAtUs),
  endedAt: formatUs(endedAtUs),
  offsetAt: offsetAtUs === null ? null : formatUs(offsetAtUs),
  complete,
  ...metrics,
});

/** Cycles encoded at once, so that their text is never in memory as a whole beside its bytes. */
const PIECE = 1000;

/** `open`: the cycle under way, null where there is none; undefined where it was not asked for. */
function answer(accept: string, unit: string, cycles: readonly Cycle[], open?: OpenCycle | null): Uint8Array {
  if (cycles.length > MOST_BOUNDARIES)
    throw unprocessable('', `more than ${MOST_BOUNDARIES} cycles: send a shorter stretch, or set minPeriodS`);
  const csv = accept === CSV;
  const columns = ['startedAt', 'endedAt', 'offsetAt', 'complete', ...METRIC_NAMES];
  const units = Object.fromEntries(CYCLE_METRICS.map((m) => [m.name, unitOf(m, unit)]));
  const lineOf = (c: Cycle): string => {
    const shown: Record<string, unknown> = answerOf(c);
    return csv ? `${columns.map((name) => shown[name] ?? '').join(',')}\n` : JSON.stringify(shown);
  };
  const pieces = [
    Buffer.from(csv ? `${columns.join(',')}\n` : `{"units":${JSON.stringify(units)},"cycles":[`),
  ];
  for (let i = 0; i < cycles.length; i += PIECE) {
    const text = cycles
      .slice(i, i + PIECE)
      .map(lineOf)
      .join(csv ? '' : ',');
    pieces.push(Buffer.from(csv || i === 0 ? text : `,${text}`));
  }
  if (!csv) {
    const last = open === undefined ? '' : `,"open":${JSON.stringify(open === null ? null : openRow(open))}`;
    pieces.push(Buffer.from(`]${last}}`));
  }
  // memory of its own, which can be handed over
  const bytes = new Uint8Array(pieces.reduce((n, p) => n + p.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
