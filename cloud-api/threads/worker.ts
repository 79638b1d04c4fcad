import { LoadcycleError } from '@loadcycle/contract';
import Tinypool from 'tinypool';
import { Refusal } from '../http/refusal.ts';
import { TASKS, type Task } from './tasks.ts';
import type { Answer } from './threads.ts';

/** What runs in each thread: one task after the other. Bytes go back without a copy. */
export default function run({ name, input }: Task): Answer | Uint8Array {
  let value: unknown;
  try {
    value = TASKS[name](input as never);
  } catch (error) {
    if (!(error instanceof LoadcycleError)) throw error;
    const { code, message: detail, hint } = error;
    const errors = error instanceof Refusal ? error.errors : undefined;
    return {
      refused: {
        code,
        detail,
        ...(hint === undefined ? {} : { hint }),
        ...(errors === undefined ? {} : { errors }),
      },
    };
  }
  return value instanceof Uint8Array ? (Tinypool.move(value) as Uint8Array) : { value };
}
