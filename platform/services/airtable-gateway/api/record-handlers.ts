import type { z } from 'zod';
import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { AirtableDeletion, AirtableRecord } from '../../../contracts/airtable-gateway/records.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { invalidRequest } from '../airtable-problem.ts';
import { toCaller } from '../caller.ts';
import type { Call, RecordChange, TableRef, UpdateOptions, Upstream } from '../upstream.ts';

type Routes = typeof airtableGateway;

type UserRequest = Pick<HandlerRequest<Routes['routes']['listRecords']>, 'caller' | 'signal' | 'rights'>;

export function toCall({ caller, signal, rights }: UserRequest): Call {
  return { caller: toCaller(caller), signal, rights };
}

function refOf(params: { baseId: string; tableIdOrName: string }): TableRef {
  return { baseId: params.baseId, table: params.tableIdOrName };
}

interface UpdateBody {
  records: RecordChange[];
  performUpsert?: { fieldsToMergeOn: string[] } | undefined;
  typecast?: boolean | undefined;
  returnFieldsByFieldId?: boolean | undefined;
}

/** @throws AirtableProblem when a record has no id and no fields to merge on are given */
function updateOptions(body: UpdateBody, replace: boolean): UpdateOptions {
  if (body.performUpsert === undefined) {
    const index = body.records.findIndex(({ id }) => id === undefined);
    if (index >= 0) throw invalidRequest(`body.records.${index}.id: Field required`);
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
      return upstream.listRecords(toCall(request), refOf(request.params), request.query);
    },
    async listRecordsByPost(request) {
      const selection = { ...request.query, ...request.body };
      return upstream.listRecords(toCall(request), refOf(request.params), selection);
    },
    async getRecord(request) {
      const ref = { ...refOf(request.params), recordId: request.params.recordId };
      return upstream.getRecord(toCall(request), ref, request.query);
    },
    async createRecords(request) {
      const { records, fields, ...options } = request.body;
      const given = records ?? [{ fields: fields ?? {} }];
      const created = await upstream.createRecords(toCall(request), refOf(request.params), given, options);
      const [only] = created;
      return records === undefined && only !== undefined ? only : { records: created };
    },
    updateRecords: (request) => writeMany(upstream, request, false),
    replaceRecords: (request) => writeMany(upstream, request, true),
    updateRecord: (request) => writeOne(upstream, request, false),
    replaceRecord: (request) => writeOne(upstream, request, true),
    async deleteRecords(request) {
      const { records } = request.query;
      return { records: await upstream.deleteRecords(toCall(request), refOf(request.params), records) };
    },
    async deleteRecord(request) {
      const [deleted] = await upstream.deleteRecords(toCall(request), refOf(request.params), [
        request.params.recordId,
      ]);
      return deleted as z.output<typeof AirtableDeletion>;
    },
  } satisfies Handlers<Routes>;
}

type WriteRequest<Route extends 'updateRecord' | 'updateRecords'> = Pick<
  HandlerRequest<Routes['routes'][Route]>,
  'params' | 'body' | 'caller' | 'signal' | 'rights'
>;

async function writeMany(upstream: Upstream, request: WriteRequest<'updateRecords'>, replace: boolean) {
  const options = updateOptions(request.body, replace);
  return upstream.updateRecords(toCall(request), refOf(request.params), request.body.records, options);
}

async function writeOne(upstream: Upstream, request: WriteRequest<'updateRecord'>, replace: boolean) {
  const { fields, ...options } = request.body;
  const { records } = await upstream.updateRecords(
    toCall(request),
    refOf(request.params),
    [{ id: request.params.recordId, fields }],
    { ...options, replace },
  );
  return records[0] as AirtableRecord;
}
