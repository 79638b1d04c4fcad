import { DeviceStatus, LoadcycleError, STATUS_LIMITS } from '@loadcycle/contract';
import type { z } from 'zod';
import { readJson } from './strict-json.ts';

/**
 * Payload of a status → what this version knows of it; fields that it does not know are left out. Throws what
 * `readJson` throws, and `message.invalid-field` with a pointer to the first place that is wrong.
 */
export function readStatus(payload: Uint8Array): DeviceStatus {
  return parsedAs(DeviceStatus, payload);
}

/** A small JSON message → its schema's fields, and nothing else of it. Throws poison. */
export function parsedAs<T>(schema: z.ZodType<T>, payload: Uint8Array): T {
  const parsed = schema.safeParse(readJson(payload, STATUS_LIMITS));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const pointer = issue.path.map((part) => `/${String(part)}`).join('');
  throw new LoadcycleError('message.invalid-field', issue.message, { pointer });
}
