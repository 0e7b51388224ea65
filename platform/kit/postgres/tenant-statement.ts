import pg from 'pg';

/** The tenant and user of a statement. Row-level security shows it the rows of this tenant only. */
export interface Tenant {
  tenantId: string;
  userId: string;
}

/** A statement that is prepared once per connection. Within a service, a name must belong to one text only. */
export interface NamedStatement {
  name: string;
  text: string;
  /**
   * Whether the planner must not sort where an index has the order. It expects as many rows of a tenant as tenants have on
   * average; so it would read and sort all 100,000 of a large one to show 20.
   */
  readsInOrder?: true;
  /**
   * Whether the planner must plan once per connection, for any values. Otherwise it plans again for each page: without the
   * value of a `limit`, it expects a tenth of all rows, and prefers plans for known values. Needs `readsInOrder`.
   */
  plansOnce?: true;
}

export interface UnnamedStatement {
  name?: undefined;
  text: string;
  readsInOrder?: undefined;
  plansOnce?: undefined;
}

export interface Rows<Row> {
  rows: Row[];
  /** Number of rows changed or read. */
  rowCount: number;
}

/** SQL with `$1` placeholders. A named statement is prepared once per connection and is then much cheaper. */
export type Statement = string | NamedStatement;

export interface Transaction {
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Rows<Row>>;
}

const settingTenant = `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`;
const setTenant = { name: 'kit_set_tenant', text: settingTenant };
/** Also sets the planner. A statement of its own, because most statements need no settings of the planner. */
const setTenantAndPlanner = {
  name: 'kit_set_tenant_and_planner',
  text: `${settingTenant}, set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
           set_config('plan_cache_mode', $3, true)`,
};

/** Prepares the statements that set the tenant. Every connection needs them before its first statement as a tenant. */
export async function prepareTenantStatements(client: pg.ClientBase): Promise<void> {
  await client.query({ ...setTenant, values: ['', ''] });
  await client.query({ ...setTenantAndPlanner, values: ['', '', 'auto'] });
}

// Parts of pg's Query, Connection and messages that a subclass needs and the package's types lack.
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

/** A column of a statement's rows, with the parser of its values. */
interface Column {
  name: string;
  parse: (text: string) => unknown;
}

/** The columns of each named statement, as a connection has described them. */
type Descriptions = Map<string, readonly Column[]>;

interface TenantStatementOptions {
  statement: UnnamedStatement | NamedStatement;
  values: readonly unknown[];
  tenant: Tenant;
  types: pg.CustomTypesConfig;
  descriptions: Descriptions;
  done: (error: unknown, result: Rows<never> | undefined) => void;
}

/**
 * One statement under row-level security, in one round trip and one transaction. Setting the tenant and the statement
 * are sent with a single Sync, so PostgreSQL runs both as one implicit transaction. The effect of `set_config(…, true)`
 * ends with it: no tenant is left on the connection, even after an error.
 *
 * A named statement is described once per connection. Its columns cannot change afterwards: PostgreSQL then rejects it
 * ("cached plan must not change result type").
 */
class TenantStatement extends Query {
  readonly #options: TenantStatementOptions;
  readonly #rows: never[] = [];
  #settingTenant = true;
  #columns: readonly Column[] | undefined;
  #rowCount = 0;
  #failure: unknown;

  constructor(options: TenantStatementOptions) {
    const { statement, values } = options;
    // pg would clone an object property by property, which costs as much as sending the statement.
    super(statement.text, values as unknown[]);
    if (statement.name !== undefined) this.name = statement.name;
    // An unnamed statement needs the extended protocol too: only there does one transaction span both.
    this.queryMode = 'extended';
    this.#options = options;
  }

  override prepare(wire: Wire): void {
    const { statement, values, tenant, descriptions } = this.#options;
    // Statements that are sent together on a connection go out in one system call.
    wire.stream.cork();
    process.nextTick(() => wire.stream.uncork());
    const ids = [tenant.tenantId, tenant.userId];
    const plans = statement.plansOnce ? 'force_generic_plan' : 'auto';
    wire.bind(
      statement.readsInOrder
        ? { portal: '', statement: setTenantAndPlanner.name, values: [...ids, plans] }
        : { portal: '', statement: setTenant.name, values: ids },
    );
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
      this.#rows.push(row as never);
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

/** Runs one statement as a tenant on a connection that is prepared for it. */
export type RunAsTenant = <Row>(
  client: pg.ClientBase,
  tenant: Tenant,
  statement: UnnamedStatement | NamedStatement,
  values: readonly unknown[],
) => Promise<Rows<Row>>;

/** @param types parsers of column values */
export function createRunAsTenant(types: pg.CustomTypesConfig): RunAsTenant {
  const known = new WeakMap<pg.ClientBase, Descriptions>();
  return (client, tenant, statement, values) => {
    const descriptions = known.get(client) ?? new Map();
    known.set(client, descriptions);
    return new Promise((resolve, reject) => {
      const done: TenantStatementOptions['done'] = (error, result) =>
        result === undefined ? reject(error) : resolve(result);
      client.query(new TenantStatement({ statement, values, tenant, types, descriptions, done }));
    });
  };
}
