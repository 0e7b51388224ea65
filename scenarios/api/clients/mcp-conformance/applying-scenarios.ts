/** A reason, and the scenarios of the conformance suite or the checks of a scenario that it excludes. */
export type Exclusion = readonly [reason: string, names: readonly string[]];

const diagnosticTool = 'Needs a diagnostic tool of the suite’s own example server.';
const noResources = 'The server has tools only: no resources, prompts, completion or log messages.';

/** The scenarios that apply to this server, each with the checks that do not. */
export const applyingScenarios: Readonly<Record<string, readonly Exclusion[]>> = {
  'server-initialize': [],
  'server-session-lifecycle': [],
  'server-stateless': [
    [
      diagnosticTool,
      [
        'sep-2575-server-rejects-undeclared-capability',
        'sep-2575-missing-capability-http-400',
        'sep-2575-http-server-no-independent-requests-on-stream',
        'sep-2575-server-no-log-without-loglevel',
      ],
    ],
  ],
  ping: [],
  'tools-list': [],
  'server-sse-multiple-streams': [],
  'dns-rebinding-protection': [],
  caching: [
    [
      noResources,
      [
        'sep-2549-prompts-list-caching-hints',
        'sep-2549-resources-list-caching-hints',
        'sep-2549-resources-templates-list-caching-hints',
      ],
    ],
  ],
  'http-header-validation': [],
  'input-required-result-unsupported-methods': [],
};

/** The scenarios that do not apply. docs/clients.md lists the reasons. */
export const otherScenarios: readonly Exclusion[] = [
  [
    noResources,
    [
      'completion-complete',
      'logging-set-level',
      'prompts-get-embedded-resource',
      'prompts-get-simple',
      'prompts-get-with-args',
      'prompts-get-with-image',
      'prompts-list',
      'resources-list',
      'resources-read-binary',
      'resources-read-text',
      'resources-subscribe',
      'resources-templates-read',
      'resources-unsubscribe',
      'sep-2164-resource-not-found',
    ],
  ],
  [
    diagnosticTool,
    [
      'elicitation-sep1034-defaults',
      'elicitation-sep1330-enums',
      'http-custom-header-server-validation',
      'json-schema-2020-12',
      'tools-call-audio',
      'tools-call-elicitation',
      'tools-call-embedded-resource',
      'tools-call-error',
      'tools-call-image',
      'tools-call-mixed-content',
      'tools-call-sampling',
      'tools-call-simple-text',
      'tools-call-with-logging',
      'tools-call-with-progress',
    ],
  ],
  [
    'No tool asks the client for input.',
    [
      'input-required-result-basic-elicitation',
      'input-required-result-basic-list-roots',
      'input-required-result-basic-sampling',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'input-required-result-missing-input-response',
      'input-required-result-multi-round',
      'input-required-result-multiple-input-requests',
      'input-required-result-non-tool-request',
      'input-required-result-request-state',
      'input-required-result-result-type',
      'input-required-result-tampered-state',
      'input-required-result-validate-input',
    ],
  ],
  [
    'The server does not have the extensions for tasks and skills.',
    [
      'sep-2640-skills-directory',
      'sep-2640-skills-enumeration',
      'sep-2640-skills-manifest',
      'tasks-capability-negotiation',
      'tasks-dispatch-and-envelope',
      'tasks-lifecycle',
      'tasks-mrtr-composition',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-request-state-removal',
      'tasks-required-task-error',
      'tasks-status-notifications',
      'tasks-wire-fields',
    ],
  ],
  ['The server responds with JSON, without streams that a client could resume.', ['server-sse-polling']],
];
