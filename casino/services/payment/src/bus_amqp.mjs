/** RabbitMQ, through amqplib: the topic exchange `casino`, each message confirmed by the broker. */

import amqplib from 'amqplib';
import { log } from './log.mjs';

const EXCHANGE = 'casino';
const LIMIT_MS = 5000;

/** @typedef {{ connection: amqplib.ChannelModel, channel: amqplib.ConfirmChannel }} Open */

export class AmqpBus {
  /** @param {string} address */
  constructor(address) {
    this.system = 'rabbitmq';
    this.address = address;
    /** @type {Promise<Open> | undefined} */
    this.open = undefined;
  }

  async ready() {
    await this.opened();
  }

  /** @param {import('./outbox.mjs').Message} message */
  async publish({ topic, key, value, headers }) {
    const { channel } = await this.opened();
    try {
      channel.publish(EXCHANGE, topic, Buffer.from(JSON.stringify(value)), {
        persistent: true,
        contentType: 'application/json',
        messageId: String(value.id),
        timestamp: Math.floor(Date.now() / 1000),
        headers: { ...headers, key },
      });
      await within(LIMIT_MS, channel.waitForConfirms());
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async opened() {
    this.open ??= this.connect();
    try {
      return await this.open;
    } catch (error) {
      this.open = undefined;
      throw error;
    }
  }

  /** @returns {Promise<Open>} */
  async connect() {
    const clientProperties = { connection_name: 'payment' };
    const connection = await amqplib.connect(this.address, { timeout: LIMIT_MS, clientProperties });
    connection.on('error', (error) => log('warn', 'amqp: the connection broke', { error: error.message }));
    connection.on('close', () => {
      this.open = undefined;
    });
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => log('warn', 'amqp: the channel broke', { error: error.message }));
    await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
    return { connection, channel };
  }

  async close() {
    const opened = this.open;
    this.open = undefined;
    await opened?.then(({ connection }) => connection.close()).catch(() => undefined);
  }
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function within(ms, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no confirmation in ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
