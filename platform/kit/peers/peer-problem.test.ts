import { describe, expect, it } from 'vitest';
import { PeerProblem } from './peer-problem.ts';

describe('a problem of a peer', () => {
  it('tells that an earlier attempt is still running, in both formats of errors', () => {
    const problem = {
      error: 'idempotency_key_in_use',
      message: 'Repeat it later.',
      timestamp: new Date(0).toISOString(),
      request_id: '00000000-0000-4000-8000-000000000000',
    } as const;
    const airtable = { error: { type: 'IDEMPOTENCY_KEY_IN_USE', message: 'Repeat it later.' } };
    expect(new PeerProblem({ peer: 'a', status: 409, problem }).isStillRunning).toBe(true);
    expect(new PeerProblem({ peer: 'a', status: 409, body: airtable }).isStillRunning).toBe(true);
  });

  it('does not tell so for other conflicts', () => {
    expect(new PeerProblem({ peer: 'a', status: 409 }).isStillRunning).toBe(false);
    expect(new PeerProblem({ peer: 'a', status: 404, body: { error: 'NOT_FOUND' } }).isStillRunning).toBe(
      false,
    );
    expect(new PeerProblem({ peer: 'a', timedOut: true }).isStillRunning).toBe(false);
  });
});
