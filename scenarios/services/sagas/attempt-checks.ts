import { atLeast, defineCheck, equals, ProductFailure } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { changesIn, createRecord, endOf, sagaCheck, startSaga, watchedBase } from './saga.ts';

const runStep = 'platform/services/saga-service/run/run-step.ts';

export const attemptsAreRepeated = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.failed-attempts-are-repeated',
  title: 'A saga repeats a failed attempt, and it has one effect',
  failureTitle: 'A saga gives up at once, or a repeated step has two effects',
  why: 'A service that is slow for a moment must not fail a saga. A second attempt while the first one still works must not do the work twice.',
  requires: ['postgres-admin'],
  remediation: {
    text: 'run/run-step.ts of saga-service repeats what is retryable, each time with the same idempotency key.',
    effort: 'days',
  },
  expects: {
    status: equals('completed'),
    attempts: atLeast(2, 'attempts'),
    changes: equals(['+slow', '+next']),
  },
  breaks: [
    {
      defect: 'A saga fails with the first failed attempt.',
      changes: [
        {
          kind: 'source',
          file: runStep,
          find: 'failures > definition.retry_attempts',
          replace: 'failures > definition.retry_attempts * 0',
        },
      ],
      violates: ['status', 'attempts'],
    },
    {
      defect: 'Each attempt has another idempotency key.',
      changes: [
        {
          kind: 'source',
          file: runStep,
          find: 'idempotencyKey: `$' + '{progress.saga.saga_id}:$' + '{step_id}`',
          replace: 'idempotencyKey: `$' + '{progress.saga.saga_id}:$' + '{step_id}:$' + '{row.attempts}`',
        },
      ],
      violates: ['changes'],
    },
  ],
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await watchedBase(send);
    const client = await context.databaseAdmin().connect();
    let id: string;
    try {
      await client.query('begin');
      // Writers of this base wait, as for a long change of another user.
      const { rowCount } = await client.query('select from airtable.bases where id = $1 for update', [
        base.id,
      ]);
      if (rowCount !== 1) throw new ProductFailure('The base is not in airtable.bases.');
      id = await startSaga(send, {
        steps: [
          { ...createRecord('slow', base), timeout: 1, retry_attempts: 6 },
          { ...createRecord('next', base), retry_attempts: 6 },
        ],
      });
      await pollUntil(
        async () => valueAt((await send('GET', `/api/saga/${id}/steps`)).json, 'steps', 0),
        (step) => Number(valueAt(step, 'attempts')) >= 2 || textAt(step, 'status') === 'failed',
        context,
        5_000,
      );
    } finally {
      await client.query('rollback');
      client.release();
    }
    const end = await endOf(context, send, id);
    return {
      status: end.status,
      attempts: Number(valueAt(end.stepStates[0], 'attempts')),
      changes: await changesIn(send, base),
    };
  },
});
