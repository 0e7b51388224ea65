import Airtable from 'airtable';
import { errorOf, type Use, type UseContext } from './use.ts';

/** The client with another key. */
function withKey({ airtable }: UseContext, apiKey: string): Airtable {
  const { _endpointUrl: endpointUrl } = airtable;
  return new Airtable({ apiKey, endpointUrl, noRetryIfRateLimited: true });
}

/** Errors, which programs tell apart by type and status. */
export const errorUses: readonly Use[] = [
  {
    name: 'error: a field that does not exist',
    expected: ['UNKNOWN_FIELD_NAME', 422],
    observe: ({ things }) => errorOf(() => things.create({ Nobody: 1 })),
  },
  {
    name: 'error: a computed field',
    expected: ['INVALID_VALUE_FOR_COLUMN', 422],
    observe: ({ things }) => errorOf(() => things.create({ Twice: 1 })),
  },
  {
    name: 'error: an invalid formula',
    expected: ['INVALID_FILTER_BY_FORMULA', 422],
    observe: ({ things }) => errorOf(() => things.select({ filterByFormula: '{Nobody} = 1' }).all()),
  },
  {
    name: 'error: a sort by a field that does not exist',
    expected: ['UNKNOWN_FIELD_NAME', 422],
    observe: ({ things }) => errorOf(() => things.select({ sort: [{ field: 'Nobody' }] }).all()),
  },
  {
    name: 'error: a view that does not exist',
    expected: ['VIEW_NAME_NOT_FOUND', 422],
    observe: ({ things }) => errorOf(() => things.select({ view: 'Nothing' }).all()),
  },
  {
    name: 'error: a table that does not exist',
    expected: ['NOT_FOUND', 404],
    observe: ({ base }) => errorOf(() => base('Nothing').select().all()),
  },
  {
    name: 'error: a base that does not exist',
    expected: ['NOT_FOUND', 404],
    observe: ({ airtable }) => errorOf(() => airtable.base('app00000000000000')('People').select().all()),
  },
  {
    name: 'error: an invalid key',
    expected: ['AUTHENTICATION_REQUIRED', 401],
    observe: (context) =>
      errorOf(() => withKey(context, 'patInvalid').base(context.base.getId())('People').select().all()),
  },
];
