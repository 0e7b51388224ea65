import { createHmac, randomUUID } from 'node:crypto';
import {
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
  equals,
  type Json,
} from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { prepare, sendAs } from '../kit/send-as.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { webhookBreaks } from './event-breaks.ts';

interface Target {
  id: string;
  secret: string;
}

interface Message extends Target {
  messageId: string;
  /** Seconds since it was sent. */
  age?: number;
  /** The text that is sent, when it differs from the signed one. */
  sent?: string;
}

const signedText = '{"type": "readiness.probe", "data": {"number": 1}}';
/** Older than the tolerance of five minutes, seconds. */
const tooOld = 400;

/** Sends a message to a webhook as a sender by Standard Webhooks does, signed with node:crypto alone. */
function post(context: CheckContext, { id, secret, messageId, age = 0, sent }: Message): Promise<Exchange> {
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${messageId}.${timestamp}.${signedText}`)
    .digest('base64');
  return context.http.request('gateway', `/api/hooks/${id}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': messageId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body: sent ?? signedText,
  });
}

/** What a sender sees of a rejection. */
const seen = ({ status, json }: Exchange): Json => [status, textAt(json, 'error'), textAt(json, 'message')];

export const webhookMessages = defineCheck({
  id: 'services.automation-services.webhook-messages',
  title: 'Signed messages start workflows once, others never',
  failureTitle: 'A webhook takes messages that it must reject, or rejects valid ones',
  why: 'Anyone can reach the address of a webhook. Only the signature keeps strangers from starting workflows with the rights of their owner.',
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'platform/services/automation-services/webhooks verifies messages. Signed ones are rejected when INTERNAL_API_KEY has changed since the secret was made.',
    effort: 'days',
  },
  expects: {
    execution: equals('webhook completed'),
    repetition: equals('the same execution'),
    rejected: empty(),
    accepted: empty(),
    unknownWebhook: equals('like a wrong signature'),
    executions: equals(3),
  },
  breaks: webhookBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workflow = textAt(
      await prepare(send, 'POST', '/api/workflows', {
        name: context.unique('webhook'),
        steps: [{ type: 'log', config: { message: '{input.payload.data.number}' } }],
        triggers: [{ type: 'webhook' }],
      }),
      'id',
    );
    const path = `/api/workflows/${workflow}/webhook`;
    const targetWith = async (body: unknown): Promise<Target> => {
      const created = await prepare(send, 'POST', path, body);
      return { id: textAt(created, 'id'), secret: textAt(created, 'secret') };
    };
    const target = await targetWith({});
    const message = { ...target, messageId: `msg_${randomUUID()}` };
    const first = await post(context, message);
    const executionId = textAt(first.json, 'execution_id');
    const repeated = await post(context, message);
    const ended = await pollUntil(
      async () => (await send('GET', `/api/executions/${executionId}`)).json,
      (json) => ['completed', 'failed'].includes(textAt(json, 'status')),
      context,
    );

    const another = () => ({ ...target, messageId: `msg_${randomUUID()}` });
    const stranger = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const wrong = await post(context, { ...another(), secret: stranger });
    const unknown = await post(context, { ...another(), id: randomUUID() });
    const renewed = await targetWith({ overlap_seconds: 600 });
    const valid = {
      'the former secret in the overlap': await post(context, another()),
      'the new secret': await post(context, { ...another(), secret: renewed.secret }),
    };
    const last = await targetWith({ overlap_seconds: 0 });
    const forged = {
      'the secret of a stranger': wrong,
      'an unknown webhook': unknown,
      'a changed body': await post(context, {
        ...another(),
        secret: last.secret,
        sent: signedText.replace('1', '2'),
      }),
      'an old message': await post(context, { ...another(), secret: last.secret, age: tooOld }),
      'a message from the future': await post(context, { ...another(), secret: last.secret, age: -tooOld }),
      'a former secret after its end': await post(context, { ...another(), secret: renewed.secret }),
    };
    const which = (responses: Record<string, Exchange>, status: number) =>
      Object.entries(responses).flatMap(([name, response]) =>
        response.status === status ? [] : [`${name}: ${response.status} ${textAt(response.json, 'message')}`],
      );
    const executions = valueAt((await send('GET', `/api/workflows/${workflow}/executions`)).json, 'total');
    return {
      execution: `${textAt(ended, 'trigger')} ${textAt(ended, 'status')}`,
      repetition:
        executionId !== '' && textAt(repeated.json, 'execution_id') === executionId
          ? 'the same execution'
          : `${repeated.status} ${textAt(repeated.json, 'execution_id')}`,
      rejected: which({ 'the first message': first, ...valid }, 202),
      accepted: which(forged, 401),
      unknownWebhook:
        JSON.stringify(seen(unknown)) === JSON.stringify(seen(wrong))
          ? 'like a wrong signature'
          : JSON.stringify(seen(unknown)),
      executions: typeof executions === 'number' ? executions : null,
    };
  },
});
