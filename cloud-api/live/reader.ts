/** Bytes that may wait for a reader before it is dropped. */
const READER_BUFFER_BYTES = 512 * 1024;

/** One open connection. Its buffer is bounded: who reads too slowly is dropped, the others notice nothing. */
export class LiveReader {
  readonly body: ReadableStream<Uint8Array>;
  readonly #onEnd: (reader: LiveReader) => void;
  /** breaks the connection */
  readonly #cut: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #dropped = false;
  #wake: (() => void) | null = null;

  constructor(onEnd: (reader: LiveReader) => void, cut: () => void) {
    this.#onEnd = onEnd;
    this.#cut = cut;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#wake?.(),
        cancel: () => this.#ended(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: READER_BUFFER_BYTES }),
    );
  }

  get open(): boolean {
    return this.#controller !== null;
  }

  get dropped(): boolean {
    return this.#dropped;
  }

  /** False where the reader was dropped for being too slow. */
  send(bytes: Uint8Array): boolean {
    const controller = this.#controller;
    if (controller === null) return false;
    if ((controller.desiredSize ?? 0) <= 0) {
      this.#dropped = true;
      this.#ended();
      this.#cut();
      return false;
    }
    controller.enqueue(bytes);
    return true;
  }

  /** Waits until half of the buffer is free, or the reader is gone: for what can be sent at its own pace. */
  async ready(): Promise<void> {
    while (this.#controller !== null && (this.#controller.desiredSize ?? 0) < READER_BUFFER_BYTES / 2) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(last?: Uint8Array): void {
    const controller = this.#controller;
    if (controller === null) return;
    if (last !== undefined && !this.send(last)) return;
    this.#ended();
    controller.close();
  }

  #ended(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    this.#wake?.();
    this.#onEnd(this);
  }
}
