import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { LoadcycleError } from '@loadcycle/contract';

const keyOf = (secret: string, salt: Buffer): Buffer => scryptSync(secret, salt, 32);

/**
 * A text as the store may keep it: AES-256-GCM under a secret of the deployment (`sealed.salt.iv.tag.text`); without one it stands
 * there as it is. Takes tens of milliseconds, on purpose.
 */
export function seal(text: string, secret: string | null): string {
  if (secret === null) return text;
  const salt = randomBytes(16);
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
