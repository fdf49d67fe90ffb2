/** What payment publishes is in RabbitMQ, with the trace. Needs a server, which `CASINO_RABBITMQ` names. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import amqplib from 'amqplib';
import { openBus } from '../src/bus.mjs';

const address = process.env.CASINO_RABBITMQ ?? '';
const skip = address === '' && 'CASINO_RABBITMQ names no server';

test('a message is confirmed, and comes with its key and its trace', { skip }, async () => {
  const connection = await amqplib.connect(address);
  const bus = await openBus(address);
  assert.equal(bus.system, 'rabbitmq');
  try {
    await bus.ready();
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const topic = `casino.test.${randomUUID()}`;
    await channel.bindQueue(queue, 'casino', topic);
    const value = { id: randomUUID(), type: 'deposit.captured', player: 'p-1', market: 'de' };
    const headers = { 'sentry-trace': `${'1'.repeat(32)}-${'2'.repeat(16)}-1`, baggage: 'sentry-environment=test' };
    // Confirmed: it is in the queue when this returns.
    await bus.publish({ topic, key: 'p-1', value, headers });
    const message = await channel.get(queue, { noAck: true });
    assert.ok(message, 'there is no message');
    assert.deepEqual(JSON.parse(message.content.toString()), value);
    assert.deepEqual(message.properties.headers, { ...headers, key: 'p-1' });
    assert.equal(message.properties.messageId, value.id);
    assert.equal(message.properties.deliveryMode, 2);
  } finally {
    await bus.close();
    await connection.close();
  }
});

test('a broken connection is told, and the next message makes a new one', { skip }, async () => {
  const bus = await openBus(address);
  try {
    await bus.ready();
    const value = { id: randomUUID() };
    // A routing key has at most 255 bytes.
    await assert.rejects(bus.publish({ topic: 't'.repeat(300), key: 'p-1', value, headers: {} }));
    await bus.publish({ topic: 'casino.test.after', key: 'p-1', value, headers: {} });
  } finally {
    await bus.close();
  }
});
