import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';

/**
 * The deployment's own certificate authority: a folder with its key, its certificate and the list of what it has
 * issued. Node can make keys but no certificates, so this is the one file that runs the `openssl` program
 * (docs/decisions/0083).
 */
export interface CertificateRequest {
  /** common name; a device's is `site/device`. X.509 allows 64 characters. */
  readonly name: string;
  readonly usage: 'client' | 'server';
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

const AUTHORITY_YEARS = 20;
const COMMON_NAME_MAX = 64;

/** Opens the authority in `folder`, made at the first time. */
export function openAuthority(folder: string): Authority {
  const authority = new Authority(resolve(folder));
  if (!existsSync(authority.certFile)) authority.found();
  return authority;
}

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
    const { folder } = this;
    mkdirSync(join(folder, 'issued'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'openssl.cnf'), configuration(folder));
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'crlnumber'), '01\n');
    writeFileSync(join(folder, 'ca.key'), newKey(), { mode: 0o600 });
    const days = String(AUTHORITY_YEARS * 365);
    this.#openssl(
      'req',
      '-new',
      '-x509',
      '-key',
      'ca.key',
      '-days',
      days,
      '-out',
      'ca.crt',
      '-extensions',
      'authority',
      '-subj',
      '/CN=Loadcycle authority',
    );
    this.#openssl('ca', '-gencrl', '-out', 'ca.crl');
  }

  /** Makes a key and a certificate for it. Throws `request.invalid` for a name that no certificate can carry. */
  issue(request: CertificateRequest): Issued {
    const { name, usage, altNames = [], notBefore = new Date(Date.now() - 60_000), notAfter } = request;
    if (name.length > COMMON_NAME_MAX) {
      throw new LoadcycleError('request.invalid', `"${name}" is too long for a certificate`, {
        hint: `a common name has at most ${COMMON_NAME_MAX} characters; such a device can use its password`,
      });
    }
    const folder = mkdtempSync(join(tmpdir(), 'loadcycle-issue-'));
    const at = (file: string): string => join(folder, file);
    try {
      const key = newKey();
      writeFileSync(at('key'), key, { mode: 0o600 });
      const names = altNames.length > 0 ? `subjectAltName=${altNames.join(',')}\n` : '';
      writeFileSync(
        at('ext'),
        `[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}Auth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n${names}`,
      );
      const subject = `/CN=${name.replaceAll(/[\\/]/g, '\\$&')}`;
      this.#openssl('req', '-new', '-key', at('key'), '-subj', subject, '-out', at('csr'));
      this.#openssl(
        'ca',
        '-batch',
        '-notext',
        '-rand_serial',
        '-in',
        at('csr'),
        '-out',
        at('crt'),
        '-startdate',
        asn1Time(notBefore),
        '-enddate',
        asn1Time(notAfter),
        '-extfile',
        at('ext'),
        '-extensions',
        'leaf',
      );
      return { key, cert: readFileSync(at('crt'), 'utf8') };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Withdraws every certificate of this name and writes the list that brokers read (`ca.crl`). Returns how many. */
  revoke(name: string): number {
    const rows = readFileSync(join(this.folder, 'index.txt'), 'utf8').split('\n');
    const wanted = `/CN=${name.replaceAll('/', '\\/')}`;
    const serials = rows
      .map((row) => row.split('\t'))
      .filter((columns) => columns[0] === 'V' && columns[5] === wanted)
      .map((columns) => columns[3]!);
    for (const serial of serials) this.#openssl('ca', '-revoke', join('issued', `${serial}.pem`));
    if (serials.length > 0) this.#openssl('ca', '-gencrl', '-out', 'ca.crl');
    return serials.length;
  }

  /** Puts the list of withdrawn certificates where a broker reads it. */
  copyCrl(file: string): void {
    writeFileSync(`${file}.new`, readFileSync(this.crlFile), { mode: 0o644 });
    renameSync(`${file}.new`, file);
  }

  #openssl(command: string, ...args: string[]): void {
    const config = ['-config', join(this.folder, 'openssl.cnf')];
    try {
      execFileSync('openssl', [command, ...config, ...args], {
        cwd: this.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (cause) {
      const { code, stderr } = cause as { code?: string; stderr?: Buffer };
      const why = code === 'ENOENT' ? 'the program openssl is not installed' : String(stderr ?? cause);
      throw new LoadcycleError('settings.invalid', `openssl ${command}: ${why.trim()}`, { cause });
    }
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** A password that nobody has to remember: 192 random bits. */
export const newSecret = (): string => randomBytes(24).toString('base64url');

/** `20261124100000Z` */
const asn1Time = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`;

/** Writes a file that only its owner (and, with 0640, its group) may read. */
export function writeSecret(file: string, text: string, mode = 0o600): void {
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
}

const configuration = (folder: string): string => `[ca]
default_ca = loadcycle
[loadcycle]
database = ${folder}/index.txt
new_certs_dir = ${folder}/issued
certificate = ${folder}/ca.crt
private_key = ${folder}/ca.key
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
default_md = sha256
default_crl_days = ${AUTHORITY_YEARS * 365}
unique_subject = no
copy_extensions = none
policy = policy
[policy]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;
