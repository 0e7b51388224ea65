import type pg from 'pg';
import type { ScaleRow } from '../suite.ts';
import type { ApiClient } from './api-client.ts';
import type { FieldIds } from './fields.ts';
import type { WideBase } from './wide-base.ts';

/** An airtable-gateway that has served nothing yet. */
export interface FreshGateway extends AsyncDisposable {
  readonly pid: number;
  readonly recordsUrl: string;
}

/** A table with `size` records, numbered from 1, and the services that serve it. */
export interface FilledTable {
  readonly size: number;
  readonly baseId: string;
  readonly tableId: string;
  readonly fields: FieldIds;
  /** `/v0/<base>/<table>` of airtable-gateway. */
  readonly recordsUrl: string;
  /** Where mcp-server is called. */
  readonly toolUrl: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly api: ApiClient;
  /** A connection as airtable-gateway's role, with the tenant set. */
  readonly sql: pg.Client;
  /** Another one; the caller ends it. */
  connectSql(): Promise<pg.Client>;
  /** Starts another airtable-gateway on the same stores; the caller stops it. */
  freshGateway(): Promise<FreshGateway>;
  /** The base of 100 tables with 100 fields each; created by the first call. */
  wide(): Promise<WideBase>;
  readonly signal: AbortSignal;
}

export type RecordsRow<Prepared = unknown> = ScaleRow<FilledTable, Prepared>;
