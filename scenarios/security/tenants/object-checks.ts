import { setTimeout as pause } from 'node:timers/promises';
import { atLeast, defineCheck, empty } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { type Send, sendAs } from '../../kit/send-as.ts';
import { furtherSecurity } from '../check-fields.ts';
import { createServiceObjects } from './service-objects.ts';
import { foreignObjectBreaks } from './tenant-breaks.ts';

/** Time between two reads of a running execution, milliseconds. */
const pollMs = 100;

export const foreignObjects = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.objects-of-others-unreachable',
  users: 2,
  title: 'Objects of other tenants are hidden in every service',
  failureTitle: 'Objects of another tenant are seen or changed',
  controls: ['unreadableForOwner', 'requests'],
  standards: ['ASVS 8.2.2', 'ASVS 8.4.1', 'API1'],
  why: 'Each service must hide a tenant’s files, workspaces, workflows and executions itself. A service that trusts anyone with an id exposes all of them (API1).',
  severity: 'blocker',
  needs: [
    registrationWorks,
    ...['user-service', 'file-service', 'automation-services'].map((name) => `services.${name}.available`),
  ],
  services: ['gateway', 'platform-services', 'user-service', 'file-service', 'automation-services'],
  remediation: {
    text: 'Read rows under the caller’s tenant (withTenant) and respond with 404 when there is none. Never read first and compare afterwards.',
    effort: 'days',
  },
  expects: {
    reached: empty(),
    inLists: empty(),
    changed: empty(),
    unreadableForOwner: empty(),
    requests: atLeast(15, 'requests'),
  },
  breaks: foreignObjectBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const [send, sendOther] = [sendAs(context, own), sendAs(context, other)];
    await createServiceObjects(context, { account: own, send });
    const objects = await createServiceObjects(context, { account: other, send: sendOther });
    // The owner's own execution changes the counts of its workflow when it ends.
    for (const { read } of objects) await readWhenEnded(sendOther, read);
    const reached: string[] = [];
    const inLists: string[] = [];
    const changed: string[] = [];
    const unreadableForOwner: string[] = [];
    let requests = 0;
    for (const { name, id, list, read, others } of objects) {
      const ownersList = await sendOther('GET', list);
      if (ownersList.status !== 200 || !ownersList.text.includes(id))
        unreadableForOwner.push(`${name} in ${list}: ${summary(ownersList)}`);
      const listed = await send('GET', list);
      if (listed.status !== 200 || listed.text.includes(id)) inLists.push(`${list}: ${summary(listed)}`);
      const before = await readWhenEnded(sendOther, read);
      if (!before.includes(id)) unreadableForOwner.push(`${name}: ${before}`);
      for (const [method, path, body] of [['GET', read, undefined] as const, ...others]) {
        requests += 1;
        const response = await send(method, path, body);
        if (response.status !== 404) reached.push(`${method} ${path}: ${summary(response)}`);
      }
      const after = await readWhenEnded(sendOther, read);
      if (after !== before) changed.push(`${name}: ${before} became ${after}`);
    }
    return { reached, inLists, changed, unreadableForOwner, requests };

    /** Reads an object; an execution only when it has ended and no longer changes. */
    async function readWhenEnded(sendAsOwner: Send, path: string): Promise<string> {
      let response = await sendAsOwner('GET', path);
      while (/"status":"(?:pending|running)"/.test(response.text) && path.includes('executions')) {
        await pause(pollMs, undefined, { signal: context.signal });
        response = await sendAsOwner('GET', path);
      }
      return response.text;
    }
  },
});
