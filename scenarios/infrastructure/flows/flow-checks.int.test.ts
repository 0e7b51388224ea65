import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { type Sabotage, withTriggers } from '../../testing/with-triggers.ts';

let platform: TestedPlatform;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'flows' });
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

const result = () => platform.resultOf('infrastructure.restart.flows-survive-a-kill', { timeoutMs: 120_000 });

/** The second effect of each flow happens twice. */
const doubles: Sabotage = {
  on: 'after insert on airtable.records',
  does: `if pg_trigger_depth() = 1 and new.cells::text like '%/2"%' then
           new.id := 'rec' || substr(md5(new.id), 1, 14);
           new.number := new.number + 1000000;
           insert into airtable.records select new.*;
         end if;
         return null;`,
};
/** The fourth effect is confirmed and does not happen. */
const forgets: Sabotage = {
  on: 'after insert on airtable.records',
  does: `if new.cells::text like '%/4"%' then delete from airtable.records where id = new.id; end if;
         return null;`,
};
/** Runs fail after their last step. */
const failsRuns: Sabotage = {
  on: 'before update of status on automation.executions',
  does: `if new.status = 'completed' then new.status := 'failed'; end if; return new;`,
};

describe('the check of flows that are killed', { timeout: 150_000 }, () => {
  it('passes on the platform', async () => {
    expect(await result()).toMatchObject({ outcome: 'pass', shortfall: undefined });
  });

  it('names effects that happen twice or not at all, and flows that do not complete', async () => {
    const { outcome, observed, shortfall } = await withTriggers(
      platform.admin,
      [doubles, forgets, failsRuns],
      result,
    );
    expect([outcome, shortfall]).toEqual(['fail', undefined]);
    expect(observed.doubled).toContainEqual(expect.stringMatching(/\/2: 2 times$/));
    expect(observed.missing).toContainEqual(expect.stringMatching(/^saga .*\/4$/));
    expect(observed.notCompleted).toContainEqual(expect.stringMatching(/^run .*: failed$/));
    expect(observed).toMatchObject({ lost: [], unexpected: [], withoutEnd: [], notBack: [] });
  });
});
