import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { RecordPlace, Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

function placeOf(params: { baseId: string; tableIdOrName: string; recordId: string }): RecordPlace {
  return { baseId: params.baseId, table: params.tableIdOrName, recordId: params.recordId };
}

/** Comments of Airtable's Web API. */
export function commentHandlers(upstream: Upstream) {
  return {
    listComments: async (request) =>
      upstream.listComments(toCall(request), placeOf(request.params), request.query),
    createComment: async (request) =>
      upstream.createComment(toCall(request), placeOf(request.params), request.body),
    async changeComment(request) {
      const place = { ...placeOf(request.params), commentId: request.params.commentId };
      return upstream.changeComment(toCall(request), place, request.body.text);
    },
    async deleteComment(request) {
      const place = { ...placeOf(request.params), commentId: request.params.commentId };
      return upstream.deleteComment(toCall(request), place);
    },
  } satisfies Handlers<typeof airtableGateway>;
}
