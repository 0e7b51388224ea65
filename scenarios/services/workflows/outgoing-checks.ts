import { isDeepStrictEqual } from 'node:util';
import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { gatewayInside } from '../../kit/gateway-inside.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { outgoingBreaks } from './outgoing-breaks.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

/** Time for a mail to arrive, milliseconds. */
const mailLimitMs = 10_000;

export const outgoingStepsDoTheirWork = defineCheck({
  ...workflowCheck,
  services: [...workflowCheck.services, 'user-service'],
  requires: ['mail'],
  id: 'services.automation-services.values-of-outgoing-steps',
  title: 'Steps with requests and mails send what they say',
  failureTitle: 'A request or a mail of a workflow is lost, cut or misdirected',
  why: 'These steps act on the world outside. A mail that reaches one of three people, or a request whose body is lost, is not noticed inside.',
  remediation: {
    text: 'steps/http-request.ts and steps/send-email.ts of automation-services, mail/ of platform-services. The evidence has the execution.',
    effort: 'hours',
  },
  expects: {
    status: equals('completed'),
    posted: equals([201, 'From a workflow', 'From a workflow']),
    read: equals([200, true]),
    put: equals('Changed by a workflow'),
    keptGoing: equals([404, 'completed']),
    failedOnStatus: equals(['failed', 'failed 1']),
    recipients: equals([2, 2]),
    mails: equals(['Report for Ada: line one, Ada', 'Report for Ada: line one, Ada']),
    outsider: equals(['failed', 0]),
  },
  breaks: outgoingBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'viewer',
    });
    const outsider = await context.account();
    const gateway = gatewayInside(context.stack);
    const request = (method: string, path: string, body?: unknown, more: object = {}) => ({
      type: 'http_request',
      config: { url: `${gateway}${path}`, method, ...(body === undefined ? {} : { body }), ...more },
    });
    const mail = (to: readonly string[], subject: string) => ({
      type: 'send_email',
      config: { to, subject, text: 'line one\n{input.who}' },
    });
    const subject = `Report for {input.who}`;
    const workflow = await createWorkflow(send, {
      max_retries: 0,
      steps: [
        request('POST', '/api/workspaces', { name: 'From a workflow', description: null }),
        request('GET', '/api/workspaces'),
        request('PUT', '/api/users/me', { bio: 'Changed by a workflow' }),
        request('GET', '/api/workspaces/00000000-0000-4000-8000-000000000000', undefined, {
          fail_on_status: false,
        }),
        mail([user.email, member.email], subject),
      ],
    });
    const run = await endOfRun(context, send, await startRun(send, workflow, { who: 'Ada' }));
    await context.keep('execution.json', run.json as never);
    const failing = await createWorkflow(send, {
      max_retries: 0,
      steps: [request('GET', '/api/workspaces/00000000-0000-4000-8000-000000000000')],
    });
    const failed = await endOfRun(context, send, await startRun(send, failing));
    const foreign = await createWorkflow(send, {
      max_retries: 0,
      steps: [mail([outsider.email], 'Not for you')],
    });
    const rejected = await endOfRun(context, send, await startRun(send, foreign, { who: 'Ada' }));
    const mailTo = async (to: string) =>
      (await context.mailbox.to(to)).find(({ subject: given }) => given.startsWith('Report for'));
    const mails: string[] = [];
    if (run.status === 'completed')
      for (const to of [user.email, member.email]) {
        const mail = await pollUntil(
          () => mailTo(to),
          (found) => found !== undefined,
          context,
          mailLimitMs,
        );
        const lines = (mail?.text ?? '').split(/\r?\n/).map((line) => line.trim());
        if (mail)
          mails.push(`${mail.subject}: ${lines.filter((line) => /^(line one|Ada)$/.test(line)).join(', ')}`);
      }
    const workspaces = listAt(await prepare(send, 'GET', '/api/workspaces'), 'workspaces');
    const read = listAt(run.result(1), 'body', 'workspaces');
    const idsRead = new Set(read.map((one) => textAt(one, 'id')));
    // The onboarding of the account may add a workspace meanwhile.
    const thoseRead = workspaces.filter((one) => idsRead.has(textAt(one, 'id')));
    const strange = (await context.mailbox.to(outsider.email)).filter(
      ({ subject: one }) => one === 'Not for you',
    );
    return {
      status: run.status,
      posted: [
        Number(run.result(0, 'status') ?? 0),
        textAt(run.result(0), 'body', 'name'),
        workspaces.map((one) => textAt(one, 'name')).find((name) => name === 'From a workflow') ?? 'none',
      ],
      read: [
        Number(run.result(1, 'status') ?? 0),
        idsRead.has(textAt(run.result(0), 'body', 'id')) && isDeepStrictEqual(read, thoseRead),
      ],
      put: textAt(await prepare(send, 'GET', '/api/users/me'), 'bio'),
      keptGoing: [Number(run.result(3, 'status') ?? 0), (run.steps[3] ?? '').split(' ')[0] ?? ''],
      failedOnStatus: [failed.status, ...failed.steps],
      recipients: [Number(valueAt(run.result(4), 'recipients') ?? 0), mails.length],
      mails,
      outsider: [rejected.status, strange.length],
    };
  },
});
