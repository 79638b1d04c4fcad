import type { SignalPath } from '@loadcycle/contract';
import { LoadcycleError } from '@loadcycle/contract';
import type { DecodeContext, DecodedBatch, RawMessage } from './context.ts';

export function decodeSenml(_m: RawMessage, _p: SignalPath, _c: DecodeContext): DecodedBatch[] {
  throw new LoadcycleError('senml.invalid', 'not here yet', { pointer: '' });
}
