import { LoadcycleError } from './errors.ts';

/** Names of sites, devices and signals: lower-case letters, digits, `-` and `_`, 1 to 64 characters. */
export const NAME_PATTERN = /^[a-z0-9_-]{1,64}$/;

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

/** Text that PostgreSQL keeps: well-formed Unicode without NUL. */
export const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Where a signal stands: the site, the device on it, the signal of that device. */
export interface SignalPath {
  readonly site: string;
  readonly device: string;
  readonly signal: string;
}

export interface DevicePath {
  readonly site: string;
  readonly device: string;
}

/** `site/device/signal`: the key of the event log's records, so that one signal stays in one partition. */
export function signalKey(path: SignalPath): string {
  return `${path.site}/${path.device}/${path.signal}`;
}

/** The reverse of {@link signalKey}. Throws `name.invalid`. */
export function parseSignalKey(key: string): SignalPath {
  const [site, device, signal, ...rest] = key.split('/');
  if (rest.length > 0 || !isName(site ?? '') || !isName(device ?? '') || !isName(signal ?? '')) {
    throw new LoadcycleError('name.invalid', `"${key}" is not site/device/signal`);
  }
  return { site: site!, device: device!, signal: signal! };
}
