import { setTimeout as pause } from 'node:timers/promises';
import { atLeast, defineCheck, empty, equals, measurement } from '../../../harness/engine/index.ts';
import { pollUntil, type Waiting } from '../../kit/poll-until.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import {
  changesIn,
  createRecord,
  endOf,
  eventType,
  startSaga,
  watchedBase,
} from '../../services/sagas/saga.ts';
import { createWorkflow, endedRuns, endOfRun, startRun } from '../../services/workflows/workflow-runs.ts';
import { keyRunBreaks } from './delegation-breaks.ts';
import { openRunBase, runRightsCheck } from './run-base.ts';

/** Lifetime of the key, milliseconds: enough to start everything with it beside the other checks of a run. */
const keyLifetimeMs = 20_000;
/** How long the second step of a workflow waits after the start, seconds: beyond the lifetime of the key. */
const delayS = keyLifetimeMs / 1000 + 1;
/** Everything that the runs do, and to start them. */
const keyScopes = ['data.records:write', 'workflows:write', 'sagas:write'];

export const runsEndWithTheirKey = defineCheck({
  ...runRightsCheck,
  id: 'security.tokens.runs-end-with-their-key',
  lasts: 28,
  waits: true,
  title: 'Runs that an API key started lose their rights with it',
  failureTitle: 'A run continues with the rights of an expired API key',
  controls: ['before', 'ofSession'],
  why: 'Workflows and sagas act for hours or months with the rights of the key that started them. If only the gateway compares the expiry, the key works on in them (ASVS 5.0 9.2.1).',
  timeoutMs: 90_000,
  remediation: {
    text: 'grants/mint-token.ts of platform-services compares the expiry of the personal access token each time, and no token of a grant lives longer than it. Services ask again for each step (createDelegatedTokens).',
    effort: 'days',
  },
  expects: {
    keyLeftAfterTheStart: measurement(atLeast(1, 'ms')),
    before: equals({ workflow: ['run'], saga: ['+one'], triggered: ['early'] }),
    ended: equals({ workflow: 'failed', saga: 'compensated', triggered: 'failed' }),
    writtenAfterwards: empty(),
    ofSession: equals({ workflow: 'completed', saga: 'completed' }),
  },
  breaks: keyRunBreaks,
  async run(context) {
    const user = await context.account();
    const own = sendAs(context, user);
    const base = await openRunBase(context, own);
    const sagas = { key: await watchedBase(own), session: await watchedBase(own) };
    const expiresAt = Date.now() + keyLifetimeMs;
    const made = await prepare(own, 'POST', '/api/auth/tokens', {
      name: context.unique('runs'),
      scopes: keyScopes,
      expires_at: new Date(expiresAt).toISOString(),
    });
    const byKey = sendAs(context, { ...user, accessToken: textAt(made, 'token') });
    const event = eventType(context, 'go');

    const [ofKey, ofSession, triggered] = await Promise.all([
      startAll(byKey, 'key'),
      startAll(own, 'session'),
      createWorkflow(byKey, {
        steps: [base.writes('triggered {input.event_id}')],
        triggers: [{ type: 'record_changed', base_id: base.id, table: 'Inbox' }],
        max_retries: 0,
      }),
    ]);
    await prepare(own, 'POST', base.inbox, { fields: { Name: 'early' } });
    const early = await runsOf(context, own, { workflow: triggered, number: 1 });
    const before = {
      workflow: (await base.names()).filter((name) => name === 'key first').map(() => 'run'),
      saga: await pollUntil(
        () => changesIn(own, sagas.key),
        ({ length }) => length > 0,
        context,
      ),
      triggered: early.filter((status) => status === 'completed').map(() => 'early'),
    };
    const keyLeftAfterTheStart = expiresAt - Date.now();
    await pause(Math.max(0, keyLeftAfterTheStart + 200), undefined, { signal: context.signal });

    const known = new Set(await base.names());
    await prepare(own, 'POST', base.inbox, { fields: { Name: 'late' } });
    await prepare(own, 'POST', `/api/saga/events/${event}`, { data: {} });
    const [workflow, saga, late, sessionWorkflow, sessionSaga] = await Promise.all([
      endOfRun(context, own, ofKey.execution),
      endOf(context, own, ofKey.saga),
      runsOf(context, own, { workflow: triggered, number: 2 }),
      endOfRun(context, own, ofSession.execution),
      endOf(context, own, ofSession.saga),
    ]);
    const changes = await changesIn(own, sagas.key);
    return {
      keyLeftAfterTheStart,
      before,
      ended: {
        workflow: workflow.status,
        saga: saga.status,
        triggered: late.find((status) => status !== 'completed') ?? 'completed',
      },
      writtenAfterwards: [
        ...(await base.names()).filter((name) => !known.has(name) && !name.startsWith('session')),
        ...changes.filter((change) => change === '+two'),
      ],
      ofSession: { workflow: sessionWorkflow.status, saga: sessionSaga.status },
    };

    async function startAll(send: Send, name: 'key' | 'session') {
      const workflow = await createWorkflow(send, {
        steps: [
          base.writes(`${name} first`),
          { type: 'delay', config: { seconds: delayS } },
          base.writes(`${name} second`),
        ],
        triggers: [{ type: 'manual' }],
        max_retries: 0,
      });
      return {
        execution: await startRun(send, workflow),
        saga: await startSaga(send, {
          pattern: 'choreography',
          steps: [
            createRecord('one', sagas[name]),
            { ...createRecord('two', sagas[name]), on: event, retry_attempts: 0 },
          ],
        }),
      };
    }
  },
});

/** The states of the executions of a workflow, oldest first, once there are that many and all have ended. */
async function runsOf(
  context: Waiting,
  send: Send,
  of: { workflow: string; number: number },
): Promise<string[]> {
  return (await endedRuns(context, send, of)).map((one) => textAt(one, 'status'));
}
