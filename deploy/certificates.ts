import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import {
  AlgorithmIdentifier,
  AltName,
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificateRevocationList,
  Extension,
  Extensions,
  ExtKeyUsage,
  GeneralName,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  RevokedCertificate,
  Time,
  TimeType,
} from 'pkijs';

/**
 * X.509 (RFC 5280) in PEM: pkijs puts the structures into DER, Node's own OpenSSL makes the keys and the signatures
 * (docs/decisions/0180). Keys are P-256, signatures ECDSA with SHA-256.
 */
export type Usage = keyof typeof USAGES;

export interface Leaf {
  readonly commonName: string;
  readonly usage: Usage;
  /** `DNS:broker`, `IP:127.0.0.1` */
  readonly altNames: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Who signs: PEM. */
export interface Issuer {
  readonly key: string;
  readonly cert: string;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
} as const;

/** `peer`: a server that is a client of its own kind too, as Kafka's brokers are */
const USAGES = {
  client: [OID.client],
  server: [OID.server],
  peer: [OID.server, OID.client],
};

/** bits of KeyUsage, from the first */
const DIGITAL_SIGNATURE = 0b1000_0000;
const CERT_AND_CRL_SIGN = 0b0000_0110;
/** RFC 5280 allows no more */
const SERIAL_BYTES = 20;

/** A new private key, PKCS 8. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** The certificate of an authority, signed by itself. */
export function selfSigned(key: string, commonName: string, notBefore: Date, notAfter: Date): string {
  const certificate = blank(createPublicKey(key), commonName, notBefore, notAfter);
  certificate.issuer = certificate.subject;
  certificate.extensions = [
    extension(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(OID.keyUsage, bits(CERT_AND_CRL_SIGN), true),
    subjectKey(certificate),
  ];
  return pem('CERTIFICATE', signed(certificate, createPrivateKey(key)));
}

/** A certificate for the public half of `key`. Throws for a name or an address that is none. */
export function certify(issuer: Issuer, key: string, leaf: Leaf): string {
  const authority = readCertificate(issuer.cert);
  const certificate = blank(createPublicKey(key), leaf.commonName, leaf.notBefore, leaf.notAfter);
  certificate.issuer = authority.subject;
  certificate.extensions = [
    extension(OID.basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(OID.keyUsage, bits(DIGITAL_SIGNATURE), true),
    extension(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: [...USAGES[leaf.usage]] })),
    subjectKey(certificate),
    authorityKey(authority),
  ];
  if (leaf.altNames.length > 0) {
    const names = new AltName({ altNames: leaf.altNames.map(generalName) });
    certificate.extensions.push(extension(OID.subjectAltName, names));
  }
  return pem('CERTIFICATE', signed(certificate, createPrivateKey(issuer.key)));
}

/** The list of withdrawn certificates: those of `before` (PEM; null: none yet) and `serials` (hexadecimal). */
export function withdraw(
  issuer: Issuer,
  before: string | null,
  serials: readonly string[],
  thisUpdate: Date,
  nextUpdate: Date,
): string {
  const authority = readCertificate(issuer.cert);
  const last = before === null ? null : CertificateRevocationList.fromBER(der(before));
  const since = time(thisUpdate);
  const added = serials.map(
    (serial) => new RevokedCertificate({ userCertificate: integer(serial), revocationDate: since }),
  );
  const all = [...(last?.revokedCertificates ?? []), ...added];
  const crl = new CertificateRevocationList({
    // version 2
    version: 1,
    issuer: authority.subject,
    thisUpdate: since,
    nextUpdate: time(nextUpdate),
    crlExtensions: new Extensions({
      extensions: [authorityKey(authority), extension(OID.crlNumber, integer(hex(numberOf(last) + 1n)))],
    }),
  });
  if (all.length > 0) crl.revokedCertificates = all;
  return pem('X509 CRL', signed(crl, createPrivateKey(issuer.key)));
}

/** Serial numbers in a list of withdrawn certificates, as `serialOf` writes them. */
export function withdrawnIn(crl: string): Set<string> {
  const { revokedCertificates = [] } = CertificateRevocationList.fromBER(der(crl));
  return new Set(revokedCertificates.map((r) => plain(toHex(r.userCertificate.valueBlock.valueHexView))));
}

/** A certificate's serial number in upper-case hexadecimal, without zeros in front. */
export const serialOf = (certificate: X509Certificate): string => plain(certificate.serialNumber);

const plain = (serial: string): string => serial.toUpperCase().replace(/^0+(?=.)/, '');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function blank(key: KeyObject, commonName: string, notBefore: Date, notAfter: Date): Certificate {
  const serial = randomBytes(SERIAL_BYTES);
  // positive, and as long as it says
  serial[0] = (serial[0]! & 0b0111_1111) | 0b0100_0000;
  const certificate = new Certificate({
    // version 3
    version: 2,
    serialNumber: new Integer({ valueHex: buffer(serial) }),
    subject: named(commonName),
    notBefore: time(notBefore),
    notAfter: time(notAfter),
  });
  const info = key.export({ type: 'spki', format: 'der' });
  certificate.subjectPublicKeyInfo = PublicKeyInfo.fromBER(buffer(info));
  return certificate;
}

/** Signs with Node's crypto: the library's own signing is asynchronous, and a lock is held around it. */
function signed(structure: Certificate | CertificateRevocationList, key: KeyObject): Uint8Array {
  const algorithm = new AlgorithmIdentifier({ algorithmId: OID.ecdsaWithSha256 });
  structure.signature = algorithm;
  structure.signatureAlgorithm = algorithm;
  const [body] = structure.toSchema(true).valueBlock.value;
  const signature = sign('sha256', Buffer.from(body!.toBER()), key);
  structure.signatureValue = new BitString({ valueHex: buffer(signature) });
  return new Uint8Array(structure.toSchema(true).toBER());
}

const named = (commonName: string): RelativeDistinguishedNames =>
  new RelativeDistinguishedNames({
    typesAndValues: [
      new AttributeTypeAndValue({ type: OID.commonName, value: new Utf8String({ value: commonName }) }),
    ],
  });

/** RFC 5280, 4.1.2.5: dates from 2050 on are GeneralizedTime. */
const time = (value: Date): Time =>
  new Time({ type: value.getUTCFullYear() < 2050 ? TimeType.UTCTime : TimeType.GeneralizedTime, value });

const bits = (value: number): BitString =>
  new BitString({ valueHex: buffer(Uint8Array.of(value)), unusedBits: 31 - Math.clz32(value & -value) });

function extension(
  extnID: string,
  value: { toSchema(): { toBER(): ArrayBuffer } } | { toBER(): ArrayBuffer },
  critical = false,
): Extension {
  const encoded = 'toBER' in value ? value : value.toSchema();
  return new Extension({ extnID, critical, extnValue: encoded.toBER() });
}

function subjectKey(certificate: Certificate): Extension {
  const key = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  // RFC 7093, 2
  const identifier = createHash('sha256').update(key).digest().subarray(0, 20);
  return extension(OID.subjectKeyIdentifier, new OctetString({ valueHex: buffer(identifier) }));
}

function authorityKey(authority: Certificate): Extension {
  const own = authority.extensions?.find(({ extnID }) => extnID === OID.subjectKeyIdentifier);
  const keyIdentifier = own?.parsedValue as OctetString;
  return extension(OID.authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier }));
}

function numberOf(crl: CertificateRevocationList | null): bigint {
  const own = crl?.crlExtensions?.extensions.find(({ extnID }) => extnID === OID.crlNumber);
  return own === undefined ? 0n : BigInt(`0x${toHex((own.parsedValue as Integer).valueBlock.valueHexView)}`);
}

/** `DNS:` and `IP:` as the GeneralName that they stand for. */
function generalName(text: string): GeneralName {
  const [, kind, value = ''] = /^(DNS|IP):(.+)$/.exec(text) ?? [];
  if (kind === 'DNS') return new GeneralName({ type: 2, value });
  if (kind !== 'IP' || isIP(value) === 0) throw new TypeError(`"${text}" is neither DNS:name nor IP:address`);
  return new GeneralName({ type: 7, value: new OctetString({ valueHex: buffer(addressBytes(value)) }) });
}

function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number);
  // a URL holds an IPv6 address in its shortest form, without dots
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

const readCertificate = (text: string): Certificate =>
  Certificate.fromBER(buffer(new X509Certificate(text).raw));

/** hexadecimal → a positive INTEGER */
function integer(hexadecimal: string): Integer {
  const bytes = Buffer.from(hexadecimal.padStart(hexadecimal.length + (hexadecimal.length % 2), '0'), 'hex');
  const positive = bytes[0]! < 0b1000_0000 ? bytes : Buffer.concat([Uint8Array.of(0), bytes]);
  return new Integer({ valueHex: buffer(positive) });
}

const hex = (value: bigint): string => value.toString(16);

/** The library takes whole ArrayBuffers only; a Buffer is often a part of one. */
const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

function der(text: string): ArrayBuffer {
  const [, body = ''] = /-----BEGIN [^-]+-----([^-]+)-----END /.exec(text) ?? [];
  return buffer(Buffer.from(body, 'base64'));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
