import { z } from 'zod';
import { route } from '../route.ts';

/** Comments on records, as in Airtable's public Web API, v0. */

export const commentId = z.string().regex(/^com[A-Za-z0-9]{14}$/);

/** A user or, in the real Airtable, a group of users in the text of a comment. */
const Mentioned = z.object({
  type: z.string(),
  id: z.string(),
  displayName: z.string(),
  email: z.string().optional().describe('Only of users'),
});

export const Comment = z.object({
  id: commentId,
  author: z.object({ id: z.string(), email: z.string(), name: z.string().optional() }),
  text: z.string(),
  createdTime: z.iso.datetime(),
  lastUpdatedTime: z.iso.datetime().nullable(),
  parentCommentId: commentId.optional(),
  mentioned: z
    .record(z.string(), Mentioned)
    .optional()
    .describe('By id; absent without mentions. An id that no member of the workspace has stays plain text'),
});
export type Comment = z.infer<typeof Comment>;

export const CommentDeletion = z.object({ id: commentId, deleted: z.literal(true) });

const record = z.object({
  baseId: z.string().min(1).max(64),
  tableIdOrName: z.string().min(1).max(255),
  recordId: z.string().min(1).max(64),
});
const comment = record.extend({ commentId: z.string().min(1).max(64) });
const text = z
  .string()
  .trim()
  .min(1)
  .max(10_000)
  .describe('`@[usr…]` mentions a member of the base’s workspace');

const example = {
  id: 'comA1b2C3d4E5f6G7',
  author: { id: 'usrCmndgvfSnfDt0S', email: 'ada@example.com', name: 'Ada Lovelace' },
  text: 'Looks right, @[usrCmndgvfSnfDt0S].',
  createdTime: '2025-08-07T12:00:00.000Z',
  lastUpdatedTime: null,
  mentioned: {
    usrCmndgvfSnfDt0S: {
      type: 'user',
      id: 'usrCmndgvfSnfDt0S',
      email: 'ada@example.com',
      displayName: 'Ada Lovelace',
    },
  },
};

export const airtableCommentRoutes = {
  listComments: route({
    method: 'GET',
    path: '/v0/:baseId/:tableIdOrName/:recordId/comments',
    summary: 'List the comments on a record, newest first',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'data.recordComments:read',
    params: record,
    query: z.looseObject({
      pageSize: z.coerce.number().int().min(1).max(100).default(100),
      offset: z.string().max(512).optional(),
    }),
    success: {
      status: 200,
      description: 'One page; offset is null on the last page',
      schema: z.object({ comments: z.array(Comment), offset: z.string().nullable() }),
      example: { comments: [example], offset: null },
    },
    problems: ['not_found', 'rate_limited'],
  }),
  createComment: route({
    method: 'POST',
    path: '/v0/:baseId/:tableIdOrName/:recordId/comments',
    summary: 'Comment on a record, or reply to a comment',
    access: 'user',
    needs: { right: 'comment', of: 'base', id: 'params.baseId' },
    scope: 'data.recordComments:write',
    params: record,
    body: z.object({ text, parentCommentId: z.string().max(64).optional() }),
    bodyExample: { text: 'Looks right.' },
    success: { status: 200, description: 'The comment', schema: Comment, example },
    problems: ['not_found', 'rate_limited'],
  }),
  changeComment: route({
    method: 'PATCH',
    path: '/v0/:baseId/:tableIdOrName/:recordId/comments/:commentId',
    summary: 'Change the text of the caller’s own comment',
    access: 'user',
    needs: { right: 'comment', of: 'base', id: 'params.baseId' },
    scope: 'data.recordComments:write',
    params: comment,
    body: z.object({ text }),
    bodyExample: { text: 'Looks right now.' },
    success: { status: 200, description: 'The comment', schema: Comment, example },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
  deleteComment: route({
    method: 'DELETE',
    path: '/v0/:baseId/:tableIdOrName/:recordId/comments/:commentId',
    summary: 'Delete the caller’s own comment',
    access: 'user',
    needs: { right: 'comment', of: 'base', id: 'params.baseId' },
    scope: 'data.recordComments:write',
    params: comment,
    success: { status: 200, description: 'The id of the deleted comment', schema: CommentDeletion },
    problems: ['forbidden', 'not_found', 'rate_limited'],
  }),
} as const;
