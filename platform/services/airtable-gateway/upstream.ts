import type { z } from 'zod';
import type { Comment } from '../../contracts/airtable-gateway/comments.ts';
import type {
  airtableMetadataRoutes,
  Base,
  Field,
  Table,
  TableDefinition,
} from '../../contracts/airtable-gateway/metadata.ts';
import type {
  AirtableDeletion,
  AirtableRecord,
  RecordPage,
  RecordSelection,
} from '../../contracts/airtable-gateway/records.ts';
import type { WebhookPayloadPage } from '../../contracts/airtable-gateway/webhook-payloads.ts';
import type {
  airtableWebhookRoutes,
  NewWebhook,
  Webhook,
} from '../../contracts/airtable-gateway/webhooks.ts';
import type { Caller } from './api/caller.ts';

/** Who asks, and when to stop working for them. */
export interface Call {
  caller: Caller;
  signal: AbortSignal;
}

export interface TablePlace {
  baseId: string;
  /** Table id or name. */
  table: string;
}

export interface RecordPlace extends TablePlace {
  recordId: string;
}

export interface WriteOptions {
  typecast?: boolean | undefined;
  returnFieldsByFieldId?: boolean | undefined;
}

export interface ReadOptions {
  cellFormat?: 'json' | 'string' | undefined;
  timeZone?: string | undefined;
  userLocale?: string | undefined;
  returnFieldsByFieldId?: boolean | undefined;
  recordMetadata?: readonly 'commentCount'[] | undefined;
}

export interface CommentPage {
  comments: Comment[];
  /** Null on the last page. */
  offset: string | null;
}

export interface WebhookPlace {
  baseId: string;
  webhookId: string;
}

export interface WebhookDefinition {
  specification: z.output<(typeof airtableWebhookRoutes)['createWebhook']['body']>['specification'];
  /** Null when nobody is to be pinged. */
  notificationUrl: string | null;
}

export interface NewRecord {
  fields: Record<string, unknown>;
}

export interface RecordChange extends NewRecord {
  /** Absent only in upserts, where the record is found by the fields to merge on. */
  id?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** Clear the fields that are not named. */
  replace: boolean;
  fieldsToMergeOn?: readonly string[] | undefined;
}

export interface Written {
  records: AirtableRecord[];
  /** Present after upserts only. */
  createdRecords?: string[];
  updatedRecords?: string[];
}

export type BaseDefinition = z.output<(typeof airtableMetadataRoutes)['createBase']['body']>;
export type TableChange = z.output<(typeof airtableMetadataRoutes)['changeTable']['body']>;
export type FieldDefinition = z.output<(typeof airtableMetadataRoutes)['createField']['body']>;
export type FieldChange = z.output<(typeof airtableMetadataRoutes)['changeField']['body']>;

/**
 * An Airtable: the embedded one or the real one. Every method acts with the caller's rights and throws
 * `AirtableProblem` for what Airtable would refuse.
 */
export interface Upstream {
  listBases(call: Call, offset?: string): Promise<{ bases: Base[]; offset?: string | undefined }>;
  /** @throws AirtableProblem `NOT_FOUND` */
  describeBase(
    call: Call,
    baseId: string,
  ): Promise<{ name: string; workspaceId?: string; permission: string }>;
  createBase(call: Call, definition: BaseDefinition): Promise<{ id: string; tables: Table[] }>;
  listTables(call: Call, baseId: string): Promise<Table[]>;
  createTable(call: Call, baseId: string, definition: TableDefinition): Promise<Table>;
  changeTable(call: Call, baseId: string, table: string, change: TableChange): Promise<Table>;
  createField(call: Call, baseId: string, table: string, definition: FieldDefinition): Promise<Field>;
  changeField(
    call: Call,
    place: { baseId: string; table: string; fieldId: string },
    change: FieldChange,
  ): Promise<Field>;
  listRecords(call: Call, place: TablePlace, selection: RecordSelection): Promise<RecordPage>;
  countRecords(call: Call, place: TablePlace): Promise<number>;
  getRecord(call: Call, place: RecordPlace, options: ReadOptions): Promise<AirtableRecord>;
  createRecords(
    call: Call,
    place: TablePlace,
    records: readonly NewRecord[],
    options: WriteOptions,
  ): Promise<AirtableRecord[]>;
  updateRecords(
    call: Call,
    place: TablePlace,
    changes: readonly RecordChange[],
    options: UpdateOptions,
  ): Promise<Written>;
  deleteRecords(
    call: Call,
    place: TablePlace,
    ids: readonly string[],
  ): Promise<z.output<typeof AirtableDeletion>[]>;
  listComments(
    call: Call,
    place: RecordPlace,
    page: { pageSize: number; offset?: string | undefined },
  ): Promise<CommentPage>;
  createComment(
    call: Call,
    place: RecordPlace,
    comment: { text: string; parentCommentId?: string | undefined },
  ): Promise<Comment>;
  /** Only the author may. */
  changeComment(call: Call, place: RecordPlace & { commentId: string }, text: string): Promise<Comment>;
  /** Only the author may. */
  deleteComment(
    call: Call,
    place: RecordPlace & { commentId: string },
  ): Promise<{ id: string; deleted: true }>;
  listWebhooks(call: Call, baseId: string): Promise<Webhook[]>;
  createWebhook(call: Call, baseId: string, definition: WebhookDefinition): Promise<NewWebhook>;
  deleteWebhook(call: Call, place: WebhookPlace): Promise<void>;
  enableNotifications(call: Call, place: WebhookPlace, enable: boolean): Promise<void>;
  refreshWebhook(call: Call, place: WebhookPlace): Promise<{ expirationTime?: string | null | undefined }>;
  listPayloads(
    call: Call,
    place: WebhookPlace,
    page: { cursor: number; limit: number },
  ): Promise<WebhookPayloadPage>;
  /** Drops cached answers of the tenant, of one base or one table; gives how many there were. */
  forgetCached(
    call: Call,
    place: { baseId?: string | undefined; table?: string | undefined },
  ): Promise<number>;
}
