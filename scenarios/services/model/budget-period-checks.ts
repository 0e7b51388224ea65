import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { periodBreaks } from './budget-breaks.ts';
import { call } from './budget-call.ts';
import { chatAs, modelCheck } from './model-check.ts';

export const periodsEnd = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.budget-periods-end',
  title: 'Each budget counts the spending of its own period',
  failureTitle: 'A budget counts spending of another period',
  why: 'A daily budget that never starts again stops its user for ever. One that starts too often is no limit.',
  requires: ['model-server', 'postgres-admin'],
  remediation: {
    text: 'See the query in budgets/budgets.ts: days begin at midnight UTC, weeks on Monday.',
    effort: 'hours',
  },
  expects: { asComputed: equals([]), total: equals('1.111111'), days: equals([]) },
  breaks: periodBreaks,
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    const session_id = context.unique('conversation');
    await chat(context.unique('first'), call, { session_id });
    const now = new Date();
    const startOf = {
      daily: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()),
      weekly: Date.UTC(
        now.getUTCFullYear(),
        now.getUTCMonth(),
        now.getUTCDate() - ((now.getUTCDay() + 6) % 7),
      ),
      monthly: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1),
    };
    // A power of ten each, so that a sum shows which ones it counts. The call of the check becomes the first one.
    const rows: [at: number, micros: number][] = [
      [startOf.daily, 1],
      [startOf.daily - 1000, 10],
      [startOf.weekly, 100],
      [startOf.weekly - 1000, 1_000],
      [startOf.monthly, 10_000],
      [startOf.monthly - 1000, 100_000],
      [startOf.monthly - 40 * 86_400_000, 1_000_000],
    ];
    const pool = context.databaseAdmin();
    const columns =
      'tenant_id, user_id, session_id, model, status, input_tokens, output_tokens, thinking_tokens';
    for (const [at, micros] of rows)
      await pool.query(
        `insert into conversations.api_usage_logs (${columns}, cost, created_at)
         select ${columns}, $2::numeric / 1000000, $3 from conversations.api_usage_logs
         where user_id = $1 order by created_at desc limit 1`,
        [user.userId, micros, new Date(at)],
      );
    await pool.query('delete from conversations.api_usage_logs where user_id = $1 and cost = 0.000525', [
      user.userId,
    ]);
    const dollars = (micros: number) => (micros / 1_000_000).toFixed(6);
    const since = (start: number) =>
      dollars(rows.reduce((sum, [at, micros]) => (at >= start ? sum + micros : sum), 0));
    const own = `/api/budgets/user/${user.userId}`;
    const asComputed: string[] = [];
    for (const [reset, start] of Object.entries(startOf)) {
      const set = await prepare(send, 'POST', own, { limit: 100, reset });
      if (textAt(set, 'spent') !== since(start))
        asComputed.push(`${reset}: ${textAt(set, 'spent')} instead of ${since(start)}`);
    }
    const whole = await prepare(send, 'POST', `/api/budgets/session/${session_id}`, {
      limit: 100,
      reset: 'session',
    });
    const analytics = await prepare(send, 'GET', '/api/cost-tracking/analytics?days=365');
    const expectedDays = new Map<string, number>();
    for (const [at, micros] of rows) {
      const day = new Date(at).toISOString().slice(0, 10);
      expectedDays.set(day, (expectedDays.get(day) ?? 0) + micros);
    }
    const shown = ((valueAt(analytics, 'days') ?? []) as { date: string; total_cost: string }[]).map(
      ({ date, total_cost }) => `${date} ${total_cost}`,
    );
    const wanted = [...expectedDays].map(([day, micros]) => `${day} ${dollars(micros)}`).sort();
    return {
      asComputed,
      total: textAt(whole, 'spent'),
      days: JSON.stringify(shown) === JSON.stringify(wanted) ? [] : [`${shown} instead of ${wanted}`],
    };
  },
});
