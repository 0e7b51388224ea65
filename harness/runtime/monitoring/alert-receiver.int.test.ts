import { expect, it } from 'vitest';
import { openAlertReceiver } from './alert-receiver.ts';

const send = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

it('keeps every alert of a notification, with its state and time', async () => {
  await using receiver = await openAlertReceiver();
  const startMs = performance.now();
  const alerts = [
    { status: 'firing', labels: { alertname: 'TargetDown', job: 'services' } },
    { status: 'resolved', labels: { alertname: 'DiskFull' } },
  ];
  expect((await send(receiver.url, { version: '4', alerts })).status).toBe(200);
  const received = receiver.notifications();
  expect(received.map(({ alert, status }) => ({ alert, status }))).toEqual([
    { alert: 'TargetDown', status: 'firing' },
    { alert: 'DiskFull', status: 'resolved' },
  ]);
  expect(received[0]?.labels.job).toBe('services');
  expect(received[0]?.atMs).toBeGreaterThanOrEqual(startMs);
});

it.each(['<html>', { version: '3', alerts: [] }, { version: '4', alerts: [{ status: 'unknown' }] }])(
  'rejects %j, which Alertmanager does not send',
  async (body) => {
    await using receiver = await openAlertReceiver();
    expect((await send(receiver.url, body)).status).toBe(400);
    expect(receiver.notifications()).toEqual([]);
  },
);
