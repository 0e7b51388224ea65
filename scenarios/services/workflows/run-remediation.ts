/** How to fix a run of a workflow that does not do what its steps say. */
export const remediation = {
  text: 'executions/ of automation-services runs the steps, steps/ has each type. GET /executions/{id} has the result of each.',
  effort: 'days',
} as const;
