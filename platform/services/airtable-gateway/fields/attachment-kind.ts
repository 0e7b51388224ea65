import { z } from 'zod';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { newId } from '../airtable-id.ts';
import { invalidValue } from '../airtable-problem.ts';
import { type FieldKind, noOptions } from './field-kind.ts';

interface Attachment {
  id: string;
  url: string;
  filename: string;
}

const maxAttachments = 100;
const webUrl = z.url({ protocol: /^https?$/ }).max(4096);
const Given = z
  .object({
    id: z.string().max(17).optional(),
    url: webUrl.optional(),
    filename: z.string().max(255).optional(),
  })
  .refine(({ id, url }) => id !== undefined || url !== undefined);
const GivenList = z.array(
  z.union([Given, webUrl.transform((url) => ({ id: undefined, url, filename: undefined }))]),
);

function fileName(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return storableText(decodeURIComponent(last)) || 'attachment';
  } catch {
    // A path with an invalid percent sequence is used unchanged.
    return last || 'attachment';
  }
}

/**
 * Attachments by URL. Files are not fetched, since a server that loads arbitrary URLs can be abused to reach the
 * internal network. Their sizes and types are therefore unknown.
 */
export const attachmentKind: FieldKind = {
  canBePrimary: false,
  readOptions: noOptions,
  read(value, { field, before, typecast }) {
    const parsed = GivenList.safeParse(typecast && typeof value === 'string' ? value.split(/,\s*/) : value);
    if (!parsed.success || parsed.data.length > maxAttachments) throw invalidValue(field.name);
    const known = new Map(((before as Attachment[] | undefined) ?? []).map((one) => [one.id, one]));
    const attachments = parsed.data.map(({ id, url, filename }): Attachment => {
      const old = id === undefined ? undefined : known.get(id);
      if (old !== undefined) return filename === undefined ? old : { ...old, filename };
      if (url === undefined) throw invalidValue(field.name, `there is no attachment ${id}`);
      return { id: newId('att'), url, filename: storableText(filename ?? fileName(url)) };
    });
    return attachments.length === 0 ? null : attachments;
  },
  show: (stored) => stored,
  value: (stored) => (stored as Attachment[]).map(({ filename, url }) => `${filename} (${url})`),
  text: (stored) => (stored as Attachment[]).map(({ filename, url }) => `${filename} (${url})`).join(', '),
};
