/** The column titles of all tables: the same names and order in terminal, HTML and Markdown. */
export const columns = {
  conditions: { condition: 'Condition', state: 'State', needs: 'Needs', has: 'Has' },
  score: {
    category: 'Category',
    weight: 'Weight',
    score: 'Score',
    weighted: 'Weighted',
    proven: 'Proven',
    points: 'Points',
    possible: 'Possible',
    measured: 'Measured',
  },
  checks: { outcome: 'Outcome', check: 'Check', title: 'Title', duration: 'Duration' },
  findings: { name: 'Expectation', expected: 'Expected', observed: 'Observed', state: 'State' },
  boot: { node: 'Node', kind: 'Kind', state: 'State', readyAfter: 'Ready after', failure: 'Failure' },
  phases: { phase: 'Phase', duration: 'Duration', processor: 'Processor time', busy: 'Cores busy' },
  processes: { process: 'Process', processor: 'Processor time' },
  timeline: {
    check: 'Check',
    startedAfter: 'Started after',
    duration: 'Duration',
    processor: 'Processor time',
    busy: 'Cores busy',
  },
  capabilities: { capability: 'Capability', state: 'State', detail: 'Detail' },
  plan: { check: 'Check', weight: 'Weight', severity: 'Severity', needs: 'Needs', requires: 'Requires' },
} as const;
