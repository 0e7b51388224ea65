import type { ServiceName } from '../../../platform/contracts/service.ts';

/** Where a service takes JSON: a route that stores or computes something, with a body it accepts. */
export interface JsonEntry {
  service: ServiceName;
  method: 'POST' | 'PUT';
  path: string;
  /** Field of text in the body; `good` holds a right value of it. */
  field: string;
  good: Readonly<Record<string, unknown>>;
  /** Status of the answer to the good body. */
  success: number;
  /** Whether the text is kept: text that a database cannot hold must be refused then. */
  keepsText: boolean;
}

/** A list with pages; the parameters of all services have the same names. */
export interface ListEntry {
  service: ServiceName;
  path: string;
  query: readonly string[];
}

const workflow = { name: 'Good', steps: [{ type: 'log', config: { message: 'x' } }], triggers: [] };
const base = {
  name: 'Good',
  workspaceId: 'default',
  tables: [{ name: 'T', fields: [{ name: 'N', type: 'email' }] }],
};

export const jsonEntries: readonly JsonEntry[] = [
  {
    service: 'platform-services',
    method: 'POST',
    path: '/api/workspaces',
    field: 'name',
    good: { name: 'Good' },
    success: 201,
    keepsText: true,
  },
  {
    service: 'user-service',
    method: 'PUT',
    path: '/api/users/me',
    field: 'display_name',
    good: { display_name: 'Good' },
    success: 200,
    keepsText: true,
  },
  {
    service: 'airtable-gateway',
    method: 'POST',
    path: '/api/airtable/v0/meta/bases',
    field: 'name',
    good: base,
    success: 200,
    // Kept without what the database cannot hold, as Airtable keeps it.
    keepsText: false,
  },
  {
    service: 'mcp-server',
    method: 'POST',
    path: '/api/mcp/tools/call',
    field: 'name',
    good: { name: 'list_tables', arguments: {} },
    success: 200,
    keepsText: false,
  },
  {
    service: 'llm-orchestrator',
    method: 'POST',
    path: '/api/budgets/estimate-cost',
    field: 'message',
    good: { message: 'Good' },
    success: 200,
    keepsText: false,
  },
  {
    service: 'automation-services',
    method: 'POST',
    path: '/api/workflows',
    field: 'name',
    good: workflow,
    success: 201,
    keepsText: true,
  },
  {
    service: 'saga-service',
    method: 'POST',
    path: '/api/saga/events/readiness.probe',
    field: 'correlation_id',
    good: { data: { text: 'Good' }, correlation_id: '00000000-0000-4000-8000-000000000000' },
    success: 202,
    keepsText: true,
  },
];

const paging = [
  'page=-1',
  'page=0',
  'page=1e99',
  'page=x',
  'page_size=0',
  'page_size=1000000000',
  'page_size=NaN',
];

export const listEntries: readonly ListEntry[] = [
  { service: 'user-service', path: '/api/users', query: paging },
  { service: 'platform-services', path: '/api/audit/events', query: [...paging, 'outcome=maybe'] },
  {
    service: 'file-service',
    path: '/api/files',
    query: [...paging, 'status=odd', `search=${'x'.repeat(256)}`],
  },
  { service: 'saga-service', path: '/api/saga', query: [...paging, 'status=odd'] },
  { service: 'automation-services', path: '/api/workflows', query: [...paging, 'status=odd'] },
  { service: 'llm-orchestrator', path: '/api/sessions', query: paging },
  { service: 'airtable-gateway', path: '/api/airtable/sync/logs', query: [...paging, 'status=odd'] },
];

/** A body that no route may take, with the statuses that refuse it. */
export interface BadBody {
  what: string;
  /** As sent. */
  text: string;
  statuses: readonly number[];
  /** Path that the answer has to begin with, for faults of a field. */
  at?: readonly string[];
}

export const nestingDepth = 10_000;
export const largeBodyBytes = 10_000_000;

/** Every bad body for one entry. */
export function badBodiesFor({ field, good, keepsText }: JsonEntry): BadBody[] {
  const json = (value: unknown) => JSON.stringify(value);
  const rest = json(good).slice(1);
  const wrong = (what: string, value: unknown): BadBody => ({
    what: `${field} that is ${what}`,
    text: json({ ...good, [field]: value }),
    statuses: [422],
    at: ['body', field],
  });
  const whole = (what: string, text: string): BadBody => ({ what, text, statuses: [422], at: ['body'] });
  const deep = (open: string, close: string) => open.repeat(nestingDepth) + close.repeat(nestingDepth);
  // Where the text is only looked at, a strange one may be looked at, too.
  const strange: readonly number[] = keepsText ? [400, 422] : [200, 400, 422];
  return [
    { what: 'JSON that ends in the middle', text: `{"${field}": `, statuses: [400] },
    { what: 'JSON with a comma too many', text: `{${rest.slice(0, -1)},}`, statuses: [400] },
    { what: 'no JSON', text: '<xml/>', statuses: [400] },
    {
      what: 'a key that reaches the prototype',
      text: `{"__proto__": {"admin": true}, ${rest}`,
      statuses: [400],
    },
    {
      what: 'a key that reaches the constructor',
      text: `{"constructor": {"prototype": {"admin": true}}, ${rest}`,
      statuses: [400],
    },
    whole('a list', '[]'),
    whole('a text', '"text"'),
    whole('a number', '7'),
    whole('null', 'null'),
    wrong('a number', 7),
    wrong('a list', ['a']),
    wrong('an object', { $gt: '' }),
    wrong('null', null),
    wrong('empty', ''),
    {
      what: `${field} nested in ${nestingDepth} lists`,
      text: `{${json({ ...good, [field]: undefined }).slice(1, -1)}${Object.keys(good).length > 1 ? ',' : ''}"${field}":${deep('[', ']')}}`,
      statuses: [400, 422],
    },
    {
      what: `an unknown field nested in ${nestingDepth} objects`,
      text: `{"unknown":${'{"a":'.repeat(nestingDepth)}1${'}'.repeat(nestingDepth)},"${field}":7}`,
      statuses: [400, 422],
    },
    { what: '10 MB', text: json({ ...good, [field]: 'x'.repeat(largeBodyBytes) }), statuses: [413] },
    { what: `${field} with NUL`, text: json({ ...good, [field]: 'a\u0000b' }), statuses: strange },
    {
      what: `${field} with half a character`,
      text: json({ ...good, [field]: 'a\ud800b' }),
      statuses: strange,
    },
    {
      what: 'a key with NUL and one with half a character',
      text: `{"\\u0000": "\\udfff", "\\ud800": 1, "${field}": 7}`,
      statuses: [400, 422],
    },
  ];
}

const deepFormula = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)}`;
const largestFormula = 16_384;

/** Formulas that cost much more to work out than to send. Each is refused, or answered quickly. */
export const formulaBombs: readonly (readonly [what: string, formula: string, mayWork: boolean])[] = [
  ['10,000 brackets', `${'('.repeat(8_000)}1`, false],
  ['8,000 nested brackets', deepFormula(8_000), false],
  ['3,000 nested calls', `${'NOT('.repeat(3_000)}1${')'.repeat(3_000)}`, false],
  ['8,000 signs', `${'-'.repeat(8_000)}1`, false],
  ['one character more than allowed', `'${'x'.repeat(largestFormula - 1)}'`, false],
  ['a text of a thousand million characters', "REPT('x', 1000000000) = 'x'", false],
  ['repetition of repetition', `${'REPT('.repeat(9)}'xxxxxxxxxx'${', 1000)'.repeat(9)} = 'x'`, false],
  [
    'growth by substitution',
    `${'SUBSTITUTE('.repeat(30)}'xx'${", 'x', 'xxxxxxxx')".repeat(30)} = 'x'`,
    false,
  ],
  ['a regular expression that backtracks', `REGEX_MATCH('${'a'.repeat(2_000)}!', '^(a+)+$')`, true],
  ['one with alternatives', `REGEX_MATCH('${'a'.repeat(2_000)}!', '(a|a|aa)*$')`, true],
  ['one that counts', "REGEX_REPLACE('a', '((a{1,1000}){1,1000}){1,1000}', 'b') = 'a'", true],
  ['one that is none', "REGEX_MATCH('a', '(((')", true],
  ['a chain of 1,000 ORs', `OR(${Array.from({ length: 1_000 }, (_, n) => `{Name}='${n}'`).join(',')})`, true],
  ['a name of the language', '{__proto__}', false],
  ['a function of the language', 'constructor(1)', false],
  ['an end of text that never comes', "'abc", false],
  ['SQL', "{Name} = ''; drop table airtable.records; --", false],
  ['NUL', "{Name} = '\u0000'", true],
  ['half a character', "{Name} = '\ud800'", true],
];
