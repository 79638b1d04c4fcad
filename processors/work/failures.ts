import { LoadcycleError } from '@loadcycle/contract';
import { sqlState } from '@loadcycle/database/errors';

/**
 * Whose failure a failed group of records may be:
 * - `data`: a value or a constraint that the store refuses. It is one of the records, and no retry will help;
 * - `environment`: rights, schema, disk, settings, the log, the broker. Never a record's: it stands or passes by itself;
 * - `suspect`: anything else (a time-out, a store that died, no memory, a defect of ours). A record's where it fails
 *   alone while the store is well, the store's where it is not; only a probe tells them apart.
 */
export type Blame = 'data' | 'environment' | 'suspect';

/** 28 authorisation, 3D and 3F no such database or schema, 42 no such table or no right, 25006 a standby, 53100 disk full, 53300 too many connections. */
const ENVIRONMENT_STATES = /^(28|3D|3F|42|25006|53100|53300)/;
const ENVIRONMENT_CODES =
  /^(log|landing|broker|settings|folder|port|outbox)\.|^store\.(disk-full|forbidden|schema)$/;

export function blameFor(error: unknown): Blame {
  if (isDataError(error)) return 'data';
  const state = sqlState(error);
  if (state !== null) return ENVIRONMENT_STATES.test(state) ? 'environment' : 'suspect';
  if (error instanceof LoadcycleError && ENVIRONMENT_CODES.test(error.code)) return 'environment';
  return 'suspect';
}

/** A value or a constraint that the store refuses: no retry will help. */
function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && (state.startsWith('22') || state === '23502' || state === '23514');
}

/** Thrown by `prepare`: nothing is wrong, but the records are more than one transaction should bear. They are halved. */
export class GroupTooLarge extends Error {}
