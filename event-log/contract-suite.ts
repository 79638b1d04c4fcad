import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consumerTests } from './contract-suite/consumers.ts';
import { groupTests } from './contract-suite/groups.ts';
import { identityTests } from './contract-suite/identities.ts';
import { recordTests } from './contract-suite/records.ts';
import type { LogUnderTest, Suite } from './contract-suite/support.ts';

/**
 * What every adapter of `EventLog` must do. `open` gives a running log, or the reason why this machine has none:
 * then each test is skipped by that name.
 */
export function describeEventLog(name: string, open: () => Promise<LogUnderTest | string>): void {
  describe(`EventLog: ${name}`, () => {
    let opened: LogUnderTest | string;
    beforeAll(async () => {
      opened = await open();
    }, 180_000);
    afterAll(async () => {
      if (typeof opened === 'object') await opened.stop();
    });
    const suite: Suite = (title, body) =>
      test(title, async (context) => {
        if (typeof opened === 'string') return context.skip(opened);
        await body(opened);
        expect.hasAssertions();
      });
    recordTests(suite);
    consumerTests(suite);
    groupTests(suite);
    // last: it loses the log
    identityTests(suite);
  });
}

export type { LogUnderTest } from './contract-suite/support.ts';
