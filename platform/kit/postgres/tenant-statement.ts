import pg from 'pg';

/** A statement worth preparing once per connection. The name must be unique per text within a service. */
export interface NamedStatement {
  name: string;
  text: string;
}

export interface Rows<Row> {
  rows: Row[];
  /** Rows changed, or read. */
  rowCount: number;
}

/** Name and text of the prepared statement that sets the tenant; every connection prepares it when it opens. */
export const setTenant: NamedStatement = {
  name: 'kit_set_tenant',
  text: `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`,
};

// The parts of pg's Query, Connection and messages that its subclasses work with; its types leave them out.
interface Wire {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  bind(options: {
    portal: string;
    statement: string;
    values: unknown[];
    valueMapper?: (value: unknown) => unknown;
  }): void;
  execute(options: { portal: string }): void;
  sync(): void;
}
interface QueryParts {
  name?: string;
  queryMode?: string;
  prepare(wire: Wire): void;
}
const Query = pg.Query as unknown as new (text: string, values: unknown[]) => QueryParts & pg.Submittable;
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils;

/** A column of a statement's rows, and how its text becomes a value. */
interface Column {
  name: string;
  parse: (text: string) => unknown;
}

/** What a connection is known to answer to each named statement. */
type Descriptions = Map<string, readonly Column[]>;

interface TenantStatementOptions {
  statement: { name?: string; text: string };
  values: readonly unknown[];
  tenant: readonly [string, string];
  types: pg.CustomTypesConfig;
  descriptions: Descriptions;
  done: (error: unknown, result: Rows<unknown> | undefined) => void;
}

/**
 * One statement under row-level security in one round trip and one transaction: setting the tenant and the
 * statement are sent with a single Sync, which PostgreSQL runs as one implicit transaction. `set_config(…, true)`
 * ends with it, so nothing of the tenant is left on the connection, also after an error.
 *
 * A named statement is described once per connection: its columns cannot change afterwards, PostgreSQL refuses to
 * run it rather ("cached plan must not change result type").
 */
class TenantStatement extends Query {
  readonly #options: TenantStatementOptions;
  readonly #rows: unknown[] = [];
  #settingTenant = true;
  #columns: readonly Column[] | undefined;
  #rowCount = 0;
  #failure: unknown;

  constructor(options: TenantStatementOptions) {
    const { statement, values } = options;
    // Given as an object pg would clone it property by property, which costs as much as sending it.
    super(statement.text, values as unknown[]);
    if (statement.name !== undefined) this.name = statement.name;
    // An unnamed statement still needs the extended protocol: only there does the transaction span both.
    this.queryMode = 'extended';
    this.#options = options;
  }

  override prepare(wire: Wire): void {
    const { statement, values, tenant, descriptions } = this.#options;
    // Statements that are sent one after the other on a connection go out in one system call.
    wire.stream.cork();
    process.nextTick(() => wire.stream.uncork());
    wire.bind({ portal: '', statement: setTenant.name, values: tenant as unknown as unknown[] });
    wire.execute({ portal: '' });
    const { name } = statement;
    this.#columns = name === undefined ? undefined : descriptions.get(name);
    if (name === undefined || this.#columns === undefined || wire.parsedStatements[name] === undefined) {
      super.prepare(wire);
      return;
    }
    wire.bind({ portal: '', statement: name, values: values as unknown[], valueMapper: prepareValue });
    wire.execute({ portal: '' });
    wire.sync();
  }

  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    const { types } = this.#options;
    this.#columns = fields.map(({ name, dataTypeID, format }) => ({
      name,
      parse: types.getTypeParser(dataTypeID, format as 'text') as Column['parse'],
    }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.#settingTenant || this.#failure !== undefined) return;
    const row: Record<string, unknown> = {};
    try {
      for (const [index, { name, parse }] of (this.#columns ?? []).entries()) {
        const text = fields[index] as string | null;
        row[name] = text === null ? null : parse(text);
      }
      this.#rows.push(row);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** @param message `text` is the command's tag, e.g. `SELECT 1` or `INSERT 0 1` */
  handleCommandComplete({ text }: { text: string }): void {
    if (this.#settingTenant) {
      this.#settingTenant = false;
      return;
    }
    this.#rowCount = Number(text.slice(text.lastIndexOf(' ') + 1)) || 0;
    const { statement, descriptions } = this.#options;
    if (statement.name !== undefined) descriptions.set(statement.name, this.#columns ?? []);
  }

  handleReadyForQuery(): void {
    if (this.#failure === undefined)
      this.#options.done(undefined, { rows: this.#rows, rowCount: this.#rowCount });
    else this.#options.done(this.#failure, undefined);
  }

  handleError(error: unknown): void {
    this.#options.done(error, undefined);
  }
}

/** Runs one statement as a tenant on a connection whose `setTenant` is prepared. */
export type RunAsTenant = <Row>(
  client: pg.ClientBase,
  tenant: { tenantId: string; userId: string },
  statement: { name?: string; text: string },
  values: readonly unknown[],
) => Promise<Rows<Row>>;

/** @param types how values arrive */
export function createRunAsTenant(types: pg.CustomTypesConfig): RunAsTenant {
  const known = new WeakMap<pg.ClientBase, Descriptions>();
  return (client, { tenantId, userId }, statement, values) => {
    let descriptions = known.get(client);
    if (descriptions === undefined) {
      descriptions = new Map();
      known.set(client, descriptions);
    }
    return new Promise((resolve, reject) => {
      client.query(
        new TenantStatement({
          statement,
          values,
          tenant: [tenantId, userId],
          types,
          descriptions: descriptions as Descriptions,
          done: (error, result) => {
            if (result === undefined) reject(error);
            else resolve(result as Rows<never>);
          },
        }),
      );
    });
  };
}
