import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { RecordRef, Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

type RecordParams = { baseId: string; tableIdOrName: string; recordId: string };

function refOf({ baseId, tableIdOrName: table, recordId }: RecordParams): RecordRef {
  return { baseId, table, recordId };
}

function commentRefOf(params: RecordParams & { commentId: string }) {
  return { ...refOf(params), commentId: params.commentId };
}

/** Comments of Airtable's Web API. */
export function commentHandlers(upstream: Upstream) {
  return {
    listComments: async (request) =>
      upstream.listComments(toCall(request), refOf(request.params), request.query),
    createComment: async (request) =>
      upstream.createComment(toCall(request), refOf(request.params), request.body),
    changeComment: async (request) =>
      upstream.changeComment(toCall(request), commentRefOf(request.params), request.body.text),
    deleteComment: async (request) => upstream.deleteComment(toCall(request), commentRefOf(request.params)),
  } satisfies Handlers<typeof airtableGateway>;
}
