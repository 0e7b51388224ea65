import type { Comment } from '../../../contracts/airtable-gateway/comments.ts';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import { isSqlState, sqlState, type Transaction } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import { isId, newId } from '../airtable-id.ts';
import {
  invalidRequest,
  malformedOffset,
  noPermission,
  notFound,
  recordNotFound,
} from '../airtable-problem.ts';
import type { Caller } from '../caller.ts';
import type { CommentPage, RecordRef } from '../upstream.ts';
import type { KnownUsers, UserReference } from '../users/user.ts';
import { loadRow } from './records/record-row.ts';
import type { Schemas } from './schema/schemas.ts';
import { findTable, type StoredBase } from './schema/stored-base.ts';
import type { SchemaContext } from './schema/write-schema.ts';

interface CommentRow {
  id: string;
  author_id: string;
  author_email: string;
  /** Null for comments of earlier releases. */
  author_name: string | null;
  body: string;
  parent_id: string | null;
  created_time: string;
  updated_time: string | null;
  mentioned: NonNullable<Comment['mentioned']>;
}

const columns =
  'id, author_id, author_email, author_name, body, parent_id, created_time, updated_time, mentioned';

type Query = Transaction['query'];

/** Reads of a base. */
export interface BaseReader {
  query: Query;
  schemas: Schemas;
}

/** @throws AirtableProblem when the tenant has no such base, table or record. @returns the base */
async function assertRecord(
  { query, schemas }: BaseReader,
  { baseId, table, recordId }: RecordRef,
): Promise<StoredBase> {
  const base = await schemas.load(query, baseId);
  const { id } = findTable(base, table);
  const row = isId('rec', recordId) ? await loadRow(query, id, recordId) : undefined;
  if (row === undefined) throw recordNotFound();
  return base;
}

export async function listComments(
  reader: BaseReader,
  ref: RecordRef,
  { pageSize, offset }: { pageSize: number; offset?: string | undefined },
): Promise<CommentPage> {
  const { query } = reader;
  await assertRecord(reader, ref);
  if (offset !== undefined && !isId('com', offset)) throw malformedOffset(offset);
  const { rows } = await query<CommentRow>(
    `select ${columns} from airtable.comments
     where record_id = $1 and ($2::text is null or (created_time, id) <
       (select created_time, id from airtable.comments where id = $2 and record_id = $1))
     order by created_time desc, id desc limit $3`,
    [ref.recordId, offset ?? null, pageSize + 1],
  );
  const comments = rows.slice(0, pageSize).map(toComment);
  return { comments, offset: rows.length > pageSize ? (comments.at(-1)?.id ?? null) : null };
}

export async function createComment(
  { tx: { query }, schemas, findUsers }: SchemaContext,
  caller: Caller,
  ref: RecordRef,
  { text, parentCommentId }: { text: string; parentCommentId?: string | undefined },
): Promise<Comment> {
  const { workspaceId } = await assertRecord({ query, schemas }, ref);
  if (parentCommentId !== undefined && (await loadComment(query, ref, parentCommentId)) === undefined)
    throw invalidRequest('the parent comment does not exist');
  const clean = cleanText(text);
  const mentioned = await mentionsIn(clean, (references) => findUsers(references, workspaceId));
  try {
    const { rows } = await query<CommentRow>(
      `insert into airtable.comments
         (id, tenant_id, record_id, author_id, author_email, author_name, body, parent_id, mentioned)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
      [
        newId('com'),
        caller.tenantId,
        ref.recordId,
        caller.userId,
        caller.email,
        caller.name,
        clean,
        parentCommentId ?? null,
        mentioned,
      ],
    );
    return toComment(rows[0] as CommentRow);
  } catch (error) {
    // The record, or the comment that this one replies to, was deleted meanwhile.
    if (isSqlState(error, sqlState.foreignKeyViolation)) throw recordNotFound();
    throw error;
  }
}

/** @throws AirtableProblem when the comment does not exist or has another author */
export async function changeComment(
  { tx: { query }, schemas, findUsers }: SchemaContext,
  caller: Caller,
  ref: RecordRef & { commentId: string },
  text: string,
): Promise<Comment> {
  const { workspaceId } = await assertOwnComment({ query, schemas }, caller, ref);
  const clean = cleanText(text);
  const { rows } = await query<CommentRow>(
    `update airtable.comments set body = $2, updated_time = now(), mentioned = $3 where id = $1
     returning ${columns}`,
    [ref.commentId, clean, await mentionsIn(clean, (references) => findUsers(references, workspaceId))],
  );
  if (rows[0] === undefined) throw notFound();
  return toComment(rows[0]);
}

/** @throws AirtableProblem when the comment does not exist or has another author */
export async function deleteComment(
  reader: BaseReader,
  caller: Caller,
  ref: RecordRef & { commentId: string },
): Promise<{ id: string; deleted: true }> {
  await assertOwnComment(reader, caller, ref);
  await reader.query('delete from airtable.comments where id = $1', [ref.commentId]);
  return { id: ref.commentId, deleted: true };
}

/** Number of comments by record id; records without comments are absent. */
export async function countComments(query: Query, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await query<{ record_id: string; count: number }>(
    'select record_id, count(*) from airtable.comments where record_id = any($1) group by record_id',
    [ids],
  );
  return new Map(rows.map(({ record_id, count }) => [record_id, count]));
}

async function loadComment(query: Query, ref: RecordRef, id: string): Promise<CommentRow | undefined> {
  if (!isId('com', id)) return undefined;
  const { rows } = await query<CommentRow>(
    `select ${columns} from airtable.comments where id = $1 and record_id = $2`,
    [id, ref.recordId],
  );
  return rows[0];
}

async function assertOwnComment(
  reader: BaseReader,
  caller: Caller,
  ref: RecordRef & { commentId: string },
): Promise<StoredBase> {
  const base = await assertRecord(reader, ref);
  const comment = await loadComment(reader.query, ref, ref.commentId);
  if (comment === undefined) throw notFound();
  if (comment.author_id !== caller.userId) throw noPermission();
  return base;
}

/** The members of the workspace whom a text mentions. Other ids stay plain text. */
async function mentionsIn(
  text: string,
  findMembers: (references: readonly UserReference[]) => Promise<KnownUsers>,
): Promise<string> {
  const ids = new Set([...text.matchAll(/@\[(usr[A-Za-z0-9]{14})\]/g)].map(([, id = '']) => id));
  const references = [...ids].map((id): UserReference => ({ by: 'id', value: id }));
  const users = await findMembers(references);
  const mentioned = references.flatMap((reference) => {
    const user = users.find(reference);
    if (user === undefined) return [];
    const { id, email, name } = user;
    return [[id, { type: 'user', id, email, displayName: name }] as const];
  });
  return storableJson(Object.fromEntries(mentioned));
}

function cleanText(text: string): string {
  const clean = storableText(text).trim();
  if (clean === '') throw invalidRequest('the text is empty');
  return clean;
}

function toComment(row: CommentRow): Comment {
  return {
    id: row.id,
    author: {
      id: toAirtableUserId(row.author_id),
      email: row.author_email,
      ...(row.author_name === null ? {} : { name: row.author_name }),
    },
    text: row.body,
    createdTime: row.created_time,
    lastUpdatedTime: row.updated_time,
    ...(row.parent_id === null ? {} : { parentCommentId: row.parent_id }),
    ...(Object.keys(row.mentioned).length === 0 ? {} : { mentioned: row.mentioned }),
  };
}
