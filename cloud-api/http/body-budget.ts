import { Refusal } from './refusal.ts';

/** Bytes of bodies that are in memory at once, of all requests of one instance. */
const MOST_BYTES = 96 * 1_048_576;

/** Memory for bodies. One for each instance of the API. */
export class BodyMemory {
  #held = 0;

  /** What one request holds of it. */
  begin(): BodyBudget {
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#held + bytes > MOST_BYTES) {
          throw new Refusal('request.overloaded', 'too many large requests at once', {
            headers: { 'retry-after': '2', connection: 'close' },
          });
        }
        this.#held += bytes;
        taken += bytes;
      },
      release: () => {
        this.#held -= taken;
        taken = 0;
      },
    };
  }
}

export interface BodyBudget {
  /** As the body arrives. Refuses with 503 where there is no room. */
  take(bytes: number): void;
  /** When the request was answered. */
  release(): void;
}
