/** The bus behind one small interface; the client library of the one that is in use is loaded, the other is not. */

/**
 * @param {string} address `kafka://host:port` or `amqp://…`
 * @returns {Promise<import('./outbox.mjs').Bus>}
 */
export async function openBus(address) {
  const { protocol, host } = new URL(address);
  if (protocol === 'kafka:') return new (await import('./bus_kafka.mjs')).KafkaBus(host);
  if (protocol === 'amqp:') return new (await import('./bus_amqp.mjs')).AmqpBus(address);
  throw new Error(`CASINO_BUS must begin with kafka:// or amqp://, not ${protocol}`);
}
