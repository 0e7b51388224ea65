import type { z } from 'zod';
import type { BaseDetails, baseParts } from '../../contracts/airtable-gateway/base-details.ts';
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
import type { PermissionLevel } from '../../contracts/rights.ts';
import type { RequestRights } from '../../kit/rights/request-rights.ts';
import type { Caller } from './caller.ts';

/** The caller of a request, the signal that ends it, and the rights that the kit has judged. */
export interface Call {
  caller: Caller;
  signal: AbortSignal;
  rights: Pick<RequestRights, 'roleIn' | 'workspaceIds'>;
}

export interface TableRef {
  baseId: string;
  /** Table id or name. */
  table: string;
}

export interface RecordRef extends TableRef {
  recordId: string;
}

export interface WriteOptions {
  typecast?: boolean | undefined;
  returnFieldsByFieldId?: boolean | undefined;
}

export type ReadOptions = Pick<
  RecordSelection,
  'cellFormat' | 'timeZone' | 'userLocale' | 'returnFieldsByFieldId' | 'recordMetadata'
>;

export interface CommentPage {
  comments: Comment[];
  /** Null on the last page. */
  offset: string | null;
}

export interface WebhookRef {
  baseId: string;
  webhookId: string;
}

export interface WebhookDefinition {
  specification: z.output<(typeof airtableWebhookRoutes)['createWebhook']['body']>['specification'];
  /** Null for a webhook without pings. */
  notificationUrl: string | null;
}

export interface NewRecord {
  fields: Record<string, unknown>;
}

export interface RecordChange extends NewRecord {
  /** Absent only in upserts, which find the record by the fields to merge on. */
  id?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** Clears all fields that are not named. */
  replace: boolean;
  fieldsToMergeOn?: readonly string[] | undefined;
}

export interface UpdateResult {
  records: AirtableRecord[];
  /** Present only after upserts. */
  createdRecords?: string[];
  updatedRecords?: string[];
}

/** A base in a list, with the platform's id of its workspace. */
export type ListedBase = Base & { workspaceId: string };

export type BaseDefinition = z.output<(typeof airtableMetadataRoutes)['createBase']['body']> & {
  /** The platform's id of the workspace. */
  workspace: string;
};
export type TableChange = z.output<(typeof airtableMetadataRoutes)['changeTable']['body']>;
export type FieldDefinition = z.output<(typeof airtableMetadataRoutes)['createField']['body']>;
export type FieldChange = z.output<(typeof airtableMetadataRoutes)['changeField']['body']>;

/** Parts of a table's description that are only returned on request. */
export interface TableParts {
  visibleFieldIds?: boolean;
}

/** Parts of a base's details that are only returned on request. */
export type BaseParts = Readonly<Partial<Record<(typeof baseParts)[number], boolean>>>;

/**
 * The embedded or the real Airtable. The rights to the base are judged before; lists leave out what the caller may not
 * read. Every method throws `AirtableProblem` where Airtable would reject the request.
 */
export interface Upstream {
  listBases(call: Call, offset?: string): Promise<{ bases: ListedBase[]; offset?: string | undefined }>;
  /** @throws AirtableProblem `NOT_FOUND` */
  describeBase(
    call: Call,
    baseId: string,
  ): Promise<{ name: string; workspaceId: string; permission: PermissionLevel }>;
  /** @throws AirtableProblem `NOT_FOUND`, or `SERVICE_UNAVAILABLE` when collaborators cannot be looked up */
  showBase(call: Call, baseId: string, include: BaseParts): Promise<BaseDetails>;
  createBase(call: Call, definition: BaseDefinition): Promise<{ id: string; tables: Table[] }>;
  /** @throws AirtableProblem `NOT_FOUND` */
  deleteBase(call: Call, baseId: string): Promise<{ id: string; deleted: true }>;
  listTables(call: Call, baseId: string, include?: TableParts): Promise<Table[]>;
  createTable(call: Call, baseId: string, definition: TableDefinition): Promise<Table>;
  changeTable(call: Call, baseId: string, table: string, change: TableChange): Promise<Table>;
  createField(call: Call, baseId: string, table: string, definition: FieldDefinition): Promise<Field>;
  changeField(
    call: Call,
    ref: { baseId: string; table: string; fieldId: string },
    change: FieldChange,
  ): Promise<Field>;
  listRecords(call: Call, ref: TableRef, selection: RecordSelection): Promise<RecordPage>;
  countRecords(call: Call, ref: TableRef): Promise<number>;
  getRecord(call: Call, ref: RecordRef, options: ReadOptions): Promise<AirtableRecord>;
  createRecords(
    call: Call,
    ref: TableRef,
    records: readonly NewRecord[],
    options: WriteOptions,
  ): Promise<AirtableRecord[]>;
  updateRecords(
    call: Call,
    ref: TableRef,
    changes: readonly RecordChange[],
    options: UpdateOptions,
  ): Promise<UpdateResult>;
  deleteRecords(
    call: Call,
    ref: TableRef,
    ids: readonly string[],
  ): Promise<z.output<typeof AirtableDeletion>[]>;
  listComments(
    call: Call,
    ref: RecordRef,
    page: { pageSize: number; offset?: string | undefined },
  ): Promise<CommentPage>;
  createComment(
    call: Call,
    ref: RecordRef,
    comment: { text: string; parentCommentId?: string | undefined },
  ): Promise<Comment>;
  /** Only for the author. */
  changeComment(call: Call, ref: RecordRef & { commentId: string }, text: string): Promise<Comment>;
  /** Only for the author. */
  deleteComment(call: Call, ref: RecordRef & { commentId: string }): Promise<{ id: string; deleted: true }>;
  listWebhooks(call: Call, baseId: string): Promise<Webhook[]>;
  createWebhook(call: Call, baseId: string, definition: WebhookDefinition): Promise<NewWebhook>;
  deleteWebhook(call: Call, ref: WebhookRef): Promise<void>;
  enableNotifications(call: Call, ref: WebhookRef, enable: boolean): Promise<void>;
  refreshWebhook(call: Call, ref: WebhookRef): Promise<{ expirationTime?: string | null | undefined }>;
  listPayloads(
    call: Call,
    ref: WebhookRef,
    page: { cursor: number; limit: number },
  ): Promise<WebhookPayloadPage>;
  /** Drops cached responses of the tenant, a base or a table. Returns their number. */
  forgetCached(call: Call, ref: { baseId?: string | undefined; table?: string | undefined }): Promise<number>;
}
