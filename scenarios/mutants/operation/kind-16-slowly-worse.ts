import { type Mutant, replacing } from '../mutant.ts';

const pace = ['api.load.routes-keep-pace'] as const;
const level = ['api.load.level-over-requests'] as const;

const pause = (ms: string) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;
/** A list that lives as long as the process. */
const kept = '((globalThis as unknown as { kept?: unknown[] }).kept ??= [])';
const leak = `${kept}.push(Buffer.alloc(20_480));`;
const slower = `${kept}.push(0); ${pause(`${kept}.length / 10`)}`;

/** Kind 16: a platform that is a little slower, or gets slower, or keeps memory. */
export const slowMutants: readonly Mutant[] = [
  {
    id: 'slow.profiles',
    kind: 16,
    defect: 'Reading the own profile takes 150 ms longer.',
    changes: [
      replacing(
        'services/user-service/app.ts',
        'ownProfile: ({ caller }) => profileOf(database, caller),',
        `ownProfile: async ({ caller }) => { ${pause('150')} return profileOf(database, caller); },`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.one-workspace',
    kind: 16,
    defect: 'Reading one workspace takes 150 ms longer.',
    changes: [
      replacing(
        'services/platform-services/workspaces/workspace-handlers.ts',
        'workspace: ({ caller, params }) => workspaces.readWorkspace(database, tenantOf(caller), params.id),',
        `workspace: async ({ caller, params }) => { ${pause('150')} return workspaces.readWorkspace(database, tenantOf(caller), params.id); },`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.one-record',
    kind: 16,
    defect: 'Reading one record takes 150 ms longer.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'const ref = { ...refOf(request.params), recordId: request.params.recordId };',
        `const ref = { ...refOf(request.params), recordId: request.params.recordId }; ${pause('150')}`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.writing-records',
    kind: 16,
    defect: 'Changing records takes 150 ms longer.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'const { fields, ...options } = request.body;\n  const { records } = await',
        `const { fields, ...options } = request.body;\n  ${pause('150')}\n  const { records } = await`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.tools',
    kind: 16,
    defect: 'Each call of a tool takes 150 ms longer.',
    changes: [
      replacing(
        'services/mcp-server/call-tool.ts',
        'const output = await tool.run(',
        `${pause('150')}\n    const output = await tool.run(`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.files',
    kind: 16,
    defect: 'The list of files takes 150 ms longer.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'if (admitted instanceof Promise) admitted.then(send)',
        "if (this.#target.route.service === 'file-service') setTimeout(() => void Promise.resolve(admitted).then(send).catch(reject), 150);\n      else if (admitted instanceof Promise) admitted.then(send)",
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.workflows',
    kind: 16,
    defect: 'The list of workflows takes 150 ms longer.',
    changes: [
      replacing(
        'services/automation-services/workflows/workflows.ts',
        'return { workflows: entries, ...page };',
        `${pause('150')} return { workflows: entries, ...page };`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.sagas',
    kind: 16,
    defect: 'Reading the steps of a saga takes 150 ms longer.',
    changes: [
      replacing(
        'services/saga-service/store/read-sagas.ts',
        'return (await database.tenantQuery<StepRow>(tenant, stepsOf, [sagaId])).rows;',
        `${pause('150')}\n  return (await database.tenantQuery<StepRow>(tenant, stepsOf, [sagaId])).rows;`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.rights',
    kind: 16,
    defect: 'Every route that needs rights takes 150 ms longer.',
    changes: [
      replacing(
        'kit/rights/rights-guard.ts',
        'const authority = await authorities.of(request.caller);',
        `const authority = await authorities.of(request.caller); ${pause('150')}`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.pages',
    kind: 16,
    defect: 'The sign-in page takes 150 ms longer.',
    changes: [
      replacing(
        'services/frontend/handlers/page-handlers.ts',
        'async loginPage({ raw, reply, query }) {',
        `async loginPage({ raw, reply, query }) {\n      ${pause('150')}`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.dashboard',
    kind: 16,
    defect: 'The dashboard takes 150 ms longer.',
    changes: [
      replacing(
        'services/frontend/handlers/page-handlers.ts',
        'const call = { ...callFor(raw, token), signal };',
        `const call = { ...callFor(raw, token), signal }; ${pause('150')}`,
      ),
    ],
    caughtBy: pace,
  },
  {
    id: 'slow.each-request-of-sessions-slower',
    kind: 16,
    defect: 'Each request for the conversations takes 0.1 ms longer than the one before.',
    changes: [
      replacing(
        'services/llm-orchestrator/sessions/session-handlers.ts',
        "listSessions(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }),",
        `(async () => {
        ${slower}
        return listSessions(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') });
      })(),`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.each-request-of-workflows-slower',
    kind: 16,
    defect: 'Each request for the workflows takes 0.1 ms longer than the one before.',
    changes: [
      replacing(
        'services/automation-services/workflows/workflows.ts',
        'return { workflows: entries, ...page };',
        `${slower} return { workflows: entries, ...page };`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.leak-in-every-service',
    kind: 16,
    defect: 'Every service keeps 20 KB of each request.',
    changes: [
      replacing(
        'kit/http/contract-routes.ts',
        'const caller = await guard(spec, raw);',
        `const caller = await guard(spec, raw); ${leak}`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.leak-in-the-gateway',
    kind: 16,
    defect: 'The gateway keeps 20 KB of each request that it passes on.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'if (this.#response.destroyed) return;',
        `if (this.#response.destroyed) return; ${leak}`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.leak-in-sagas',
    kind: 16,
    defect: 'The saga service keeps 20 KB of each list.',
    changes: [
      replacing(
        'services/saga-service/store/read-sagas.ts',
        'return { sagas: entries, ...page };',
        `${leak} return { sagas: entries, ...page };`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.leak-in-lists-of-records',
    kind: 16,
    defect: 'The Airtable gateway keeps 20 KB of each list of records.',
    changes: [
      replacing(
        'services/airtable-gateway/embedded/records/list-records.ts',
        'const given = position.given + rows.length;',
        `${leak} const given = position.given + rows.length;`,
      ),
    ],
    caughtBy: level,
  },
  {
    id: 'slow.leak-in-uploads',
    kind: 16,
    defect: 'The file service keeps 20 KB of each upload.',
    changes: [
      replacing(
        'services/file-service/upload/upload-file.ts',
        'const id = randomUUID();',
        `const id = randomUUID(); ${leak}`,
      ),
    ],
    caughtBy: level,
  },
];
