import type { Readable } from 'node:stream';
import type { ErasureOrder } from '../../../contracts/erasure.ts';
import { exportLines, type WriteLine } from '../../../kit/erasure/export-rows.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { exportedTables } from './exported-tables.ts';
import type { Storage } from './storage.ts';

/** Bytes of a file per line. A multiple of three, so that the base64 of the lines can be joined. */
const bytesPerLine = 192 * 1024;

interface StoredFile {
  id: string;
  filename: string;
  storage_name: string;
}

async function writeContent(
  storage: Storage,
  tenantId: string,
  { id, filename, storage_name }: StoredFile,
  write: WriteLine,
): Promise<void> {
  const handle = await storage.open({ tenantId, storageName: storage_name }).catch((error: unknown) => {
    // Deleted since the rows were read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    await write({ file: { id, filename } });
    for await (const chunk of handle.createReadStream({ highWaterMark: bytesPerLine, autoClose: false }))
      await write({ data: (chunk as Buffer).toString('base64') });
  } finally {
    await handle.close();
  }
}

/** The rows of an account's files, and their content. */
export function exportFiles(database: Database, storage: Storage, order: ErasureOrder): Readable {
  return exportLines(database, exportedTables, order, async (tx, write) => {
    const { rows } = await tx.query<StoredFile>(
      `select id, filename, storage_name from files.files
       where status <> 'uploading' and ($2 or uploaded_by = $1) order by created_at, id`,
      [order.user_id, order.whole_tenant],
    );
    for (const file of rows) await writeContent(storage, order.tenant_id, file, write);
  });
}
