import type { Fault } from '../fault.ts';
import { source } from './parts.ts';

const automation = ['services.automation-services.ready', 'services.mcp-server.ready'];
const sagas = ['services.saga-service.ready', 'services.mcp-server.ready'];
const workflow = { name: 'Probe', steps: [{ type: 'log', config: { message: 'started' } }] };

/** Faults of workflows and sagas. */
export const flowFaults: readonly Fault[] = [
  {
    id: 'workflows.run-500',
    title: 'Starting a workflow is an internal error',
    layer: 'flows',
    blockers: ['B14'],
    recorded: "500: could not find table 'workflows' with which to generate a foreign key",
    cause: 'Two models that belong together are registered apart.',
    fix: 'Register all models in one place.',
    defaultService: 'automation-services',
    symptom: /could not find table|500/,
    in: () => ({
      changes: [
        source(
          'services/automation-services/executions/start-execution.ts',
          '  const scopes = await scopesOfSteps(workflow.steps, deps.kinds);\n',
          "  const scopes = await scopesOfSteps(workflow.steps, deps.kinds);\n  if (executionId !== '') throw new Error('could not find table ‘workflows’ with which to generate a foreign key');\n",
        ),
      ],
      bite: {
        kind: 'request',
        signedIn: true,
        before: [{ path: '/api/workflows', body: workflow, keep: { id: 'id' } }],
        path: '/api/workflows/{id}/execute',
        body: {},
        shows: /^500 /,
      },
      red: ['services.automation-services.values-of-steps'],
      green: automation,
    }),
  },
  {
    id: 'workflows.schedules-never-run',
    title: 'Schedules are stored and never run',
    layer: 'flows',
    blockers: ['P5'],
    recorded: 'Workflow automation 83 % unavailable; cron never fires',
    cause: 'Nothing takes due schedules from the table.',
    fix: 'Look for due schedules in an interval, and report the age of the oldest one.',
    defaultService: 'automation-services',
    symptom: /schedule/i,
    in: () => ({
      changes: [
        source(
          'services/automation-services/schedules/run-due-schedules.ts',
          '  while (await runOne(deps)) {',
          "  while (deps.clock === ('no schedule is due' as never) && (await runOne(deps))) {",
        ),
      ],
      bite: { kind: 'program', service: 'automation-services', contains: 'no schedule is due' },
      red: ['services.automation-services.schedules-run-once'],
      green: automation,
    }),
  },
  {
    id: 'sagas.not-undone',
    title: 'A failed saga says that it was undone, and nothing was',
    layer: 'flows',
    blockers: ['P5'],
    recorded: 'SAGA 100 % unavailable; orphans after a failed transaction',
    cause: 'The steps before the failed one are not compensated.',
    fix: 'Undo every completed step, the last one first, and say what could not be undone.',
    defaultService: 'saga-service',
    symptom: /saga|undone|compensat/i,
    in: () => ({
      changes: [
        source(
          'services/saga-service/run/compensate.ts',
          'const leftover = await undo(deps, run, { progress, definition, row });',
          "const leftover = row.attempts > 0 && row.status !== ('not undone' as never) ? undefined : await undo(deps, run, { progress, definition, row });",
        ),
      ],
      bite: { kind: 'program', service: 'saga-service', contains: 'not undone' },
      red: ['services.saga-service.failed-sagas-are-undone-in-reverse'],
      green: sagas,
    }),
  },
  {
    id: 'sagas.steps-twice',
    title: 'Each step of a saga is delivered twice',
    layer: 'flows',
    blockers: [],
    recorded: 'Customers are charged twice',
    cause: 'A repeated delivery carries no key by which the service could know it.',
    fix: 'Send the same idempotency key with every attempt of a step.',
    defaultService: 'saga-service',
    symptom: /twice|saga|called/i,
    in: () => ({
      changes: [
        source(
          'services/saga-service/steps/call-step.ts',
          "const response = await (route.access === 'user' ? withAuthority(name, call, send) : send());",
          "await (route.access === 'user' ? withAuthority(name, call, send) : send());\n      const response = await (route.access === 'user' ? withAuthority(name, call, send) : send());\n      if (name === 'delivered twice') throw new Error(name);",
        ),
        source(
          'services/saga-service/steps/call-step.ts',
          "        headers: { 'idempotency-key': call.idempotencyKey },\n",
          '',
        ),
      ],
      bite: { kind: 'program', service: 'saga-service', contains: 'delivered twice' },
      red: ['services.saga-service.failed-sagas-are-undone-in-reverse'],
      green: sagas,
    }),
  },
  {
    id: 'sagas.onboarding-never-starts',
    title: 'A registration starts no onboarding',
    layer: 'flows',
    blockers: ['P5'],
    recorded: 'New users find an empty account',
    cause: 'The event of the registration does not start the saga.',
    fix: 'Follow the stream of events from the last one that was handled.',
    defaultService: 'saga-service',
    symptom: /onboarding|saga/i,
    in: () => ({
      changes: [
        source(
          'services/saga-service/events/react-to-event.ts',
          '  if (own || event.workspaceId !== undefined) return;\n',
          "  if (own || event.workspaceId !== 'never starts') return;\n",
        ),
      ],
      bite: { kind: 'program', service: 'saga-service', contains: 'never starts' },
      red: ['services.saga-service.registration-starts-onboarding'],
      green: sagas,
    }),
  },
];
