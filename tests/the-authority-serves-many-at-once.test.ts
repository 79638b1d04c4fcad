import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../deploy/authority.ts';
import { serialOf, withdrawnIn } from '../deploy/certificates.ts';
import { ROOT } from './cloud-compose.ts';

const run = promisify(execFile);
let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-authority-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const enrol = (device: string, ...more: string[]): Promise<unknown> => {
  const flags = ['--site', 'hall', '--device', device, '--out', at('out', device), '--data-dir', folder];
  return run(process.execPath, [join(ROOT, 'deploy/enrol.ts'), ...flags, ...more]);
};
const certificateOf = (device: string): X509Certificate =>
  new X509Certificate(readFileSync(at('out', device, 'client.crt')));
const usersIn = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0]!)
    .sort();

test('20 that enrol at once, the first of a deployment: each gets in, and nothing is lost of any file', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `d${String(i).padStart(2, '0')}`);
  // the three places that a device's password can go to
  const ways = [['--password-file', at('passwd')], ['--device-passwords-dir', at('devices')], []];
  await Promise.all(names.map((name, i) => enrol(name, ...ways[i % 3]!)));

  const users = (way: number): string[] => names.filter((_, i) => i % 3 === way).map((n) => `hall/${n}`);
  expect(usersIn(at('passwd'))).toEqual(users(0));
  expect(readdirSync(at('devices')).sort()).toEqual(users(1).map((user) => user.replace('/', '.')));
  expect(Object.keys(JSON.parse(readFileSync(at('mqtt-users.json'), 'utf8')))).toEqual(users(2));
  const ca = new X509Certificate(openAuthority(at('authority')).cert);
  const certificates = names.map(certificateOf);
  for (const certificate of certificates) expect(certificate.verify(ca.publicKey)).toBe(true);
  const serials = certificates.map(serialOf);
  expect(new Set(serials).size).toBe(20);
  expect(readdirSync(at('authority/issued')).sort()).toEqual(serials.map((s) => `${s}.pem`).sort());

  for (const lock of ['authority/lock', 'passwd.lock', 'mqtt-users.json.lock']) {
    expect(statSync(at(lock)).mode & 0o777, lock).toBe(0o600);
  }

  // and half of them are taken out at once
  const gone = names.slice(0, 10);
  await Promise.all(
    gone.map((name, i) => enrol(name, '--revoke', '--crl-file', at('broker.crl'), ...ways[i % 3]!)),
  );
  for (const list of [at('authority/ca.crl'), at('broker.crl')]) {
    expect(withdrawnIn(readFileSync(list, 'utf8'))).toEqual(new Set(serials.slice(0, 10)));
  }
  const left = (way: number): string[] => users(way).filter((user) => user >= 'hall/d10');
  expect(usersIn(at('passwd'))).toEqual(left(0));
  expect(readdirSync(at('devices')).length).toBe(left(1).length);
  expect(Object.keys(JSON.parse(readFileSync(at('mqtt-users.json'), 'utf8')))).toEqual(left(2));
});

test('one that is killed while it holds the authority stops nobody', async () => {
  const authority = openAuthority(at('authority'));
  authority.issue({ name: 'hall/press', usage: 'client', notAfter: new Date(Date.now() + 86_400_000) });
  const lock = join(ROOT, 'service/file-lock.ts');
  const hold = `import { withFileLock } from ${JSON.stringify(lock)};
    withFileLock(${JSON.stringify(at('authority/lock'))}, () => process.kill(process.pid, 'SIGKILL'));`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', hold]);
  expect(signal).toBe('SIGKILL');
  expect(authority.revoke('hall/press')).toBe(1);
});

test('a list of withdrawn certificates that is gone is not taken for an empty one', () => {
  const authority = openAuthority(at('authority'));
  rmSync(authority.crlFile);
  expect(() => authority.copyCrl(at('broker.crl'))).toThrow(/put back a copy|cannot read/);
  expect(() => authority.revoke('hall/press')).toThrow(/cannot read/);
});

test('an authority that an earlier version made with openssl goes on', async (context) => {
  if (spawnSync('openssl', ['version']).error !== undefined) context.skip('openssl is not installed');
  const old = new OlderAuthority(at('authority'));
  const kept = old.issue('hall/kept');
  const gone = old.issue('hall/gone');
  const sold = old.issue('hall/sold');
  old.revoke(gone);

  await enrol('fresh');
  await enrol('sold', '--revoke', '--crl-file', at('broker.crl'));
  const fresh = certificateOf('fresh');
  const ca = new X509Certificate(readFileSync(at('authority/ca.crt')));
  expect(fresh.checkIssued(ca) && fresh.verify(ca.publicKey)).toBe(true);
  expect(withdrawnIn(readFileSync(at('broker.crl'), 'utf8'))).toEqual(new Set([gone, sold].map(serialOf)));
  // openssl itself, and with it every broker, sees them so
  const verify = (certificate: X509Certificate): boolean => {
    writeFileSync(at('one.pem'), certificate.toString());
    const lists = ['-CAfile', 'authority/ca.crt', '-CRLfile', 'broker.crl', '-crl_check'];
    return (
      spawnSync('openssl', ['verify', '-x509_strict', ...lists, 'one.pem'], { cwd: folder }).status === 0
    );
  };
  expect([kept, fresh, gone, sold].map(verify)).toEqual([true, true, false, false]);
  expect(openAuthority(at('authority')).revoke('hall/kept')).toBe(1);
});

/** As version 0.1.0 kept it: `openssl ca`, with its files. */
class OlderAuthority {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'issued'), { recursive: true });
    const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    put('index.txt', '');
    put('crlnumber', '01\n');
    put(
      'openssl.cnf',
      `[ca]
default_ca = loadcycle
[loadcycle]
database = ${folder}/index.txt
new_certs_dir = ${folder}/issued
certificate = ${folder}/ca.crt
private_key = ${folder}/ca.key
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
default_md = sha256
default_crl_days = 7300
unique_subject = no
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
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`,
    );
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'ca.key'];
    const about = ['-subj', '/CN=Loadcycle authority', '-extensions', 'authority', '-days', '7300'];
    this.#openssl('req', '-new', '-x509', ...made, ...about, '-out', 'ca.crt');
    this.#openssl('ca', '-gencrl', '-out', 'ca.crl');
  }

  issue(name: string): X509Certificate {
    const subject = `/CN=${name.replaceAll('/', '\\/')}`;
    const made = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      'new.key',
    ];
    this.#openssl('req', '-new', ...made, '-subj', subject, '-out', 'new.csr');
    const how = ['-batch', '-notext', '-rand_serial', '-days', '30', '-extensions', 'leaf'];
    this.#openssl('ca', ...how, '-in', 'new.csr', '-out', 'new.pem');
    return new X509Certificate(readFileSync(join(this.#folder, 'new.pem')));
  }

  revoke(certificate: X509Certificate): void {
    this.#openssl('ca', '-revoke', `issued/${certificate.serialNumber}.pem`);
    this.#openssl('ca', '-gencrl', '-out', 'ca.crl');
  }

  #openssl(command: string, ...args: string[]): void {
    const config = join(this.#folder, 'openssl.cnf');
    execFileSync('openssl', [command, '-config', config, ...args], { cwd: this.#folder, stdio: 'ignore' });
  }
}
