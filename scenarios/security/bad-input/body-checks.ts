import {
  type CheckDefinition,
  defineCheck,
  type Exchange,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { problemLocation, summary } from '../../kit/response.ts';
import { valueAt } from '../../kit/shape.ts';
import { badBodiesFor, jsonRoutes } from './bad-bodies.ts';
import { bodyBreaks } from './bad-input-breaks.ts';
import { badInputCheck } from './check-fields.ts';
import { endedProcesses, isReady } from './service-state.ts';

/** The location in the platform's own error envelope, or the message in Airtable's. */
function problemText(response: Exchange): string {
  const location = problemLocation(response);
  return location.length > 0 ? location.join('.') : String(valueAt(response.json, 'error', 'message') ?? '');
}

export const badBodyChecks: readonly CheckDefinition[] = jsonRoutes.map((route) => {
  const bodies = badBodiesFor(route);
  return defineCheck({
    ...badInputCheck(route.service),
    id: `security.bad-input.${route.service}.bodies`,
    // A valid body changes the profile of the user.
    ...(route.service === 'user-service' ? {} : { users: 1 }),
    title: `${route.service} rejects invalid request bodies`,
    expects: {
      notRejected: empty(),
      withoutPath: empty(),
      unready: empty(),
      ended: empty(),
      requests: equals(bodies.length),
      validBefore: equals(route.success),
      validAfter: equals(route.success),
    },
    breaks: bodyBreaks(route),
    run: async (context) => {
      const account = await context.account();
      const send = (body: unknown) =>
        context.http.request('gateway', route.path, {
          method: route.method,
          token: account.accessToken,
          from: account.address,
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          timeoutMs: 20_000,
        });
      const before = await send(route.valid);
      const notRejected: string[] = [];
      const withoutPath: string[] = [];
      const unready: string[] = [];
      for (const { name, text, statuses, at } of bodies) {
        const response = await send(text);
        if (!statuses.includes(response.status)) notRejected.push(`${name}: ${summary(response)}`);
        else if (at && !problemText(response).includes(at.join('.')))
          withoutPath.push(`${name}: not at ${at.join('.')}: ${summary(response)}`);
        if (!(await isReady(context, route.service))) unready.push(`after ${name}`);
      }
      const after = await send(route.valid);
      return {
        notRejected,
        withoutPath,
        unready,
        ended: endedProcesses(context, route.service),
        requests: bodies.length,
        validBefore: before.status,
        validAfter: after.status,
      };
    },
  });
});
