/** The three ways in which something does not work here. */

/** A payment did not go through although everything worked: what Pitwatch groups as one issue. */
export class PaymentError extends Error {
  /**
   * @param {string} message the same for all payments that fail alike: it names the issue
   * @param {string} reason what the provider gave as the reason
   */
  constructor(message, reason) {
    super(message);
    this.name = 'PaymentError';
    this.reason = reason;
  }
}

/** An answer to the caller that is not a success; expected, never reported. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {string} [reason]
   */
  constructor(status, code, message, reason) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

/** Another service gave no usable answer; what it did is unknown, so the payment stays open. */
export class Unavailable extends Error {
  /**
   * @param {string} service
   * @param {string} detail
   * @param {unknown} [cause]
   */
  constructor(service, detail, cause) {
    super(`${service} is not available`, { cause });
    this.name = 'Unavailable';
    this.service = service;
    this.detail = detail;
  }
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 * @param {string} [reason]
 */
export function errorAnswer(status, code, message, reason) {
  return { status, body: { error: { code, message, ...(reason ? { reason } : {}) } } };
}
