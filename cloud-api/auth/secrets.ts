import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(
  scrypt as (p: string, s: Buffer, n: number, o: object, cb: (e: Error | null, k: Buffer) => void) => void,
);

/** OWASP's floor for scrypt: 2^15, 8, 3 would be 32 MiB three times over; secrets here are 256 random bits. */
const COST = { N: 16_384, r: 8, p: 1 } as const;
const BYTES = 32;

/** A secret that nobody has to remember: 256 bits. */
export const newSecret = (): string => randomBytes(BYTES).toString('base64url');

/** `scrypt$N$r$p$salt$hash`. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(secret, salt, BYTES, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

export async function secretMatches(secret: string, hash: string): Promise<boolean> {
  const [scheme, n, r, p, salt, key] = hash.split('$');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return false;
  const wanted = Buffer.from(key, 'base64url');
  const options = { N: Number(n), r: Number(r), p: Number(p) };
  const got = await derive(secret, Buffer.from(salt, 'base64url'), wanted.length, options);
  return timingSafeEqual(got, wanted);
}
