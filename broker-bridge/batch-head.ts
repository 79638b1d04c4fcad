import { isUint8Array } from 'node:util/types';

export interface BatchHead {
  readonly session: string;
  readonly seq: number;
}

/** What `encodeBatch` writes first; 36 + 16 + a few characters. */
const HEAD =
  /^\s*\{\s*"session"\s*:\s*"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\s*,\s*"seq"\s*:\s*(\d{1,16})\s*[,}]/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEAD_BYTES = 96;

/**
 * Session and sequence number of a batch without parsing its values. A device that writes its fields in another
 * order costs a whole parse; a payload that has no such fields gives null (it gets no receipt).
 */
export function batchHead(payload: Uint8Array): BatchHead | null {
  if (!isUint8Array(payload)) return null;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const match = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES));
  if (match !== null) return checked(match[1], Number(match[2]));
  try {
    const message = JSON.parse(bytes.toString('utf8')) as { session?: unknown; seq?: unknown } | null;
    return checked(message?.session, message?.seq);
  } catch {
    return null;
  }
}

function checked(session: unknown, seq: unknown): BatchHead | null {
  if (typeof session !== 'string' || !UUID.test(session)) return null;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return null;
  return { session, seq };
}
