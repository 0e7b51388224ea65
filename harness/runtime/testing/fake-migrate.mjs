// A migration job for tests of the runtime: creates a table, and one role per password.
import pg from 'pg';

const { ADMIN_DATABASE_URL, SERVICE_PASSWORDS, FAKE } = process.env;
if (FAKE === 'fail') {
  console.error('migration 001 failed: syntax error at or near "TABEL"');
  process.exit(1);
}
const client = new pg.Client({ connectionString: ADMIN_DATABASE_URL });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS applied (at timestamptz NOT NULL DEFAULT now())');
await client.query('INSERT INTO applied DEFAULT VALUES');
for (const [role, password] of Object.entries(JSON.parse(SERVICE_PASSWORDS ?? '{}'))) {
  const name = client.escapeIdentifier(role);
  await client.query(`CREATE ROLE ${name} LOGIN PASSWORD ${client.escapeLiteral(String(password))}`);
  await client.query(`GRANT SELECT ON applied TO ${name}`);
}
await client.end();
console.log('migrations applied');
