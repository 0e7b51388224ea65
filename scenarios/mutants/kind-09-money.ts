// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const refuses = 'services.llm-orchestrator.budgets-reject-before-spending';
const others = 'services.llm-orchestrator.budgets-belong-to-their-users';
const periods = 'services.llm-orchestrator.budget-periods-end';
const estimates = 'services.llm-orchestrator.estimate-is-near-the-cost';

const budgets = 'services/llm-orchestrator/budgets';

export const moneyMutants: readonly Mutant[] = [
  {
    id: 'money.budget-never-refuses',
    kind: 9,
    defect: 'A message beyond a budget is sent to the model.',
    changes: [
      replacing(
        `${budgets}/ledger.ts`,
        'const amount = amounts.find((one) => exceededBy(budgets, one) === undefined);',
        'const amount = amounts.find((one) => exceededBy(budgets, one) === undefined || one >= 0);',
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.budget-compared-after-spending',
    kind: 9,
    defect: 'A budget refuses only when it is spent already.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        'parseDollars(spent) + amount > parseDollars(limit)',
        'parseDollars(spent) > parseDollars(limit) + amount * 0',
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.estimate-tenfold',
    kind: 9,
    defect: 'The estimate is ten times the cost.',
    changes: [
      replacing(
        `${budgets}/budget-handlers.ts`,
        'total_cost: formatDollars(total),\n        allowed',
        'total_cost: formatDollars(total * 10),\n        allowed',
      ),
    ],
    caughtBy: [estimates],
  },
  {
    id: 'money.estimate-of-input-only',
    kind: 9,
    defect: 'The estimate leaves out the output.',
    changes: [
      replacing(
        `${budgets}/budget-handlers.ts`,
        'const { total } = costOf(model, tokens);',
        'const { input: total } = costOf(model, tokens);',
      ),
    ],
    caughtBy: [estimates],
  },
  {
    id: 'money.tokens-estimated-by-words',
    kind: 9,
    defect: 'The estimate counts ten words as one token.',
    changes: [
      replacing(
        `${budgets}/estimate.ts`,
        'return Math.max(1, Math.ceil(words / wordsPerToken), Math.ceil(text.length / charactersPerToken));',
        'return Math.max(1, Math.ceil(words / wordsPerToken / 10), Math.ceil(text.length / charactersPerToken / 100));',
      ),
    ],
    caughtBy: [estimates],
  },
  {
    id: 'money.usage-not-counted',
    kind: 9,
    defect: 'The cost of a reply is not counted.',
    changes: [
      replacing(`${budgets}/ledger.ts`, 'formatDollars(usage.cost),', 'formatDollars(usage.cost * 0),'),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.failed-calls-free',
    kind: 9,
    defect: 'A call that may have been charged counts nothing when it fails.',
    changes: [
      replacing(
        `${budgets}/metered-model.ts`,
        'const maybeCharged = !(error instanceof ModelFailure) || error.maybeCharged;',
        'const maybeCharged = !(error instanceof Error) || (error instanceof ModelFailure && error.code === undefined);',
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.rejected-calls-charged',
    kind: 9,
    defect: 'A call that the model rejects counts as spent.',
    changes: [
      replacing(
        `${budgets}/metered-model.ts`,
        'const maybeCharged = !(error instanceof ModelFailure) || error.maybeCharged;',
        'const maybeCharged = !(error instanceof ModelFailure) || error.maybeCharged || error instanceof Error;',
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.conversation-budget-ignored',
    kind: 9,
    defect: 'The budget of a conversation limits nothing.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        'where $2::text is not null\n',
        "where $2::text is not null and $2::text = ''\n",
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.user-budget-ignored',
    kind: 9,
    defect: 'The budget of a user limits nothing.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        'return budgets.find(({ limit, spent }) =>',
        "return budgets.find(({ limit, spent, scope }) => scope === 'session' &&",
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.tenant-shares-budget',
    kind: 9,
    defect: 'The spending of all users of a tenant counts for each of them.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        "where u.user_id = $1 and (budgets.scope = 'user' or u.session_id = $2)",
        "where (budgets.scope = 'user' or u.session_id = $2)",
      ),
    ],
    caughtBy: [others],
  },
  {
    id: 'money.simultaneous-messages-exceed',
    kind: 9,
    defect: 'Messages at the same time exceed a budget together.',
    changes: [
      replacing(
        `${budgets}/ledger.ts`,
        "values ($1, $2, $3, $4, 'reserved', $5, clock_timestamp()) returning id`,",
        "values ($1, $2, $3, $4, 'reserved', $5::numeric * 0, clock_timestamp()) returning id`,",
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.anybody-sets-budgets',
    kind: 9,
    defect: 'A member of the tenant sets the budget of another one.',
    changes: [
      replacing(
        'contracts/llm-orchestrator/budgets.ts',
        "summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',\n    access: 'user',\n    needs: { tenant: 'admin', orSelf: 'params.id' },",
        "summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',\n    access: 'user',\n    needs: { tenant: 'member', orSelf: 'params.id' },",
      ),
    ],
    caughtBy: [others],
  },
  {
    id: 'money.rights-not-judged',
    kind: 9,
    defect: 'Needs of a role in the tenant are not judged.',
    changes: [
      replacing(
        'kit/rights/judge.ts',
        '  if (!hasTenantRole(authority, tenant)) {',
        "  if (!hasTenantRole(authority, tenant) && tenant === 'owner') {",
      ),
    ],
    caughtBy: ['security.rights.hold-on-every-route', others],
  },
  {
    id: 'money.foreign-users-get-budgets',
    kind: 9,
    defect: 'Budgets can be set for users of other tenants.',
    changes: [
      replacing(
        `${budgets}/budget-handlers.ts`,
        "if ((await authorities.of({ user_id: userId, tenant_id })) === undefined) throw problem('not_found');",
        'await authorities.of({ user_id: userId, tenant_id });',
      ),
    ],
    caughtBy: [others],
  },
  {
    id: 'money.daily-budget-never-renewed',
    kind: 9,
    defect: 'A daily budget counts the spending of all days.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        "when 'daily' then date_trunc('day', now(), 'UTC')",
        "when 'daily' then '-infinity'::timestamptz",
      ),
    ],
    caughtBy: [periods],
  },
  {
    id: 'money.weeks-begin-elsewhere',
    kind: 9,
    defect: 'The day of a budget begins at midnight in Tokyo.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        "when 'daily' then date_trunc('day', now(), 'UTC')",
        "when 'daily' then date_trunc('day', now(), 'Asia/Tokyo')",
      ),
    ],
    caughtBy: [periods],
  },
  {
    id: 'money.output-at-the-price-of-input',
    kind: 9,
    defect: 'Output is charged at the price of input.',
    changes: [
      replacing(
        `${budgets}/prices.ts`,
        '(tokens.output * price.output) / 1000',
        '(tokens.output * price.input) / 1000',
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.thinking-free',
    kind: 9,
    defect: 'Thinking of the model costs nothing.',
    changes: [
      replacing(
        `${budgets}/prices.ts`,
        'const thinking = Math.round((tokens.thinking * price.thinking) / 1000);',
        'const thinking = 0 * tokens.thinking;',
      ),
    ],
    caughtBy: ['services.llm-orchestrator.values-of-chat'],
  },
  {
    id: 'money.no-warnings',
    kind: 9,
    defect: 'Nobody is warned before a budget is spent.',
    changes: [
      replacing(
        `${budgets}/budgets.ts`,
        ".filter(({ status }) => status !== 'ok')",
        ".filter(({ status }) => status === 'exceeded')",
      ),
    ],
    caughtBy: [refuses],
  },
  {
    id: 'money.no-default-budget',
    kind: 9,
    defect: 'A user without an own budget may spend a million.',
    changes: [
      replacing(
        'services/llm-orchestrator/config.ts',
        'DEFAULT_USER_BUDGET: dollars\n    .default(50)',
        'DEFAULT_USER_BUDGET: dollars\n    .default(1_000_000)',
      ),
    ],
    caughtBy: [refuses],
  },
];
