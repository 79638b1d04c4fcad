import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { LoadcycleError } from '@loadcycle/contract';

/** Keys that were derived, by secret and salt: that takes tens of milliseconds on purpose, in which a process does nothing else. */
const keys = new Map<string, Buffer>();
const MOST_KEYS = 500;
/** One for all that this process seals: what differs from text to text is the nonce. */
const OWN_SALT = randomBytes(16);

function keyOf(secret: string, salt: Buffer): Buffer {
  const name = createHash('sha256').update(salt).update(secret).digest('base64');
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = scryptSync(secret, salt, 32);
  if (keys.size >= MOST_KEYS) keys.delete(keys.keys().next().value!);
  keys.set(name, key);
  return key;
}

/**
 * A text as the store may keep it: AES-256-GCM under a secret of the deployment (`sealed.salt.iv.tag.text`); without one it stands
 * there as it is.
 */
export function seal(text: string, secret: string | null): string {
  if (secret === null) return text;
  const salt = OWN_SALT;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, salt), iv);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `sealed.${[salt, iv, cipher.getAuthTag(), body].map((b) => b.toString('base64url')).join('.')}`;
}

/** The reverse of {@link seal}. `what` is sealed, for the text of `settings.invalid` where the secret does not open it. */
export function unseal(text: string, secret: string | null, what = 'the signing keys'): string {
  if (!text.startsWith('sealed.')) return text;
  if (secret === null) {
    throw new LoadcycleError('settings.invalid', `${what} are sealed: the key secret is missing`);
  }
  const [salt, iv, tag, body] = text
    .slice(7)
    .split('.')
    .map((p) => Buffer.from(p, 'base64url')) as [Buffer, Buffer, Buffer, Buffer];
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, salt), iv);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `the key secret does not open ${what}`, { cause });
  }
}
