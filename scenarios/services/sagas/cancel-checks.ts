// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { remediation, slowChat, withModel } from './running-saga.ts';
import { changesIn, createRecord, endOf, rejectedStep, startSaga, watchedBase } from './saga.ts';
import { cancelBreaks } from './saga-breaks.ts';

export const cancelledSagasAreUndone = defineCheck({
  ...withModel,
  id: 'services.saga-service.cancelled-sagas-are-undone',
  title: 'A cancelled saga stops and is undone',
  failureTitle: 'A cancelled saga goes on, or its effects stay',
  why: 'People cancel what they have started by mistake. What goes on then does harm that nobody expects.',
  remediation,
  expects: {
    cancel: equals(202),
    status: equals('compensated'),
    reason: equals(true),
    changes: equals(['+one', '-one']),
    timedOut: equals(['compensated', '+one', '-one']),
    optional: equals(['completed', '+one', '+last']),
    optionalStates: equals(['one completed', 'bad skipped', 'last completed']),
  },
  breaks: cancelBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [base, timed, other] = [await watchedBase(send), await watchedBase(send), await watchedBase(send)];
    const slow = (where: typeof base, more: object = {}) => ({
      steps: [createRecord('one', where), slowChat('slow', 10_000), createRecord('never', where)],
      ...more,
    });
    const [id, late, optional] = [
      await startSaga(send, slow(base)),
      await startSaga(send, slow(timed, { timeout: 1 })),
      await startSaga(send, {
        steps: [
          createRecord('one', other),
          rejectedStep(other, { optional: true }),
          createRecord('last', other),
        ],
      }),
    ];
    await pollUntil(
      async () => valueAt((await send('GET', `/api/saga/${id}/steps`)).json, 'steps', 1),
      (step) => textAt(step, 'status') === 'running',
      context,
    );
    const cancel = await send('POST', `/api/saga/${id}/cancel`);
    const ends = [];
    for (const one of [id, late, optional]) ends.push(await endOf(context, send, one));
    const [end, timedOut, completed] = ends;
    return {
      cancel: cancel.status,
      status: end?.status ?? '',
      reason: /cancel|request/.test(end?.error ?? ''),
      changes: await changesIn(send, base),
      timedOut: [timedOut?.status ?? '', ...(await changesIn(send, timed))],
      optional: [completed?.status ?? '', ...(await changesIn(send, other))],
      optionalStates: (completed?.steps ?? []).map((step) => step.replace(/ \d+$/, '')),
    };
  },
});
