import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { valueAt } from '../../kit/shape.ts';
import { uploadBreaks } from './bad-input-breaks.ts';
import { badInputCheck } from './check-fields.ts';
import { endedProcesses, isReady } from './service-state.ts';

export const badUploads = defineCheck({
  ...badInputCheck('file-service'),
  id: 'security.bad-input.file-service.uploads',
  title: 'Invalid uploads are rejected and leave no file behind',
  expects: {
    notRejected: empty(),
    kept: equals(0),
    ready: equals(true),
    ended: empty(),
    validAfter: equals(201),
  },
  breaks: uploadBreaks,
  run: async (context) => {
    const account = await context.account();
    const upload = (body: string, headers: Record<string, string>) =>
      context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: account.accessToken,
        from: account.address,
        body,
        headers,
        timeoutMs: 20_000,
      });
    const valid = fileForm('good.txt', 'good');
    const part = (head: string, content = 'x') => `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`;
    const form = { 'content-type': 'multipart/form-data; boundary=b' };
    const cases: readonly (readonly [name: string, body: string, headers: Record<string, string>])[] = [
      ['JSON', '{"file": "x"}', { 'content-type': 'application/json' }],
      ['malformed JSON', '{"file": ', { 'content-type': 'application/json' }],
      ['a form without boundary', valid.body, { 'content-type': 'multipart/form-data' }],
      ['a form with another boundary', valid.body, form],
      ['a truncated form', valid.body.slice(0, 80), valid.headers],
      ['a form without file', part('content-disposition: form-data; name="other"'), form],
      ['an empty form', '--b--\r\n', form],
      ['no body', '', form],
      ['a name with NUL', part('content-disposition: form-data; name="file"; filename="a\u0000.exe"'), form],
      [
        'an unsupported file type',
        part('content-disposition: form-data; name="file"; filename="a.exe"', 'MZ'),
        form,
      ],
      [
        'content of another type than the name',
        part('content-disposition: form-data; name="file"; filename="a.pdf"', 'no pdf at all'),
        form,
      ],
      ['a part header of 10 MB', part(`x: ${'y'.repeat(10_000_000)}`), form],
    ];
    const notRejected: string[] = [];
    for (const [name, body, headers] of cases) {
      const response = await upload(body, headers);
      if (response.status < 400 || response.status >= 500) notRejected.push(`${name}: ${summary(response)}`);
    }
    const list = await sendAs(context, account)('GET', '/api/files');
    const ready = await isReady(context, 'file-service');
    const after = await upload(valid.body, valid.headers);
    return {
      notRejected,
      kept: Number(valueAt(list.json, 'total') ?? -1),
      ready,
      ended: endedProcesses(context, 'file-service'),
      validAfter: after.status,
    };
  },
});
