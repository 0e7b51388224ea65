// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { remediation, slowChat, withModel } from './running-saga.ts';
import { changesIn, createRecord, endOf, rejectedStep, startSaga, watchedBase } from './saga.ts';
import { parallelBreaks } from './saga-breaks.ts';

export const independentStepsOverlap = defineCheck({
  ...withModel,
  id: 'services.saga-service.independent-steps-run-at-once',
  title: 'Independent saga steps run at once, dependent ones after',
  failureTitle: 'Steps of a saga run before what they depend on, or one by one',
  why: 'A step that runs too early works with what is not there. Steps that wait for no reason make sagas slow.',
  remediation,
  expects: {
    status: equals('completed'),
    overlap: equals(true),
    after: equals(true),
    changes: equals(['+left and right']),
    failed: equals(['compensated', '+quick', '-quick']),
    siblings: equals(['quick compensated', 'slow completed', 'bad failed', 'never skipped']),
  },
  breaks: parallelBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [base, other] = [await watchedBase(send), await watchedBase(send)];
    const [id, failing] = [
      await startSaga(send, {
        steps: [
          { ...slowChat('left', 700), depends_on: [] },
          { ...slowChat('right', 700), depends_on: [] },
          {
            ...createRecord('joined', base, '${left.response} and ${right.response}'),
            depends_on: ['left', 'right'],
          },
        ],
      }),
      await startSaga(send, {
        steps: [
          { ...createRecord('quick', other), depends_on: [] },
          { ...slowChat('slow', 300), depends_on: [] },
          rejectedStep(other, { depends_on: [] }),
          { ...createRecord('never', other), depends_on: ['slow', 'bad'] },
        ],
      }),
    ];
    const end = await endOf(context, send, id);
    const failed = await endOf(context, send, failing);
    const at = (step: string, field: string) =>
      Date.parse(
        textAt(
          end.stepStates.find((one) => textAt(one, 'step_id') === step),
          field,
        ),
      );
    const firstEnd = Math.min(at('left', 'completed_at'), at('right', 'completed_at'));
    const lastEnd = Math.max(at('left', 'completed_at'), at('right', 'completed_at'));
    return {
      status: end.status,
      overlap: Math.max(at('left', 'started_at'), at('right', 'started_at')) < firstEnd,
      after: at('joined', 'started_at') >= lastEnd,
      changes: await changesIn(send, base),
      failed: [failed.status, ...(await changesIn(send, other))],
      siblings: failed.steps.map((step) => step.replace(/ \d+$/, '')),
    };
  },
});
