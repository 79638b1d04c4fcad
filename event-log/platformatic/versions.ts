import { LoadcycleError } from '@loadcycle/contract';
import { FETCH, FIRST_VERSION } from './raw-fetch.ts';

/** Throws where the broker does not answer a fetch as this client asks (topics by id): it is older than Kafka 3.1. */
export function refuseOld(apis: readonly { readonly apiKey: number; readonly maxVersion: number }[]): void {
  const newest = apis.find((api) => api.apiKey === FETCH)?.maxVersion ?? 0;
  if (newest >= FIRST_VERSION) return;
  throw new LoadcycleError(
    'log.unavailable',
    `this Kafka is too old for the client platformatic: it answers Fetch up to version ${newest}, not ${FIRST_VERSION}`,
    { hint: 'take Kafka 3.1 or later' },
  );
}
