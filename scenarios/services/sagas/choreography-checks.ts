// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { changesIn, createRecord, endOf, eventType, sagaCheck, startSaga, watchedBase } from './saga.ts';
import { choreographyBreaks } from './saga-breaks.ts';

export const eventsContinueSagas = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.events-continue-sagas-once',
  title: 'An event continues the sagas that wait for it, once',
  failureTitle: 'An event continues a saga twice, not at all, or one of others',
  why: 'Choreographed sagas consist of these events. One that counts twice does the work twice.',
  remediation: {
    text: 'events/react-to-event.ts of saga-service looks for the sagas of the tenant that wait.',
    effort: 'days',
  },
  expects: {
    beforeEvent: equals([]),
    foreignEvent: equals([]),
    otherType: equals([]),
    status: equals('completed'),
    changes: equals(['+one paid 7', '+two']),
    correlated: equals(['running', 'completed']),
    correlatedChanges: equals(['+mine']),
  },
  breaks: choreographyBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const [base, mine, theirs] = [await watchedBase(send), await watchedBase(send), await watchedBase(send)];
    const type = eventType(context, 'order_paid');
    const publish = (act: typeof send, body: object, of = type) =>
      prepare(act, 'POST', `/api/saga/events/${of}`, body);
    const waiting = { on: type };
    const id = await startSaga(send, {
      pattern: 'choreography',
      steps: [
        { ...createRecord('one', base, 'one paid ${event.number}'), ...waiting },
        createRecord('two', base, 'two'),
      ],
    });
    const parked = async (saga: string) =>
      pollUntil(
        async () => textAt((await send('GET', `/api/saga/${saga}`)).json, 'status'),
        (status) => status === 'running',
        context,
        3_000,
      );
    await parked(id);
    const beforeEvent = await changesIn(send, base);
    await publish(foreign, { data: { number: 1 } });
    const foreignEvent = await changesIn(send, base);
    await publish(send, { data: { number: 2 } }, `${type}_other`.slice(0, 90));
    const otherType = await changesIn(send, base);
    await publish(send, { data: { number: 7 } });
    await publish(send, { data: { number: 8 } });
    const end = await endOf(context, send, id);

    const start = (where: typeof base) =>
      startSaga(send, { pattern: 'choreography', steps: [{ ...createRecord('mine', where), ...waiting }] });
    const [own, others] = [await start(mine), await start(theirs)];
    await Promise.all([parked(own), parked(others)]);
    await publish(send, { data: { number: 9 }, correlation_id: own });
    const ended = await endOf(context, send, own);
    const other = textAt((await send('GET', `/api/saga/${others}`)).json, 'status');
    return {
      beforeEvent,
      foreignEvent,
      otherType,
      status: end.status,
      changes: await changesIn(send, base),
      correlated: [other, ended.status],
      correlatedChanges: [...(await changesIn(send, mine)), ...(await changesIn(send, theirs))],
    };
  },
});
