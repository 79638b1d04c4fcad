/**
 * Times of an irregular batch as the ledger keeps them: the differences of its ascending offsets, whole µs, each as an
 * unsigned LEB128. Two or three bytes a sample where samples come some ms apart.
 */
export function encodeOffsets(offsetsUs: Float64Array): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const offset of offsetsUs) {
    let n = offset - before;
    before = offset;
    while (n >= 128) {
      bytes.push((n % 128) + 128);
      n = Math.floor(n / 128);
    }
    bytes.push(n);
  }
  return Uint8Array.from(bytes);
}

export function decodeOffsets(bytes: Uint8Array): Float64Array {
  const offsets: number[] = [];
  let at = 0;
  let n = 0;
  let scale = 1;
  for (const byte of bytes) {
    n += (byte % 128) * scale;
    if (byte >= 128) {
      scale *= 128;
      continue;
    }
    at += n;
    offsets.push(at);
    n = 0;
    scale = 1;
  }
  return Float64Array.from(offsets);
}
