import type { Partition } from './partition.ts';

/** A member of a consumer group as the group sees it. */
export interface Member {
  readonly topics: readonly string[];
  /** The partitions that are this member's from now on. */
  assign(partitions: readonly Partition[]): void;
}

/** Shares each topic's partitions among the members that want it, anew at each join and leave. */
export class Groups {
  readonly #members = new Map<string, Set<Member>>();
  readonly #partitionsOf: (topic: string) => readonly Partition[];

  constructor(partitionsOf: (topic: string) => readonly Partition[]) {
    this.#partitionsOf = partitionsOf;
  }

  join(group: string, member: Member): void {
    const members = this.#members.get(group) ?? new Set();
    this.#members.set(group, members.add(member));
    this.#share(members);
  }

  leave(group: string, member: Member): void {
    const members = this.#members.get(group);
    if (!members?.delete(member)) return;
    if (members.size === 0) this.#members.delete(group);
    this.#share(members);
  }

  /** After topics were made. */
  shareAll(): void {
    for (const members of this.#members.values()) this.#share(members);
  }

  #share(members: ReadonlySet<Member>): void {
    const shares = new Map<Member, Partition[]>([...members].map((m) => [m, []]));
    for (const topic of new Set([...members].flatMap((m) => m.topics))) {
      const takers = [...members].filter((m) => m.topics.includes(topic));
      this.#partitionsOf(topic).forEach((p, i) => {
        shares.get(takers[i % takers.length]!)!.push(p);
      });
    }
    for (const [member, share] of shares) member.assign(share);
  }
}
