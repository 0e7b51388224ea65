import { setTimeout as pause } from 'node:timers/promises';
import { atLeast, defineCheck, empty } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { furtherSecurity } from '../check-fields.ts';
import { fillServices } from './service-objects.ts';
import { askAs } from './tenant-world.ts';

/** Time between two looks at an execution that has not ended, milliseconds. */
const pollMs = 100;

export const foreignObjects = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.objects-of-others-unreachable',
  title: 'Files, workspaces, workflows and executions of other tenants look as if they did not exist',
  why: 'Every service that keeps something for a tenant has to hide it from all others by itself; one that trusts whoever knows an id opens the door for all (API1).',
  severity: 'blocker',
  needs: [
    registrationWorks,
    ...['user-service', 'file-service', 'automation-services'].map((name) => `services.${name}.available`),
  ],
  services: ['gateway', 'platform-services', 'user-service', 'file-service', 'automation-services'],
  remediation: {
    text: 'Look rows up under the caller’s tenant (withTenant) and answer 404 when there is none; never look first and compare afterwards.',
    effort: 'days',
  },
  expects: {
    reached: empty(),
    inLists: empty(),
    changed: empty(),
    unreadableToOwner: empty(),
    requests: atLeast(15, 'requests'),
  },
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const [ask, theirs] = [askAs(context, own), askAs(context, other)];
    await fillServices(context, { account: own, ask });
    const objects = await fillServices(context, { account: other, ask: theirs });
    const reached: string[] = [];
    const inLists: string[] = [];
    const changed: string[] = [];
    const unreadableToOwner: string[] = [];
    let requests = 0;
    for (const { what, id, list, read, writes } of objects) {
      const mine = await theirs('GET', list);
      if (mine.status !== 200 || !mine.text.includes(id))
        unreadableToOwner.push(`${what} in ${list}: ${summary(mine)}`);
      const listed = await ask('GET', list);
      if (listed.status !== 200 || listed.text.includes(id)) inLists.push(`${list}: ${summary(listed)}`);
      const before = await settled(theirs, read);
      if (!before.includes(id)) unreadableToOwner.push(`${what}: ${before}`);
      for (const [method, path, body] of [['GET', read, undefined] as const, ...writes]) {
        requests += 1;
        const answer = await ask(method, path, body);
        if (answer.status !== 404) reached.push(`${method} ${path}: ${summary(answer)}`);
      }
      const after = await settled(theirs, read);
      if (after !== before) changed.push(`${what}: ${before} became ${after}`);
    }
    return { reached, inLists, changed, unreadableToOwner, requests };

    /** What the owner reads, once nothing moves by itself any more. */
    async function settled(asOwner: typeof ask, path: string): Promise<string> {
      let answer = await asOwner('GET', path);
      while (/"status":"(?:pending|running)"/.test(answer.text) && path.includes('executions')) {
        await pause(pollMs, undefined, { signal: context.signal });
        answer = await asOwner('GET', path);
      }
      return answer.text;
    }
  },
});
