/** Numbers to bytes and back, exact to the last bit: the form in which a segmenter's state is kept. */

export class NumberWriter {
  private bytes = new Uint8Array(8192);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  put(...numbers: number[]): void {
    for (const x of numbers) {
      this.room(8);
      this.view.setFloat64(this.length, x, true);
      this.length += 8;
    }
  }

  doubles(array: Float64Array, from: number, to: number): void {
    for (let k = from; k < to; k++) this.put(array[k] as number);
  }

  /** How many, then the numbers; null is none. */
  list(numbers: readonly number[] | null): void {
    this.put(numbers === null ? -1 : numbers.length, ...(numbers ?? []));
  }

  singles(array: Float32Array, count: number): void {
    for (let k = 0; k < count; k++) {
      this.room(4);
      this.view.setFloat32(this.length, array[k] as number, true);
      this.length += 4;
    }
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

export class NumberReader {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get(): number {
    const x = this.view.getFloat64(this.at, true);
    this.at += 8;
    return x;
  }

  doubles(array: Float64Array, from: number, to: number): void {
    for (let k = from; k < to; k++) array[k] = this.get();
  }

  list(): number[] | null {
    const count = this.get();
    return count < 0 ? null : Array.from({ length: count }, () => this.get());
  }

  singles(array: Float32Array, count: number): void {
    for (let k = 0; k < count; k++) {
      array[k] = this.view.getFloat32(this.at, true);
      this.at += 4;
    }
  }
}
