/**
 * What the agent signs in with. It is read from its files at each connection, so that a certificate that was renewed or
 * a password that was changed is taken without a restart, and without a gap in what is sampled.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LoadcycleError, type Logger, type Settings } from '@loadcycle/contract';
import type { agentSettings } from './flags.ts';
import type { MqttLogin } from './link.ts';

type Files = Pick<
  Settings<typeof agentSettings>,
  | 'mqttUsername'
  | 'mqttPassword'
  | 'mqttUsernameFile'
  | 'mqttPasswordFile'
  | 'mqttCaFile'
  | 'mqttCertFile'
  | 'mqttKeyFile'
>;

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/**
 * Reads the files once, and again whenever the answer is called. What can not be read then, or does not belong together
 * (the one file is new, the other not yet), is said once, and what was good before stays. Throws `settings.invalid` at the first time.
 */
export function readLogin(files: Files, log: Logger): () => MqttLogin {
  let last = read(files);
  let trouble = '';
  let warnedOf = '';
  return () => {
    try {
      last = read(files);
      trouble = '';
    } catch (error) {
      const { message, code } = error as LoadcycleError;
      if (message !== trouble) log.warn({ code }, `${message}; going on with what was read before`);
      trouble = message;
    }
    if (last.cert !== undefined) {
      const { validTo } = new X509Certificate(last.cert);
      const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
      if (days < WARN_DAYS && warnedOf !== validTo) {
        log.warn(
          { validTo, days },
          'the certificate of this device ends soon: device:enrol --renew makes a new one',
        );
        warnedOf = validTo;
      }
    }
    return last;
  };
}

function read(f: Files): MqttLogin {
  const line = (flag: string, file: string | null): string | undefined =>
    file === null ? undefined : text(flag, file).trim();
  const pem = (flag: string, file: string | null): string | undefined =>
    file === null ? undefined : text(flag, file);
  const login = {
    username: f.mqttUsername ?? line('--mqtt-username-file', f.mqttUsernameFile),
    password: f.mqttPassword ?? line('--mqtt-password-file', f.mqttPasswordFile),
    ca: pem('--mqtt-ca-file', f.mqttCaFile),
    cert: pem('--mqtt-cert-file', f.mqttCertFile),
    key: pem('--mqtt-key-file', f.mqttKeyFile),
  };
  if (login.cert !== undefined && login.key !== undefined && !belongTogether(login.cert, login.key)) {
    throw new LoadcycleError(
      'settings.invalid',
      `${f.mqttCertFile} and ${f.mqttKeyFile}: not a certificate and its key`,
    );
  }
  return Object.fromEntries(Object.entries(login).filter(([, value]) => value !== undefined));
}

function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function text(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `${flag}: cannot read ${file}`, { cause });
  }
}
