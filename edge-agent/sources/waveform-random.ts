/**
 * Random numbers that are the same to the last bit on every machine: integer arithmetic and the four operations
 * and square root of IEEE 754 only, never the engine's own log, exp or sin.
 */

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Natural logarithm of a positive normal number. */
export function log(x: number): number {
  bits[0] = x;
  const high = words[1] as number;
  let exponent = (high >>> 20) - 1023;
  words[1] = (high & 0xfffff) | 0x3ff00000;
  let m = bits[0] as number;
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent += 1;
  }
  const f = (m - 1) / (m + 1);
  const q = f * f;
  let s = 1 / 19;
  s = s * q + 1 / 17;
  s = s * q + 1 / 15;
  s = s * q + 1 / 13;
  s = s * q + 1 / 11;
  s = s * q + 1 / 9;
  s = s * q + 1 / 7;
  s = s * q + 1 / 5;
  s = s * q + 1 / 3;
  s = s * q + 1;
  return 2 * f * s + exponent * Math.LN2;
}

/** e^x for x of ordinary size (|x| < 700). */
export function exp(x: number): number {
  let halvings = 0;
  let y = x;
  while (y > 0.5 || y < -0.5) {
    y *= 0.5;
    halvings += 1;
  }
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 20; k++) {
    term *= y / k;
    sum += term;
  }
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

/** [sin x, cos x]. */
export function sinCos(x: number): [number, number] {
  const turn = 6.283185307179586;
  const y = x - turn * Math.floor(x / turn + 0.5);
  let sin = 0;
  let cos = 0;
  let term = 1;
  for (let k = 0; k < 40; k++) {
    if (k % 2 === 0) cos += k % 4 === 0 ? term : -term;
    else sin += k % 4 === 1 ? term : -term;
    term *= y / (k + 1);
  }
  return [sin, cos];
}

/** The sfc32 generator, with Gaussian draws by Marsaglia's polar method. Its state is six numbers. */
export class Random {
  a: number;
  b: number;
  c: number;
  d: number;
  spare: number;
  hasSpare: boolean;

  constructor(seed: number, stream: number) {
    this.a = mix(seed | 0, 0x9e3779b9 + stream);
    this.b = mix(Math.floor(seed / 4294967296) | 0, 0x85ebca6b + stream);
    this.c = mix(stream, 0xc2b2ae35);
    this.d = 1;
    this.spare = 0;
    this.hasSpare = false;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** A uniform 32-bit integer, as a signed one. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }

  within(span: { min: number; max: number }): number {
    return span.min + (span.max - span.min) * this.uniform();
  }

  /** Normal with mean 0 and standard deviation 1. */
  gaussian(): number {
    if (this.hasSpare) {
      this.hasSpare = false;
      return this.spare;
    }
    for (;;) {
      const u = (this.next() + 0.5) / 2147483648;
      const v = (this.next() + 0.5) / 2147483648;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const f = Math.sqrt((-2 * log(s)) / s);
      this.spare = v * f;
      this.hasSpare = true;
      return u * f;
    }
  }

  /** Failures before the next event of probability `rate` each, at least 0. */
  skip(rate: number): number {
    if (rate <= 0) return Number.POSITIVE_INFINITY;
    return Math.floor(log(1 - this.uniform()) / log(1 - rate));
  }

  save(): number[] {
    return [this.a, this.b, this.c, this.d, this.spare, this.hasSpare ? 1 : 0];
  }

  load(state: readonly number[]): void {
    [this.a, this.b, this.c, this.d, this.spare] = state as [number, number, number, number, number];
    this.hasSpare = state[5] === 1;
  }
}

function mix(x: number, salt: number): number {
  let h = (x ^ salt) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) | 0;
}
