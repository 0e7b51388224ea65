import type Airtable from 'airtable';

/** The tables and values that all uses share. Uses run in order, and each leaves the tables as it found them. */
export interface UseContext {
  airtable: Airtable;
  base: Airtable.Base;
  people: Airtable.Table<Airtable.FieldSet>;
  things: Airtable.Table<Airtable.FieldSet>;
  /** Ids of the fields of `things` by name. */
  fieldIds: Readonly<Record<string, string>>;
}

/** One way in which programs use the client, and the value that they see with the real Airtable. */
export interface Use {
  name: string;
  expected: unknown;
  observe(context: UseContext): Promise<unknown>;
}

/** The part of an error that programs read. A use that succeeds has none. */
export async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
    return 'no error';
  } catch (thrown) {
    const { error, statusCode } = thrown as { error?: string; statusCode?: number };
    return [error, statusCode];
  }
}

/** Creates one record of `things`, observes, and deletes it again. */
export async function withThing<T>(
  { things }: UseContext,
  fields: object,
  observe: (record: Airtable.Record<Airtable.FieldSet>) => Promise<T>,
): Promise<T> {
  const record = await things.create(fields as Airtable.FieldSet, { typecast: true });
  try {
    return await observe(record);
  } finally {
    await things.destroy(record.id);
  }
}
