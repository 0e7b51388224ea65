import { defineCheck, equals, includes, ProductFailure } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { fileForm } from '../kit/file-form.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { summary } from '../kit/response.ts';
import { prepare, sendAs } from '../kit/send-as.ts';
import { textAt, textsAt } from '../kit/shape.ts';
import { fileTriggerBreaks, onboardingBreaks } from './event-breaks.ts';

/** The event from platform-services to saga-service. */
export const registrationStartsSaga = defineCheck({
  id: 'services.saga-service.registration-starts-onboarding',
  title: 'A registration starts the onboarding saga',
  failureTitle: 'A registration starts no onboarding, or its effects come twice',
  why: 'Each service passes its own checks even if the event between them is never sent. Then no flow that begins with a registration works.',
  category: 'services',
  severity: 'high',
  needs: [
    registrationWorks,
    'services.saga-service.available',
    'services.platform-services.available',
    'services.automation-services.available',
  ],
  services: ['gateway', 'platform-services', 'saga-service', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Search the Redis stream saga-events for user.registered. If it is missing, platform-services does not publish (identity.outgoing_events has the waiting events). If it is there, saga-service does not react.',
    effort: 'days',
  },
  expects: {
    saga: equals('completed'),
    workspaces: includes('First steps'),
    notifications: includes('Welcome'),
    welcomes: equals(1),
  },
  breaks: onboardingBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const read = async (path: string): Promise<unknown> => (await send('GET', path)).json;
    const sagas = await pollUntil(
      () => read('/api/saga'),
      (json) => textAt(json, 'sagas', 0, 'status') === 'completed',
      context,
    );
    const notifications = textsAt(await read('/api/notifications'), 'notifications', 'subject');
    return {
      saga: textAt(sagas, 'sagas', 0, 'status'),
      workspaces: textsAt(await read('/api/workspaces'), 'workspaces', 'name'),
      notifications,
      welcomes: notifications.filter((subject) => subject === 'Welcome').length,
    };
  },
});

/** The events from file-service to automation-services. */
export const filesStartWorkflows = defineCheck({
  id: 'services.automation-services.files-start-workflows',
  title: 'Uploaded and processed files start workflows',
  why: 'Users rely on a saved trigger. One that never fires is worse than none.',
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.file-service.available', 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'file-service', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'files.events has the events that file-service could not send; its log has the reason. AUTOMATION_SERVICES_URL and INTERNAL_API_KEY are the usual causes.',
    effort: 'days',
  },
  expects: {
    file_upload: equals('completed'),
    file_processed: equals('completed'),
  },
  breaks: fileTriggerBreaks,
  run: async (context) => {
    const user = await context.account();
    const types = ['file_upload', 'file_processed'] as const;
    const send = sendAs(context, user);
    for (const type of types)
      await prepare(send, 'POST', '/api/workflows', {
        name: type,
        steps: [{ type: 'log', config: { message: '{filename}' } }],
        triggers: [{ type, extensions: ['txt'] }],
      });
    const upload = await context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: user.accessToken,
      from: user.address,
      ...fileForm('trigger.txt', 'starts a workflow'),
    });
    if (upload.status !== 201) throw new ProductFailure(`The upload returned ${summary(upload)}`);
    await prepare(send, 'POST', `/api/files/${textAt(upload.json, 'id')}/process`);
    const statusByTrigger = async () => {
      const { json } = await send('GET', '/api/executions');
      const [triggers, statuses] = [
        textsAt(json, 'executions', 'trigger'),
        textsAt(json, 'executions', 'status'),
      ];
      return Object.fromEntries(
        types.map((type) => [type, statuses[triggers.indexOf(type)] ?? 'never started']),
      );
    };
    const seen = await pollUntil(
      statusByTrigger,
      (statuses) => types.every((type) => ['completed', 'failed'].includes(statuses[type] ?? '')),
      context,
    );
    return { file_upload: seen.file_upload ?? '', file_processed: seen.file_processed ?? '' };
  },
});
