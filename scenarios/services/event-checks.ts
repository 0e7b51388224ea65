import { defineCheck, equals, includes, ProductFailure } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { lookUntil } from '../kit/poll-until.ts';
import { summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { fileForm } from '../security/tenants/service-objects.ts';
import { askAs, prepare } from '../security/tenants/tenant-world.ts';

const textsAt = (json: unknown, list: string, field: string): string[] => {
  const found = valueAt(json, list);
  return Array.isArray(found) ? found.map((one) => textAt(one, field)) : [];
};

/** The joint between platform-services and saga-service. */
export const registrationStartsSaga = defineCheck({
  id: 'services.saga-service.registration-starts-onboarding',
  title: 'Whoever registers is welcomed by a saga that nobody started by hand',
  why: 'Each service passes its own checks while the event between them is never sent; then every flow that begins with a registration is dead, and nothing shows it.',
  category: 'services',
  severity: 'medium',
  needs: [
    registrationWorks,
    'services.saga-service.available',
    'services.platform-services.available',
    'services.automation-services.available',
  ],
  services: ['gateway', 'platform-services', 'saga-service', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Look in Redis’ stream saga-events for user.registered. If it is missing, platform-services does not publish (identity.outgoing_events holds what waits); if it is there, saga-service does not react.',
    effort: 'days',
  },
  expects: {
    saga: equals('completed'),
    workspaces: includes('First steps'),
    notifications: includes('Welcome'),
  },
  run: async (context) => {
    const ask = askAs(context, await context.account());
    const read = async (path: string): Promise<unknown> => (await ask('GET', path)).json;
    const sagas = await lookUntil(
      () => read('/api/saga'),
      (json) => textAt(json, 'sagas', 0, 'status') === 'completed',
      context.signal,
    );
    return {
      saga: textAt(sagas, 'sagas', 0, 'status'),
      workspaces: textsAt(await read('/api/workspaces'), 'workspaces', 'name'),
      notifications: textsAt(await read('/api/notifications'), 'notifications', 'subject'),
    };
  },
});

/** The joint between file-service and automation-services. */
export const filesStartWorkflows = defineCheck({
  id: 'services.automation-services.files-start-workflows',
  title: 'A workflow runs by itself when a file arrives, and when it has been processed',
  why: 'A trigger that can be saved and never fires is worse than none: people rely on it.',
  category: 'services',
  severity: 'medium',
  needs: [registrationWorks, 'services.file-service.available', 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'file-service', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'files.events holds what file-service has not been able to tell; its log says why. AUTOMATION_SERVICES_URL and INTERNAL_API_KEY are the usual causes.',
    effort: 'days',
  },
  expects: {
    file_upload: equals('completed'),
    file_processed: equals('completed'),
  },
  run: async (context) => {
    const user = await context.account();
    const types = ['file_upload', 'file_processed'] as const;
    const ask = askAs(context, user);
    for (const type of types)
      await prepare(ask, 'POST', '/api/workflows', {
        name: type,
        steps: [{ type: 'log', config: { message: '{filename}' } }],
        triggers: [{ type, extensions: ['txt'] }],
      });
    const upload = await context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: user.accessToken,
      from: user.address,
      ...fileForm('joint.txt', 'what a workflow waits for'),
    });
    if (upload.status !== 201) throw new ProductFailure(`the upload answered ${summary(upload)}`);
    await prepare(ask, 'POST', `/api/files/${textAt(upload.json, 'id')}/process`);
    const statusBy = async () => {
      const { json } = await ask('GET', '/api/executions');
      const [triggers, statuses] = [
        textsAt(json, 'executions', 'trigger'),
        textsAt(json, 'executions', 'status'),
      ];
      return Object.fromEntries(
        types.map((type) => [type, statuses[triggers.indexOf(type)] ?? 'never started']),
      );
    };
    const seen = await lookUntil(
      statusBy,
      (statuses) => types.every((type) => ['completed', 'failed'].includes(statuses[type] ?? '')),
      context.signal,
    );
    return { file_upload: seen.file_upload ?? '', file_processed: seen.file_processed ?? '' };
  },
});
