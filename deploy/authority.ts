import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import { withFileLock } from '@loadcycle/service/file-lock';
import { PRIVATE_FOLDER, replaceFile } from '@loadcycle/service/files';
import { certify, newKey, selfSigned, serialOf, type Usage, withdraw, withdrawnIn } from './certificates.ts';

export interface CertificateRequest {
  /** common name; a device's is `site/device`. X.509 allows 64 characters. */
  readonly name: string;
  readonly usage: Usage;
  /** `DNS:broker`, `IP:127.0.0.1` */
  readonly altNames?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter: Date;
}

export interface Issued {
  /** PEM: the private key (PKCS 8, P-256) and the certificate */
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const COMMON_NAME_MAX = 64;
/** for whoever's clock is a little behind */
const CLOCK_MS = 60_000;
const READABLE = 0o644;

/** Opens the authority in `folder`, made at the first time. */
export function openAuthority(folder: string): Authority {
  const authority = new Authority(resolve(folder));
  authority.found();
  return authority;
}

/**
 * The deployment's own certificate authority: a folder with its key (`ca.key`), its certificate, the list of what was
 * withdrawn (`ca.crl`), and in `issued/` a file for each certificate, named by its serial number, which is random. So
 * any number of processes may issue at once; what has one file for all is changed under a lock.
 */
export class Authority {
  readonly folder: string;
  readonly certFile: string;
  readonly crlFile: string;

  constructor(folder: string) {
    this.folder = folder;
    this.certFile = join(folder, 'ca.crt');
    this.crlFile = join(folder, 'ca.crl');
  }

  /** PEM of the authority's certificate: what clients trust. */
  get cert(): string {
    return readFileSync(this.certFile, 'utf8');
  }

  found(): void {
    if (existsSync(this.certFile)) return;
    mkdirSync(join(this.folder, 'issued'), { recursive: true, mode: PRIVATE_FOLDER });
    this.#locked(() => {
      if (existsSync(this.certFile)) return;
      const key = newKey();
      const cert = selfSigned(key, 'Loadcycle authority', begin(), end());
      replaceFile(join(this.folder, 'ca.key'), key);
      replaceFile(this.crlFile, withdraw({ key, cert }, null, [], begin(), end()), READABLE);
      // the last of them: it says that the others are there
      replaceFile(this.certFile, cert, READABLE);
    });
  }

  /** Makes a key and a certificate for it. Throws `request.invalid` for a name that no certificate can carry. */
  issue(request: CertificateRequest): Issued {
    const { name, usage, altNames = [], notBefore = begin(), notAfter } = request;
    if (name.length > COMMON_NAME_MAX) {
      throw new LoadcycleError('request.invalid', `"${name}" is too long for a certificate`, {
        hint: `a common name has at most ${COMMON_NAME_MAX} characters; such a device can use its password`,
      });
    }
    const key = newKey();
    const cert = certify(this.#issuer(), key, { commonName: name, usage, altNames, notBefore, notAfter });
    const serial = serialOf(new X509Certificate(cert));
    writeFileSync(join(this.folder, 'issued', `${serial}.pem`), cert, { flag: 'wx', flush: true });
    return { key, cert };
  }

  /** How many certificates of this name stand: issued and not withdrawn, whether they have ended or not. */
  standing(name: string): number {
    const gone = withdrawnIn(this.#crl());
    return this.#serialsOf(name).filter((serial) => !gone.has(serial)).length;
  }

  /**
   * Withdraws every certificate of this name, or all but the newest, and writes the list that brokers read (`ca.crl`).
   * Returns how many.
   */
  revoke(name: string, which: 'all' | 'older' = 'all'): number {
    return this.#locked(() => {
      const before = this.#crl();
      const gone = withdrawnIn(before);
      const all = this.#serialsOf(name).filter((serial) => !gone.has(serial));
      const serials = which === 'all' ? all : all.slice(0, -1);
      if (serials.length > 0) {
        const list = withdraw(this.#issuer(), before, serials, begin(), end());
        replaceFile(this.crlFile, list, READABLE);
      }
      return serials.length;
    });
  }

  /** Puts the list of withdrawn certificates where a broker reads it. */
  copyCrl(file: string): void {
    this.#locked(() => replaceFile(file, this.#crl(), READABLE));
  }

  /** In the order in which they were issued. */
  #serialsOf(name: string): string[] {
    const folder = join(this.folder, 'issued');
    return readdirSync(folder)
      .filter((file) => file.endsWith('.pem'))
      .map((file) => ({ file, certificate: new X509Certificate(readFileSync(join(folder, file))) }))
      .filter(({ certificate }) => certificate.subject === `CN=${name}`)
      .map(({ file, certificate }) => {
        // a certificate says when it begins to the second only
        const writtenMs = statSync(join(folder, file)).mtimeMs;
        return { serial: serialOf(certificate), from: Date.parse(certificate.validFrom), writtenMs };
      })
      .sort((a, b) => a.from - b.from || a.writtenMs - b.writtenMs)
      .map(({ serial }) => serial);
  }

  #issuer(): Issued {
    return { key: readFileSync(join(this.folder, 'ca.key'), 'utf8'), cert: this.cert };
  }

  /** A list that is gone is not an empty one: whoever was taken out would be let in again. */
  #crl(): string {
    try {
      return readFileSync(this.crlFile, 'utf8');
    } catch (cause) {
      throw new LoadcycleError('settings.invalid', `cannot read ${this.crlFile}`, {
        cause,
        hint: 'it says which certificates were withdrawn: put back a copy, the broker has one',
      });
    }
  }

  #locked<T>(work: () => T): T {
    return withFileLock(join(this.folder, 'lock'), work);
  }
}

const begin = (): Date => new Date(Date.now() - CLOCK_MS);
const end = (): Date => new Date(Date.now() + AUTHORITY_DAYS * DAY_MS);

/** A password that nobody has to remember: 192 random bits. */
export const newSecret = (): string => randomBytes(24).toString('base64url');
