import type { ServiceName } from '../../../platform/contracts/service.ts';

/** A route that accepts a JSON body and stores or computes something. */
export interface JsonRoute {
  service: ServiceName;
  method: 'POST' | 'PUT';
  path: string;
  /** A text field of the body. */
  field: string;
  valid: Readonly<Record<string, unknown>>;
  /** Status of the response to the valid body. */
  success: number;
  /** Whether the service stores the text. Then it must reject text that a database cannot store. */
  storesText: boolean;
}

const workflow = { name: 'Good', steps: [{ type: 'log', config: { message: 'x' } }], triggers: [] };
const base = {
  name: 'Good',
  workspaceId: 'default',
  tables: [{ name: 'T', fields: [{ name: 'N', type: 'email' }] }],
};

export const jsonRoutes: readonly JsonRoute[] = [
  {
    service: 'platform-services',
    method: 'POST',
    path: '/api/workspaces',
    field: 'name',
    valid: { name: 'Good' },
    success: 201,
    storesText: true,
  },
  {
    service: 'user-service',
    method: 'PUT',
    path: '/api/users/me',
    field: 'display_name',
    valid: { display_name: 'Good' },
    success: 200,
    storesText: true,
  },
  {
    service: 'airtable-gateway',
    method: 'POST',
    path: '/api/airtable/v0/meta/bases',
    field: 'name',
    valid: base,
    success: 200,
    // Stored without the characters that the database cannot store, like Airtable does.
    storesText: false,
  },
  {
    service: 'mcp-server',
    method: 'POST',
    path: '/api/mcp/tools/call',
    field: 'name',
    valid: { name: 'list_tables', arguments: {} },
    success: 200,
    storesText: false,
  },
  {
    service: 'llm-orchestrator',
    method: 'POST',
    path: '/api/budgets/estimate-cost',
    field: 'message',
    valid: { message: 'Good' },
    success: 200,
    storesText: false,
  },
  {
    service: 'automation-services',
    method: 'POST',
    path: '/api/workflows',
    field: 'name',
    valid: workflow,
    success: 201,
    storesText: true,
  },
  {
    service: 'saga-service',
    method: 'POST',
    path: '/api/saga/events/readiness.probe',
    field: 'correlation_id',
    valid: { data: { text: 'Good' }, correlation_id: '00000000-0000-4000-8000-000000000000' },
    success: 202,
    storesText: true,
  },
];

/** A body that every route must reject. */
export interface BadBody {
  name: string;
  readonly text: string;
  /** Statuses that reject it. */
  statuses: readonly number[];
  /** Path that the response must name when a field is invalid. */
  at?: readonly string[];
}

const nestingDepth = 10_000;
const largeBodyBytes = 10_000_000;

/** Every bad body for one route. */
export function badBodiesFor({ field, valid, storesText }: JsonRoute): BadBody[] {
  const json = (value: unknown) => JSON.stringify(value);
  const rest = json(valid).slice(1);
  const wrong = (name: string, value: unknown): BadBody => ({
    name: `${field}: ${name}`,
    text: json({ ...valid, [field]: value }),
    statuses: [422],
    at: ['body', field],
  });
  const whole = (name: string, text: string): BadBody => ({ name, text, statuses: [422], at: ['body'] });
  const deep = (open: string, close: string) => open.repeat(nestingDepth) + close.repeat(nestingDepth);
  // A service that does not store the text may accept it.
  const unstorable: readonly number[] = storesText ? [400, 422] : [200, 400, 422];
  return [
    { name: 'truncated JSON', text: `{"${field}": `, statuses: [400] },
    { name: 'JSON with a trailing comma', text: `{${rest.slice(0, -1)},}`, statuses: [400] },
    { name: 'XML', text: '<xml/>', statuses: [400] },
    {
      name: 'the key __proto__',
      text: `{"__proto__": {"admin": true}, ${rest}`,
      statuses: [400],
    },
    {
      name: 'the key constructor',
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
      name: `${field} nested in ${nestingDepth} lists`,
      text: `{${json({ ...valid, [field]: undefined }).slice(1, -1)}${Object.keys(valid).length > 1 ? ',' : ''}"${field}":${deep('[', ']')}}`,
      statuses: [400, 422],
    },
    {
      name: `an unknown field nested in ${nestingDepth} objects`,
      text: `{"unknown":${'{"a":'.repeat(nestingDepth)}1${'}'.repeat(nestingDepth)},"${field}":7}`,
      statuses: [400, 422],
    },
    {
      name: '10 MB',
      statuses: [413],
      // Made when it is sent: every command declares the checks.
      get text() {
        return json({ ...valid, [field]: 'x'.repeat(largeBodyBytes) });
      },
    },
    { name: `${field} with NUL`, text: json({ ...valid, [field]: 'a\u0000b' }), statuses: unstorable },
    {
      name: `${field} with half a surrogate pair`,
      text: json({ ...valid, [field]: 'a\ud800b' }),
      statuses: unstorable,
    },
    {
      name: 'keys with NUL and half a surrogate pair',
      text: `{"\\u0000": "\\udfff", "\\ud800": 1, "${field}": 7}`,
      statuses: [400, 422],
    },
  ];
}
