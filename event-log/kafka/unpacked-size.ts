import { LoadcycleError } from '@loadcycle/contract';

/** eight bytes that begin what Java's clients pack by snappy; two versions of four bytes follow, then pieces with their lengths */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;

/** What it unpacks to, without unpacking it: each piece says so in its first bytes, and its unpacking fails where it lied. */
export function snappySize(packed: Buffer): number {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return leadingVarint(packed);
  let size = 0;
  for (let at = XERIAL_HEADER; at < packed.length; ) {
    const length = u32(packed, at, 'BE');
    size += leadingVarint(packed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return size;
}

/** 64 KiB to 4 MiB, by three bits of an LZ4 frame's second descriptor byte */
const blockBytes = (descriptor: number): number => 1 << (8 + 2 * ((descriptor >> 4) & 7));
const MAGIC = 0x184d2204;

/**
 * The most that it can unpack to, without unpacking it: as much for each block of the LZ4 frame as a block may hold, and its
 * unpacking fails where one holds more.
 */
export function lz4Size(packed: Buffer): number {
  if (u32(packed, 0, 'LE') !== MAGIC) throw malformed();
  const flags = packed[4]!;
  const most = blockBytes(packed[5]!);
  const checksum = flags & 0x10 ? 4 : 0;
  let at = 6 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1;
  let size = 0;
  for (;;) {
    const word = u32(packed, at, 'LE');
    if (word === 0) return size;
    const stored = word >= 0x8000_0000;
    const length = word & 0x7fff_ffff;
    size += stored ? length : most;
    at += 4 + length + checksum;
  }
}

function u32(bytes: Buffer, at: number, order: 'LE' | 'BE'): number {
  if (at + 4 > bytes.length) throw malformed();
  return order === 'LE' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Seven bits a byte, the lowest first. */
function leadingVarint(bytes: Buffer): number {
  let value = 0;
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    value += (bytes[i]! & 127) * 2 ** (7 * i);
    if (bytes[i]! < 128) return value;
  }
  throw malformed();
}

const malformed = (): LoadcycleError =>
  new LoadcycleError('log.batch-unreadable', 'what it is compressed to is cut off or malformed');
