// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const undone = 'services.saga-service.failed-sagas-are-undone-in-reverse';
const everyKind = 'services.saga-service.steps-of-every-service-are-undone';
const leftovers = 'services.saga-service.failed-compensations-are-reported';
const cancelled = 'services.saga-service.cancelled-sagas-are-undone';
const events = 'services.saga-service.events-continue-sagas-once';
const parallel = 'services.saga-service.independent-steps-run-at-once';
const onboarding = 'services.saga-service.registration-starts-onboarding';

const sagas = 'services/saga-service';
const compensate = `${sagas}/run/compensate.ts`;
const runSteps = `${sagas}/run/run-steps.ts`;

export const sagaMutants: readonly Mutant[] = [
  {
    id: 'sagas.compensation-skipped',
    kind: 6,
    defect: 'A failed saga says that it was undone, and nothing was.',
    changes: [
      replacing(
        compensate,
        'const leftover = await undo(deps, run, { progress, definition, row });',
        'const leftover = row.attempts > 0 ? undefined : await undo(deps, run, { progress, definition, row });',
      ),
    ],
    caughtBy: [undone, everyKind],
  },
  {
    id: 'sagas.compensation-in-wrong-order',
    kind: 6,
    defect: 'A failed saga is undone from its first step on.',
    changes: [
      replacing(
        compensate,
        'for (const { definition, row } of progress.steps.toReversed()) {',
        'for (const { definition, row } of progress.steps) {',
      ),
    ],
    caughtBy: [undone],
  },
  {
    id: 'sagas.only-last-step-undone',
    kind: 6,
    defect: 'Only the last completed step of a failed saga is undone.',
    changes: [
      replacing(
        compensate,
        "      row.status = 'compensated';\n",
        "      row.status = 'compensated';\n      progress.steps.length = 0;\n",
      ),
      replacing(
        compensate,
        '    if (!isUndoable(definition, row)) continue;\n',
        '    if (!isUndoable(definition, row) || progress.steps.length === 0) continue;\n',
      ),
    ],
    caughtBy: [undone],
  },
  {
    id: 'sagas.nothing-is-undone',
    kind: 6,
    defect: 'A failed saga keeps the effects of its steps.',
    changes: [
      replacing(
        `${sagas}/run/run-saga.ts`,
        'const undo = progress.steps.some(({ definition, row }) => isUndoable(definition, row));',
        'const undo = progress.steps.length > 50 && progress.steps.some(({ definition, row }) => isUndoable(definition, row));',
      ),
    ],
    caughtBy: [undone],
  },
  {
    id: 'sagas.steps-called-twice',
    kind: 6,
    defect: 'Each step of a saga is called twice.',
    changes: [
      replacing(
        `${sagas}/steps/call-step.ts`,
        "const response = await (route.access === 'user' ? withAuthority(name, call, send) : send());",
        "await (route.access === 'user' ? withAuthority(name, call, send) : send());\n      const response = await (route.access === 'user' ? withAuthority(name, call, send) : send());",
      ),
      replacing(
        `${sagas}/steps/call-step.ts`,
        "        headers: { 'idempotency-key': call.idempotencyKey },\n",
        '',
      ),
    ],
    caughtBy: [undone],
  },
  {
    id: 'sagas.failed-compensation-hidden',
    kind: 6,
    defect: 'A saga says that it was undone although a step could not be.',
    changes: [
      replacing(
        compensate,
        "const status = left.length === 0 ? 'compensated' : 'compensation_failed';",
        "const status = left.length >= 0 ? 'compensated' : 'compensation_failed';",
      ),
    ],
    caughtBy: [leftovers],
  },
  {
    id: 'sagas.any-rejection-counts-as-undone',
    kind: 6,
    defect: 'A rejected compensation counts as done.',
    changes: [
      replacing(
        compensate,
        "return error.status === 404 && 'route' in found && found.route.method === 'DELETE';",
        "return error.status !== undefined && 'route' in found;",
      ),
    ],
    caughtBy: [leftovers],
  },
  {
    id: 'sagas.first-leftover-ends-compensation',
    kind: 6,
    defect: 'After a step that cannot be undone, the steps before it stay.',
    changes: [
      replacing(
        compensate,
        '        steps: [{ position, error: `not undone: ${error}` }],\n      });\n',
        '        steps: [{ position, error: `not undone: ${error}` }],\n      });\n      break;\n',
      ),
    ],
    caughtBy: [leftovers],
  },
  {
    id: 'sagas.undone-twice',
    kind: 6,
    defect: 'A step that was undone is undone again.',
    changes: [
      replacing(
        compensate,
        '      return undefined;\n    } catch (error) {',
        '      if (attempts === 1) continue;\n      return undefined;\n    } catch (error) {',
      ),
      replacing(
        compensate,
        'idempotencyKey: rejections === 0 ? key : `${key}:${rejections + 1}`,',
        'idempotencyKey: `${key}:${attempts}:${rejections + 1}`,',
      ),
    ],
    caughtBy: [undone],
  },
  {
    id: 'sagas.optional-steps-fail-sagas',
    kind: 6,
    defect: 'A saga fails with an optional step.',
    changes: [
      replacing(
        runSteps,
        '} else if (definition.optional) {',
        '} else if (definition.optional && step === undefined) {',
      ),
    ],
    caughtBy: [cancelled, everyKind],
  },
  {
    id: 'sagas.cancelling-has-no-effect',
    kind: 6,
    defect: 'A cancelled saga goes on.',
    changes: [
      replacing(
        runSteps,
        '    if (reason !== null) throw new StopRequested(reason);\n    for (const { row } of beginning)',
        '    if (reason === undefined) throw new StopRequested(reason);\n    for (const { row } of beginning)',
      ),
      replacing(
        runSteps,
        '    run.stop.signal.throwIfAborted();\n    run.abandon.throwIfAborted();\n',
        '    run.abandon.throwIfAborted();\n',
      ),
      replacing(
        runSteps,
        '    if (reason !== null) throw new StopRequested(reason);\n    isCompleted = true;',
        '    if (reason === undefined) throw new StopRequested(reason);\n    isCompleted = true;',
      ),
      replacing(
        runSteps,
        '  if (saga.stop_reason !== null) throw new StopRequested(saga.stop_reason);\n  run.stop.signal.throwIfAborted();\n',
        '',
      ),
      replacing(
        `${sagas}/run/run-step.ts`,
        'const signal = AbortSignal.any([run.abandon, run.stop.signal]);',
        'const signal = run.abandon;',
      ),
    ],
    caughtBy: [cancelled],
  },
  {
    id: 'sagas.time-limit-ignored',
    kind: 6,
    defect: 'A saga continues after its time limit.',
    changes: [
      replacing(
        `${sagas}/run/run-saga.ts`,
        '  if (left <= 0) expire();\n  else deps.clock.sleep(left, finished.signal).then(expire, () => undefined);\n',
        '  if (left <= -86_400_000) expire();\n',
      ),
    ],
    caughtBy: [cancelled],
  },
  {
    id: 'sagas.events-do-not-continue',
    kind: 6,
    defect: 'A saga that waits for an event is not continued when it comes.',
    changes: [
      replacing(
        `${sagas}/events/react-to-event.ts`,
        'if (resumes) await deps.startRun(',
        'if (resumes && event.id === undefined) await deps.startRun(',
      ),
    ],
    caughtBy: [events],
  },
  {
    id: 'sagas.event-of-another-saga-counts',
    kind: 6,
    defect: 'An event for one saga continues all that wait for its type.',
    changes: [
      replacing(
        `${sagas}/events/react-to-event.ts`,
        'and ($2::uuid is null or g.id = $2)',
        'and ($2::uuid is null or g.id is not null)',
      ),
    ],
    caughtBy: [events],
  },
  {
    id: 'sagas.dependencies-ignored',
    kind: 6,
    defect: 'Steps start before those that they depend on.',
    changes: [
      replacing(
        runSteps,
        'dependencies[index]?.every((other) => isSettled(steps[other] as SagaStepProgress)),',
        "dependencies[index]?.every((other) => (steps[other] as SagaStepProgress).row.status !== 'pending'),",
      ),
    ],
    caughtBy: [parallel],
  },
  {
    id: 'sagas.onboarding-never-starts',
    kind: 6,
    defect: 'A registration starts no onboarding.',
    changes: [
      replacing(
        `${sagas}/events/react-to-event.ts`,
        '  if (own || event.workspaceId !== undefined) return;\n',
        '  if (own || event.workspaceId === undefined) return;\n',
      ),
    ],
    caughtBy: [onboarding],
  },
  {
    id: 'sagas.welcomed-twice',
    kind: 6,
    defect: 'Each notification is stored twice.',
    changes: [
      replacing(
        'services/automation-services/service-calls/notifications.ts',
        '  const values = [tenant.tenantId, recipientId, subject, body, id ?? null];\n',
        "  const values = [tenant.tenantId, recipientId, subject, body, null];\n  await ('tenantQuery' in store ? store.tenantQuery(tenant, insert, values) : store.query(insert, values));\n",
      ),
    ],
    caughtBy: [onboarding, 'services.saga-service.values-of-templates'],
  },
  {
    id: 'sagas.failed-attempts-not-repeated',
    kind: 6,
    defect: 'A saga fails with the first attempt of a step that a later one would complete.',
    changes: [
      replacing(
        `${sagas}/run/run-step.ts`,
        'if (!error.retryable || failures > definition.retry_attempts) return fail(error.message);',
        'if (!error.retryable || failures > 0) return fail(error.message);',
      ),
    ],
    caughtBy: ['services.saga-service.failed-attempts-are-repeated'],
  },
  {
    id: 'sagas.attempts-with-other-keys',
    kind: 6,
    defect: 'A repeated attempt of a step has another key, so its service does the work twice.',
    changes: [
      replacing(
        `${sagas}/run/run-step.ts`,
        'idempotencyKey: `${progress.saga.saga_id}:${step_id}`,',
        'idempotencyKey: `${progress.saga.saga_id}:${step_id}:${row.attempts}`,',
      ),
    ],
    caughtBy: ['services.saga-service.failed-attempts-are-repeated'],
  },
  {
    id: 'sagas.never-resumed',
    kind: 6,
    defect: 'A saga that runs while saga-service is restarted never ends.',
    changes: [
      replacing(
        'kit/durable/take-over.ts',
        '    const pending = await pendingRuns();\n',
        '    const pending = await pendingRuns(deps.executor);\n',
      ),
    ],
    caughtBy: ['infrastructure.service-outage.flows-continue'],
  },
];
