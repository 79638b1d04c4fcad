import type { BodyBudget } from './body-budget.ts';
import type { BodySpec, RawBody } from './endpoint.ts';
import { parseJson, SMALL, textOf } from './json-body.ts';
import { essence } from './media.ts';
import { Refusal } from './refusal.ts';

const DEFAULT_LIMIT = 1_048_576;

/**
 * Reads a body up to its limit. Refuses with 413 as soon as it is passed, and with 503 where all bodies that are in
 * memory just now are too much together.
 */
async function readBytes(request: Request, limit: number, budget: BodyBudget): Promise<Uint8Array> {
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
      budget.take(piece.byteLength);
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    // the sender is gone: nobody reads this, but it is not our failure
    throw new Refusal('request.invalid', 'the body ended early', { cause });
  }
  if (size > limit) throw tooLarge();
  // memory of its own, which a thread can be given
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/**
 * The body as its schema will take it: parsed JSON, or text for other types; undefined where it is absent and may
 * be; its bytes where a thread is to read it. Refuses with 400 (not UTF-8, not JSON), 413, 415, 422 (too much in it,
 * nested too deep, text that nothing can keep) and 503 (too many bodies at once).
 */
export async function readBody(
  request: Request,
  spec: BodySpec<unknown>,
  budget: BodyBudget,
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
  const bytes = await readBytes(request, spec.limitBytes ?? DEFAULT_LIMIT, budget);
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
  if (spec.raw === true) return { value: { bytes, type } satisfies RawBody, bytes, type };
  if (json.test(type)) return { value: parseJson(bytes, SMALL, spec.anyText), bytes, type };
  return { value: textOf(bytes), bytes, type };
}
