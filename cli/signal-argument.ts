import { parseSignalKey, type SignalPath } from '@loadcycle/contract';
import { UsageError } from './exit-codes.ts';

/** `site/device/signal` of the command line. */
export function signalOf(text: string): SignalPath {
  try {
    return parseSignalKey(text);
  } catch {
    throw new UsageError(
      `"${text}" is no signal`,
      'write it as site/device/signal: plant1/motor1/motor-voltage',
    );
  }
}

export const SIGNAL = ['<signal>', 'site/device/signal'] as const;

export const keyOf = (p: SignalPath): string => `${p.site}/${p.device}/${p.signal}`;
export const urlOf = (p: SignalPath): string => `/v1/sites/${p.site}/devices/${p.device}/signals/${p.signal}`;
