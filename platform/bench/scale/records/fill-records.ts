import type pg from 'pg';
import type { FieldIds } from './fields.ts';

export interface FillOptions {
  tenantId: string;
  userId: string;
  tableId: string;
  size: number;
  fields: FieldIds;
  /** Ids of the choices of the field `Status`. */
  choices: readonly string[];
}

const givenNames =
  'Ada,Ádám,Bjørn,Chloé,Edith,Émile,Grace,Zoë,José,Karen,Łukasz,Marie,Nadia,Ólafur,Özge,Søren,Tomás,Ulrike,Vera,Yann'.split(
    ',',
  );
const familyNames =
  'Lovelace,Müller,Nguyễn,O’Brien,Østergaard,Popović,Quinn,Ramírez,Şahin,Török,Ueda,Weiß,Zieliński'.split(
    ',',
  );
const cities = 'Aarhus,Bogotá,Córdoba,Düsseldorf,Évora,Gdańsk,İzmir,Kraków,Málaga,São Paulo,Zürich'.split(
  ',',
);

/**
 * A third of the names has a number, so that about two thirds of them are equal to others. Every 50th record has no
 * name, every 20th no amount and every 30th no date. The lengths of the lists have no
 * common factor, so all combinations of values occur. Ids are hexadecimal digits of a hash, which are letters and digits as an id needs.
 */
const insertRecords = `
insert into airtable.records (id, tenant_id, table_id, number, cells, touched, created_time, modified_time, created_by, modified_by)
select
  'rec' || left(md5($3::text || n), 14), $1, $3, n,
  jsonb_strip_nulls(jsonb_build_object(
    $4::text, case when n % 50 > 0 then given || ' ' || family || case when n % 3 = 0 then ' ' || n % 997 else '' end end,
    $5::text, 'person.' || n || '@example.com',
    $6::text, city,
    $7::text, family || ' & ' || city,
    $8::text, n % 300 || ' ' || city || ' Street',
    $9::text, 'Country ' || (n * 7) % 190,
    $10::text, '+1 555 ' || lpad((n * 7919 % 10000000)::text, 7, '0'),
    $11::text, 'https://example.com/' || n,
    $12::text, case when n % 20 > 0 then ((n * 7919) % 1000003)::numeric / 100 end,
    $13::text, case when n % 30 > 0 then (date '2020-01-01' + ((n * 31) % 2000)::int)::text end,
    $14::text, ($15::text[])[(n * 3) % 4 + 1],
    $16::text, case when n % 2 = 0 then true end,
    $17::text, repeat('Met ' || given || ' in ' || city || ' about order ' || n || '. ', 5)
  )),
  (select jsonb_object_agg(id, 1700000000000 + n) from unnest(array[$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17]::text[]) as f (id)),
  timestamptz '2024-01-01' + make_interval(secs => n), timestamptz '2024-01-01' + make_interval(secs => n), $2, $2
from (
  select n,
    ($18::text[])[(n * 13) % cardinality($18::text[]) + 1] as given,
    ($19::text[])[(n * 17) % cardinality($19::text[]) + 1] as family,
    ($20::text[])[(n * 29) % cardinality($20::text[]) + 1] as city
  from generate_series(1::bigint, $21::bigint) as n
) as person`;

/** Fills an empty table, as the role of the service: under row-level security. @param client of that role */
export async function fillRecords(client: pg.Client, options: FillOptions): Promise<void> {
  const { tenantId, userId, tableId, size, fields, choices } = options;
  await client.query(insertRecords, [
    tenantId,
    userId,
    tableId,
    fields.Name,
    fields.Email,
    fields.City,
    fields.Company,
    fields.Street,
    fields.Country,
    fields.Phone,
    fields.Website,
    fields.Amount,
    fields.Due,
    fields.Status,
    choices,
    fields.Paid,
    fields.Notes,
    givenNames,
    familyNames,
    cities,
    size,
  ]);
  await client.query('update airtable.tables set last_number = $2 where id = $1', [tableId, size]);
}
