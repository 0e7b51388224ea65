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
  capabilities: { capability: 'Capability', state: 'State', detail: 'Detail' },
  plan: { check: 'Check', weight: 'Weight', severity: 'Severity', needs: 'Needs', requires: 'Requires' },
} as const;
