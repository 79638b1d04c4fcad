import type { BodySpec } from './endpoint.ts';
import { essence } from './media.ts';
import { Refusal } from './refusal.ts';

const DEFAULT_LIMIT = 1_048_576;

/** Reads a body up to its limit. Refuses with 413 as soon as it is passed. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = (): Refusal =>
    new Refusal('request.too-large', `the body may have ${limit} bytes at most`, {
      headers: { connection: 'close' },
    });
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of request.body) {
      size += piece.byteLength;
      if (size > limit) break;
      pieces.push(piece);
    }
  } catch (cause) {
    // the sender is gone: nobody reads this, but it is not our failure
    throw new Refusal('request.invalid', 'the body ended early', { cause });
  }
  if (size > limit) throw tooLarge();
  return Buffer.concat(pieces);
}

/** Deeper than anything here is meant to be; what walks a value by recursion can rely on it. */
const MAX_DEPTH = 64;

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Walks a value level by level: what is wrong with it, whatever its schema; null: nothing. */
function faultOf(value: unknown, anyText: boolean): string | null {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const v of level) {
      if (typeof v === 'string' && !anyText && !isStorable(v))
        return 'text holds U+0000 or half a surrogate pair';
      if (typeof v !== 'object' || v === null) continue;
      if (depth === MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
      const names = Array.isArray(v) ? [] : Object.keys(v);
      if (!anyText && !names.every(isStorable)) return 'a name holds U+0000 or half a surrogate pair';
      for (const inner of Array.isArray(v) ? v : Object.values(v)) {
        if (typeof inner === 'string' || (typeof inner === 'object' && inner !== null)) next.push(inner);
      }
    }
    level = next;
  }
  return null;
}

/**
 * The body as its schema will take it: parsed JSON, or text for other types; undefined where it is absent and may
 * be. Refuses with 400 (not UTF-8, not JSON), 413, 415, 422 (nested too deep, text that nothing can keep).
 */
export async function readBody(
  request: Request,
  spec: BodySpec<unknown>,
): Promise<{ value: unknown; bytes: Uint8Array; type: string }> {
  const codings = ['content-encoding', 'transfer-encoding'].flatMap((name) =>
    (request.headers.get(name) ?? '')
      .toLowerCase()
      .split(',')
      .map((coding) => coding.trim()),
  );
  if (codings.some((coding) => !['', 'identity', 'chunked'].includes(coding))) {
    // never unpacked here: a small body can not become a large one
    throw new Refusal('request.unsupported-media-type', `send the body without Content-Encoding`, {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const bytes = await readBytes(request, spec.limitBytes ?? DEFAULT_LIMIT);
  const header = request.headers.get('content-type') ?? undefined;
  const type = essence(header);
  if (bytes.byteLength === 0 && spec.optional === true) return { value: undefined, bytes, type };
  const json = /^application\/(?:[a-z0-9.+-]+\+)?json$/;
  const known = spec.types.includes(type);
  if (!known) {
    throw new Refusal('request.unsupported-media-type', `send ${spec.types.join(' or ')}`, {
      headers: { accept: spec.types.join(', ') },
    });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('request.invalid', 'the body is not UTF-8', { cause });
  }
  if (!json.test(type)) return { value: spec.read === undefined ? text : spec.read(text), bytes, type };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('request.invalid', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
  const fault = faultOf(value, spec.anyText === true);
  if (fault !== null) throw new Refusal('request.unprocessable', `the body can not be used: ${fault}`);
  return { value, bytes, type };
}
