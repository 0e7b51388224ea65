import { type Mutant, replacing } from './mutant.ts';

const withKey = 'security.tokens.runs-end-with-their-key';
const short = 'security.tokens.delegated-tokens-are-short';

const minting = 'services/platform-services/grants/mint-token.ts';

/** Kind 2: rights that runs of workflows and sagas carry beyond their time. */
export const delegatedRightsMutants: readonly Mutant[] = [
  {
    id: 'delegated-rights.run-acts-for-an-hour',
    kind: 2,
    defect: 'The tokens by which runs act for their users live as long as any token.',
    changes: [
      replacing(
        minting,
        'Math.min(grantLimits.tokenSeconds, secondsLeft ?? Number.POSITIVE_INFINITY)',
        'Math.min(grantLimits.tokenSeconds * 12, secondsLeft ?? Number.POSITIVE_INFINITY)',
      ),
    ],
    caughtBy: [short],
  },
  {
    id: 'delegated-rights.expired-key-runs-on',
    kind: 2,
    defect: 'A run continues after the API key that started it has expired.',
    changes: [replacing(minting, 'and (t.expires_at is null or t.expires_at > clock_timestamp())', '')],
    caughtBy: [withKey],
  },
  {
    id: 'delegated-rights.token-outlives-key',
    kind: 2,
    defect: 'The token of a run lives longer than the API key that started it.',
    changes: [replacing(minting, 'least(g.expires_at, t.expires_at)', 'least(g.expires_at)')],
    caughtBy: [short, withKey],
  },
  {
    id: 'delegated-rights.expired-grant-gives-tokens',
    kind: 2,
    defect: 'The expiry of a grant is not compared.',
    changes: [
      replacing(
        'services/platform-services/grants/judge-authority.ts',
        "  if (state.expired) return 'grant_expired';\n",
        '',
      ),
    ],
    caughtBy: [short],
  },
];
