import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { createPeople } from '../../api/people-base.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { valueAt } from '../../kit/shape.ts';
import { formulaBreaks } from './bad-input-breaks.ts';
import { badInputCheck } from './check-fields.ts';
import { endedProcesses, isReady } from './service-state.ts';

const nested = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)}`;
/** Maximum length of a formula, characters. */
const maximumLength = 100_000;

/** Formulas that cost much more to evaluate than to send. Each is rejected, or evaluated quickly. */
const formulaBombs: readonly (readonly [name: string, formula: string, mayWork: boolean])[] = [
  ['8,000 open brackets', `${'('.repeat(8_000)}1`, false],
  ['8,000 nested brackets', nested(8_000), false],
  ['3,000 nested calls', `${'NOT('.repeat(3_000)}1${')'.repeat(3_000)}`, false],
  ['8,000 signs', `${'-'.repeat(8_000)}1`, false],
  ['one character over the limit', `'${'x'.repeat(maximumLength - 1)}'`, false],
  ['a text of 1,000,000,000 characters', "REPT('x', 1000000000) = 'x'", false],
  ['nested repetition', `${'REPT('.repeat(9)}'xxxxxxxxxx'${', 1000)'.repeat(9)} = 'x'`, false],
  [
    'growth by substitution',
    `${'SUBSTITUTE('.repeat(30)}'xx'${", 'x', 'xxxxxxxx')".repeat(30)} = 'x'`,
    false,
  ],
  ['a regular expression that backtracks', `REGEX_MATCH('${'a'.repeat(2_000)}!', '^(a+)+$')`, true],
  ['a regular expression with alternatives', `REGEX_MATCH('${'a'.repeat(2_000)}!', '(a|a|aa)*$')`, true],
  [
    'a regular expression with nested counts',
    "REGEX_REPLACE('a', '((a{1,1000}){1,1000}){1,1000}', 'b') = 'a'",
    true,
  ],
  ['an invalid regular expression', "REGEX_MATCH('a', '(((')", true],
  ['1,000 alternatives', `OR(${Array.from({ length: 1_000 }, (_, n) => `{Name}='${n}'`).join(',')})`, true],
  ['a JavaScript property name', '{__proto__}', false],
  ['a JavaScript function name', 'constructor(1)', false],
  ['an unterminated text', "'abc", false],
  ['SQL', "{Name} = ''; drop table airtable.records; --", false],
  ['NUL', "{Name} = '\u0000'", true],
  ['half a surrogate pair', "{Name} = '\ud800'", true],
];

/** Maximum response time of a formula, milliseconds. Far longer than the delay on a busy machine. */
const limitMs = 8_000;

export const formulaBombsRejected = defineCheck({
  ...badInputCheck('airtable-gateway'),
  id: 'security.bad-input.airtable-gateway.formulas',
  users: 1,
  title: 'Expensive formulas are rejected or evaluated quickly',
  why: 'A formula is a program from a stranger. Without limits on length, depth, time and size, one formula stops the service for everybody (API4).',
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.mcp-server.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  expects: {
    accepted: empty(),
    serverErrors: empty(),
    slow: empty(),
    acceptedByTool: empty(),
    acceptedCursors: empty(),
    unready: empty(),
    ended: empty(),
    formulas: atLeast(formulaBombs.length, 'formulas'),
    validAfter: equals(1),
  },
  breaks: formulaBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const base = await createPeople(context, account);
    const path = `/api/airtable/v0/${base.id}/${base.tableId}`;
    await send('POST', path, { fields: { Name: 'Ada', Age: 36 } });
    const accepted: string[] = [];
    const serverErrors: string[] = [];
    const slow: string[] = [];
    const acceptedByTool: string[] = [];
    const unready: string[] = [];
    for (const [name, formula, mayWork] of formulaBombs) {
      const response = await send('POST', `${path}/listRecords`, { filterByFormula: formula });
      if (response.status >= 500) serverErrors.push(`${name}: ${summary(response)}`);
      else if (response.status !== 422 && !(mayWork && response.status === 200))
        accepted.push(`${name}: ${summary(response)}`);
      if (response.durationMs > limitMs) slow.push(`${name}: ${Math.round(response.durationMs)} ms`);
      const tool = await send('POST', '/api/mcp/tools/call', {
        name: 'get_records',
        arguments: { base_id: base.id, table_id: base.tableId, filter_by_formula: formula },
      });
      if (tool.status >= 500) serverErrors.push(`${name} by tool: ${summary(tool)}`);
      else if (!mayWork && valueAt(tool.json, 'success') !== false && tool.status < 400)
        acceptedByTool.push(`${name}: ${summary(tool)}`);
      if (!(await isReady(context, 'airtable-gateway'))) unready.push(`after ${name}`);
    }
    const acceptedCursors: string[] = [];
    for (const offset of [
      'x',
      'itrAAAAAAAAAAAAAA/recAAAAAAAAAAAAAA',
      '0',
      '\u0000',
      `${'9'.repeat(300)}`,
      '../..',
    ]) {
      const response = await send('GET', `${path}?offset=${encodeURIComponent(offset)}`);
      if (response.status !== 422) acceptedCursors.push(`${JSON.stringify(offset)}: ${summary(response)}`);
    }
    const valid = await send('POST', `${path}/listRecords`, { filterByFormula: '{Age} = 36' });
    const found = valueAt(valid.json, 'records');
    return {
      accepted,
      serverErrors,
      slow,
      acceptedByTool,
      acceptedCursors,
      unready,
      ended: endedProcesses(context, 'airtable-gateway'),
      formulas: formulaBombs.length,
      validAfter: Array.isArray(found) ? found.length : -1,
    };
  },
});
