import { z } from 'zod';
import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { RecordSelection } from '../../../contracts/airtable-gateway/records.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { parsePart } from '../../../kit/http/validation.ts';
import type { Call, RecordChange, TablePlace, UpdateOptions, Upstream } from '../upstream.ts';
import { invalidRequest } from './airtable-problem.ts';
import { readBracketQuery } from './bracket-query.ts';
import { toCaller } from './caller.ts';

type Routes = typeof airtableGateway;

const ReadQuery = RecordSelection.pick({
  cellFormat: true,
  timeZone: true,
  userLocale: true,
  returnFieldsByFieldId: true,
  recordMetadata: true,
});
const DeleteQuery = z.object({ records: z.array(z.string().max(64)).min(1).max(10) });
const FormatQuery = RecordSelection.pick({ timeZone: true, userLocale: true });

type UserRequest = Pick<HandlerRequest<Routes['routes']['listRecords']>, 'caller' | 'signal' | 'raw'>;

export function toCall({ caller, signal }: Pick<UserRequest, 'caller' | 'signal'>): Call {
  return { caller: toCaller(caller), signal };
}

function placeOf(params: { baseId: string; tableIdOrName: string }): TablePlace {
  return { baseId: params.baseId, table: params.tableIdOrName };
}

interface UpdateBody {
  records: RecordChange[];
  performUpsert?: { fieldsToMergeOn: string[] } | undefined;
  typecast?: boolean | undefined;
  returnFieldsByFieldId?: boolean | undefined;
}

/** @throws AirtableProblem when a record has no id and there is nothing to find it by */
function updateOptions(body: UpdateBody, replace: boolean): UpdateOptions {
  if (body.performUpsert === undefined) {
    const without = body.records.findIndex(({ id }) => id === undefined);
    if (without >= 0) throw invalidRequest(`body.records.${without}.id: Field required`);
  }
  return {
    replace,
    typecast: body.typecast,
    returnFieldsByFieldId: body.returnFieldsByFieldId,
    fieldsToMergeOn: body.performUpsert?.fieldsToMergeOn,
  };
}

/** The record half of Airtable's Web API. */
export function recordHandlers(upstream: Upstream) {
  return {
    async listRecords(request) {
      const selection = parsePart('query', RecordSelection, readBracketQuery(request.query));
      return upstream.listRecords(toCall(request), placeOf(request.params), selection);
    },
    async listRecordsByPost(request) {
      // Airtable reads these two from the address also when the rest is in the body.
      const format = parsePart('query', FormatQuery, request.raw.query);
      return upstream.listRecords(toCall(request), placeOf(request.params), { ...format, ...request.body });
    },
    async getRecord(request) {
      const options = parsePart('query', ReadQuery, readBracketQuery(request.query));
      const place = { ...placeOf(request.params), recordId: request.params.recordId };
      return upstream.getRecord(toCall(request), place, options);
    },
    async createRecords(request) {
      const { records, fields, ...options } = request.body;
      const given = records ?? [{ fields: fields ?? {} }];
      const created = await upstream.createRecords(toCall(request), placeOf(request.params), given, options);
      const [only] = created;
      return records === undefined && only !== undefined ? only : { records: created };
    },
    async updateRecords(request) {
      const options = updateOptions(request.body, false);
      return upstream.updateRecords(toCall(request), placeOf(request.params), request.body.records, options);
    },
    async replaceRecords(request) {
      const options = updateOptions(request.body, true);
      return upstream.updateRecords(toCall(request), placeOf(request.params), request.body.records, options);
    },
    async updateRecord(request) {
      return writeOne(upstream, request, false);
    },
    async replaceRecord(request) {
      return writeOne(upstream, request, true);
    },
    async deleteRecords(request) {
      const { records } = parsePart('query', DeleteQuery, readBracketQuery(request.query));
      return { records: await upstream.deleteRecords(toCall(request), placeOf(request.params), records) };
    },
    async deleteRecord(request) {
      const [deleted] = await upstream.deleteRecords(toCall(request), placeOf(request.params), [
        request.params.recordId,
      ]);
      if (deleted === undefined) throw new Error('a deletion without result');
      return deleted;
    },
  } satisfies Handlers<Routes>;
}

async function writeOne(
  upstream: Upstream,
  request: Pick<HandlerRequest<Routes['routes']['updateRecord']>, 'params' | 'body' | 'caller' | 'signal'>,
  replace: boolean,
) {
  const { fields, ...options } = request.body;
  const { records } = await upstream.updateRecords(
    toCall(request),
    placeOf(request.params),
    [{ id: request.params.recordId, fields }],
    { ...options, replace },
  );
  const [record] = records;
  if (record === undefined) throw new Error('an update without result');
  return record;
}
