import type { Break } from '../../../harness/engine/index.ts';
import { changeStatus, oneBreak } from '../../kit/breaks.ts';

export const reachBreaks: readonly Break[] = [
  {
    defect: 'The gateway reads a large body to its end and forwards it.',
    changes: [{ kind: 'environment', service: 'gateway', set: { BODY_LIMIT_BYTES: '50000000' } }],
    violates: ['beyond'],
  },
  {
    defect: 'Sign-ins beyond the limit are served.',
    changes: [{ kind: 'environment', service: 'gateway', set: { RATE_LIMIT_LOGIN: '1000/900' } }],
    violates: ['notRejected'],
  },
  oneBreak(
    'A file of another tenant can be read with its id alone.',
    changeStatus({ method: 'GET', path: /^\/api\/files\/[0-9a-f-]{36}$/, status: 404 }, 200),
    'notRejected',
  ),
];
