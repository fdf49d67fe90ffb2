/** Kafka, through kafkajs. A producer that failed is thrown away; the next message gets a new one. */

import kafkajs from 'kafkajs';
import { log } from './log.mjs';

const LIMIT_MS = 5000;

export class KafkaBus {
  /** @param {string} broker host:port */
  constructor(broker) {
    this.system = 'kafka';
    this.kafka = new kafkajs.Kafka({
      clientId: 'payment',
      brokers: [broker],
      connectionTimeout: 3000,
      requestTimeout: LIMIT_MS,
      retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 1000 },
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => (entry) => log('warn', `kafka: ${entry.log.message}`, { broker }),
    });
    /** @type {Promise<kafkajs.Producer> | undefined} */
    this.producer = undefined;
  }

  async ready() {
    await this.opened();
  }

  /** @param {import('./outbox.mjs').Message} message */
  async publish({ topic, key, value, headers }) {
    const producer = await this.opened();
    try {
      const messages = [{ key, value: JSON.stringify(value), headers }];
      await producer.send({ topic, acks: -1, timeout: LIMIT_MS, messages });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async opened() {
    this.producer ??= this.connect();
    try {
      return await this.producer;
    } catch (error) {
      this.producer = undefined;
      throw error;
    }
  }

  async connect() {
    const producer = this.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    return producer;
  }

  async close() {
    const opened = this.producer;
    this.producer = undefined;
    await opened?.then((producer) => producer.disconnect()).catch(() => undefined);
  }
}
