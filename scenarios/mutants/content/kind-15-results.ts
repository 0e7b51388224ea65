// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

const automation = 'services/automation-services';
const platform = 'services/platform-services';
const failing = ['services.automation-services.failed-steps-fail-the-run'] as const;
const steps = ['services.automation-services.values-of-steps'] as const;
const statistics = ['services.automation-services.values-of-statistics'] as const;
const usage = ['services.platform-services.values-of-usage'] as const;

/** Kind 15: results of runs and statistics that are wrong. */
export const resultMutants: readonly Mutant[] = [
  {
    id: 'results.failed-step-completes',
    kind: 15,
    defect: 'A run with a failed step ends as completed.',
    changes: [
      replacing(
        `${automation}/executions/execution-steps.ts`,
        'const isFatal = error instanceof AuthorityLost || !step.continue_on_error;',
        'const isFatal = error instanceof AuthorityLost;',
      ),
    ],
    caughtBy: failing,
  },
  {
    id: 'results.failed-step-ends-the-run-as-completed',
    kind: 15,
    defect: 'A run stops at a failed step and ends as completed.',
    changes: [
      replacing(
        `${automation}/executions/run-execution.ts`,
        "await end(deps, run, { status: 'failed', error: reason });",
        "await end(deps, run, { status: 'completed' });",
      ),
    ],
    caughtBy: failing,
  },
  {
    id: 'results.loop-runs-once',
    kind: 15,
    defect: 'A step for each item does only the first one.',
    changes: [
      replacing(
        `${automation}/steps/nested-steps.ts`,
        'const results = await inParts(items.length, {',
        'const results = await inParts(Math.min(items.length, 1), {',
      ),
    ],
    caughtBy: steps,
  },
  {
    id: 'results.condition-always-true',
    kind: 15,
    defect: 'Every condition of a workflow holds.',
    changes: [
      replacing(
        `${automation}/steps/conditional.ts`,
        "if (holds || action.otherwise === 'continue')",
        'if (holds || action.otherwise !== undefined)',
      ),
    ],
    caughtBy: steps,
  },
  {
    id: 'results.http-body-lost',
    kind: 15,
    defect: 'A step with a request sends no body.',
    changes: [
      replacing(
        `${automation}/steps/http-request.ts`,
        'const { text, type } = encodeBody(settings.body);',
        'const { text, type } = encodeBody(settings.method === undefined ? settings.body : undefined);',
      ),
    ],
    caughtBy: ['services.automation-services.values-of-outgoing-steps'],
  },
  {
    id: 'results.http-failure-completes',
    kind: 15,
    defect: 'A step with a request completes although the response is a server error.',
    changes: [
      replacing(
        `${automation}/steps/http-request.ts`,
        'if (settings.fail_on_status && status >= 300) {',
        'if (settings.fail_on_status && status >= 600) {',
      ),
    ],
    caughtBy: ['services.automation-services.values-of-outgoing-steps'],
  },
  {
    id: 'results.mail-to-first-recipient',
    kind: 15,
    defect: 'A step that sends a mail sends it to the first recipient only.',
    changes: [
      replacing(
        `${automation}/steps/send-email.ts`,
        '              to,\n',
        '              to: to.slice(0, 1),\n',
      ),
    ],
    caughtBy: ['services.automation-services.values-of-outgoing-steps'],
  },
  {
    id: 'results.mail-without-text',
    kind: 15,
    defect: 'A step that sends a mail sends the subject as its text.',
    changes: [
      replacing(
        `${automation}/steps/send-email.ts`,
        '              text,\n',
        '              text: subject,\n',
      ),
    ],
    caughtBy: ['services.automation-services.values-of-outgoing-steps'],
  },
  {
    id: 'results.record-trigger-ignores-fields',
    kind: 15,
    defect: 'A workflow for changes of one field starts for changes of every field.',
    changes: [
      replacing(
        `${automation}/executions/start-for-records.ts`,
        "(watched === undefined || type !== 'updated' || changed_field_ids.some((id) => watched.has(id))),",
        "(watched === undefined || type !== 'updated' || changed_field_ids.length > 0),",
      ),
    ],
    caughtBy: ['services.automation-services.records-start-workflows'],
  },
  {
    id: 'results.record-trigger-ignores-table',
    kind: 15,
    defect: 'A workflow for changes of one table starts for changes of every table.',
    changes: [
      replacing(
        `${automation}/executions/start-for-records.ts`,
        'if (table !== undefined && table !== event.table_id && table !== event.table_name) return [];',
        '',
      ),
    ],
    caughtBy: ['services.automation-services.records-start-workflows'],
  },
  {
    id: 'results.record-trigger-never-fires',
    kind: 15,
    defect: 'Changes of records start no workflow.',
    changes: [
      replacing(
        `${automation}/executions/start-for-records.ts`,
        'if (matching === undefined) continue;',
        'if (matching === undefined || event_type(event)) continue;',
      ),
      replacing(
        `${automation}/executions/start-for-records.ts`,
        'const candidates = `',
        "const event_type = ({ event_id }: RecordEvent) => event_id !== '';\n\nconst candidates = `",
      ),
    ],
    caughtBy: ['services.automation-services.records-start-workflows'],
  },
  {
    id: 'results.statistics-zero',
    kind: 15,
    defect: 'The statistics of workflows are always zero.',
    changes: [
      replacing(
        `${automation}/workflows/workflows.ts`,
        'found.map(({ state, number }) => [state, number])',
        'found.map(({ state, number }) => [state, 0 * number])',
      ),
    ],
    caughtBy: statistics,
  },
  {
    id: 'results.second-page-of-workflows',
    kind: 15,
    defect: 'Every page of the workflows is the first one.',
    changes: [
      replacing(
        `${automation}/workflows/workflows.ts`,
        '    ...paging,\n    filters: [withStatus(status)],',
        '    ...paging,\n    page: 1,\n    filters: [withStatus(status)],',
      ),
    ],
    caughtBy: statistics,
  },
  {
    id: 'results.failures-not-counted',
    kind: 15,
    defect: 'Failed executions are counted as successful.',
    changes: [
      replacing(
        `${automation}/executions/end-execution.ts`,
        "($2 = 'completed')::int,\n                   failed_executions = failed_executions + ($2 = 'failed')::int",
        "($2 in ('completed', 'failed'))::int",
      ),
    ],
    caughtBy: statistics,
  },
  {
    id: 'results.usage-days-shifted',
    kind: 15,
    defect: 'The last day of a period is not counted.',
    changes: [
      replacing(
        `${platform}/analytics/analytics.ts`,
        'occurred_at < ($2::date + 1)::timestamp',
        'occurred_at < ($2::date)::timestamp',
      ),
    ],
    caughtBy: usage,
  },
  {
    id: 'results.audit-filter-ignored',
    kind: 15,
    defect: 'The audit log ignores the filter by event.',
    changes: [
      replacing(
        `${platform}/audit/audit-query.ts`,
        'where: (text) => `e.event = ${text}::text`',
        "where: (text) => `${text}::text <> ''`",
      ),
    ],
    caughtBy: ['services.platform-services.values-of-audit'],
  },
  {
    id: 'results.audit-second-page',
    kind: 15,
    defect: 'Every page of the audit log is the first one.',
    changes: [
      replacing(
        `${platform}/audit/audit-query.ts`,
        '    ...paging,\n    filters: [',
        '    ...paging,\n    page: 1,\n    filters: [',
      ),
    ],
    caughtBy: ['services.platform-services.values-of-audit'],
  },
  {
    id: 'results.transfer-keeps-two-owners',
    kind: 15,
    defect: 'After a transfer, the former owner of a workspace is still its owner.',
    changes: [
      replacing(
        `${platform}/workspaces/transfer-workspace.ts`,
        "case when user_id = $2 then 'owner' else 'admin' end",
        "case when user_id = $2 then 'owner' else 'owner' end",
      ),
    ],
    caughtBy: ['services.platform-services.values-of-transfers'],
  },
  {
    id: 'results.profile-search-misses',
    kind: 15,
    defect: 'The search for users does not look at the email addresses.',
    changes: [
      replacing(
        'services/user-service/profiles.ts',
        ' or e.email ilike ${pattern} or e.first_name',
        ' or e.first_name',
      ),
    ],
    caughtBy: ['services.user-service.values-of-profiles'],
  },
  {
    id: 'results.total-of-a-list-is-that-of-the-page',
    kind: 15,
    defect: 'The total of the list of profiles is the number on the page.',
    changes: [
      replacing(
        'services/user-service/app.ts',
        'return { users: entries, total,',
        'return { users: entries, total: entries.length,',
      ),
    ],
    caughtBy: ['services.user-service.values-of-profiles'],
  },
  {
    id: 'results.template-loses-records',
    kind: 15,
    defect: 'The template that copies records copies the first one only.',
    changes: [
      replacing(
        'services/saga-service/templates/data-sync.ts',
        "body: '${extract.records.*.fields}',",
        "body: ['${extract.records.0.fields}'],",
      ),
      replacing(
        'services/saga-service/steps/placeholders.ts',
        "if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;",
        "if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;\n    if (Array.isArray(value) && key !== '0') return undefined;",
      ),
    ],
    caughtBy: ['services.saga-service.values-of-templates'],
  },
];
