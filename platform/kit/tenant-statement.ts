import pg from 'pg';

/** A statement worth preparing once per connection. The name must be unique per text within a service. */
export interface NamedStatement {
  name: string;
  text: string;
}

/** Name and text of the prepared statement that sets the tenant; every connection prepares it when it opens. */
export const setTenant: NamedStatement = {
  name: 'kit_set_tenant',
  text: `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`,
};

// The parts of pg's Query and Connection that its subclasses work with; its types leave them out.
interface Wire {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  bind(options: { portal: string; statement: string; values: unknown[] }): void;
  execute(options: { portal: string }): void;
}
interface QueryParts {
  name?: string;
  queryMode?: string;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
  prepare(wire: Wire): void;
}
const Query = pg.Query as unknown as new (
  text: string,
  values: unknown[],
  callback: (error: Error | undefined, result: pg.QueryResult) => void,
) => QueryParts & pg.Submittable;

/**
 * One statement under row-level security in one round trip and one transaction: setting the tenant and the
 * statement are sent with a single Sync, which PostgreSQL runs as one implicit transaction. `set_config(…, true)`
 * ends with it, so nothing of the tenant is left on the connection, also after an error.
 */
class TenantStatement extends Query {
  #settingTenant = true;
  readonly #tenant: readonly [string, string];

  constructor(
    statement: { name?: string; text: string },
    values: readonly unknown[],
    tenant: readonly [string, string],
    callback: (error: Error | undefined, result: pg.QueryResult) => void,
  ) {
    // Given as an object pg would clone it property by property, which costs as much as sending it.
    super(statement.text, [...values], callback);
    if (statement.name !== undefined) this.name = statement.name;
    // An unnamed statement still needs the extended protocol: only there does the transaction span both.
    this.queryMode = 'extended';
    this.#tenant = tenant;
  }

  override prepare(wire: Wire): void {
    // Statements that are sent one after the other on a connection go out in one system call.
    wire.stream.cork();
    process.nextTick(() => wire.stream.uncork());
    wire.bind({ portal: '', statement: setTenant.name, values: [...this.#tenant] });
    wire.execute({ portal: '' });
    super.prepare(wire);
  }

  override handleDataRow(message: unknown): void {
    if (!this.#settingTenant) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#settingTenant) this.#settingTenant = false;
    else super.handleCommandComplete(message, wire);
  }
}

/** Runs one statement as a tenant on a connection whose `setTenant` is prepared. */
export function runAsTenant(
  client: pg.ClientBase,
  tenant: { tenantId: string; userId: string },
  statement: { name?: string; text: string },
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    client.query(
      new TenantStatement(statement, values, [tenant.tenantId, tenant.userId], (error, result) => {
        if (error) reject(error);
        else resolve(result);
      }),
    );
  });
}
