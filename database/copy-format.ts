/** PostgreSQL's binary COPY format: signature, flags and extension length; tuples; a trailer of -1. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
export const COPY_HEADER_BYTES = 19;

const HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
/** The header; the same bytes each time, not to be written to. */
export const copyHeader = (): Uint8Array => HEADER;
export const COPY_TRAILER: Uint8Array = Buffer.from([0xff, 0xff]);

/** µs from the Unix epoch to PostgreSQL's (2000-01-01 UTC). */
export const POSTGRES_EPOCH_US = 946_684_800_000_000;

export function isCopyHeader(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}
